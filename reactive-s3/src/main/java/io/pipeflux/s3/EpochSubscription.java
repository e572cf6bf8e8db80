package io.pipeflux.s3;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.PipelineReporter.WaitPoint;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Emits the objects of one epoch. It requests an item when an object is requested, or when the window has room for
 * another object. If the source of the items fails, all preceding objects are emitted first. The error is emitted when
 * another object is requested.
 */
final class EpochSubscription implements CoreSubscriber<ChannelItem>, Subscription, Scannable {

    /** The maximum number of objects that are ready but have not been requested. */
    private static final int MAX_AHEAD = 1024;

    private final String name;
    private final PipelineReporter reporter;
    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final CoreSubscriber<? super ObjectBytes> actual;
    private final ChannelThread thread;
    private final @Nullable EpochCache cache;
    private final Context context;
    private final EpochSize size;
    private final FetchWindow window;
    private final Queue<ObjectBytes> objects = new ConcurrentLinkedQueue<>();
    private final AtomicInteger ahead = new AtomicInteger();
    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger wip = new AtomicInteger();
    private volatile @Nullable Subscription items;
    private volatile boolean done;
    private volatile @Nullable Throwable error;
    private volatile boolean cancelled;
    private volatile boolean terminated;
    private volatile @Nullable Throwable failure;
    private long ordinal;
    private @Nullable WaitPoint list; // where the subscription waits for an item; used by the thread that emits

    EpochSubscription(
            String name,
            S3AsyncClient client,
            S3ReadOptions options,
            ChannelThread thread,
            PipelineReporter reporter,
            EpochSize size,
            @Nullable EpochCache cache,
            CoreSubscriber<? super ObjectBytes> actual) {
        this.name = name;
        this.reporter = reporter;
        this.client = client;
        this.options = options;
        this.actual = actual;
        this.thread = thread;
        this.cache = cache;
        this.size = size;
        this.context = actual.currentContext().put(ChannelThread.class, thread).put(EpochSize.class, size);
        this.window = new FetchWindow(client, options, thread, reporter, this::lookAhead);
        thread.hold();
    }

    // == items ==

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(items, s)) {
            items = s;
            try {
                actual.onSubscribe(this);
            } catch (Throwable t) {
                fail(t);
            }
        }
    }

    @Override
    public void onNext(ChannelItem item) {
        if (done) {
            Operators.onNextDropped(item, context);
            return;
        }
        if (terminated || cancelled) {
            return;
        }
        asked.set(false);
        try {
            ObjectBytes next = object(item);
            size.add(next.size());
            objects.add(next);
        } catch (Throwable t) { // memory has run out
            fail(t);
            return;
        }
        ahead.incrementAndGet();
        if (requested.get() > 0) { // without demand, the next request emits the object
            signal();
        }
        window.fetchAhead();
    }

    private ObjectBytes object(ChannelItem item) {
        ObjectBytes object = object(item, ordinal++);
        ListOrigin origin = item.listOrigin();
        return origin == null ? object : object.withListOrigin(origin);
    }

    private ObjectBytes object(ChannelItem item, long n) {
        if (item instanceof InlineBytes inline) {
            return ObjectBytes.of(inline.name(), n, inline.bytes().length, null, from -> bytes(inline, from));
        }
        if (item instanceof CachedObject cached) {
            S3ObjectRef ref = cached.ref();
            EpochCache from = Objects.requireNonNull(cache);
            return ObjectBytes.of(ref.name(), n, ref.size(), ref.etag(), offset -> from.read(cached, offset));
        }
        S3ObjectRef ref = (S3ObjectRef) item;
        Rest.Lane lane = CoreAccess.get().lane(ref.listOrigin());
        ObjectParts turn = window.add(ref, lane == null ? 0 : lane.offset(), Long.MAX_VALUE);
        return ObjectBytes.of(ref.name(), n, ref.size(), ref.etag(), from -> {
            Flux<ByteBuffer> bytes = ObjectBytesFlux.bytes(client, options, thread, window, turn, from);
            return cache == null || from > 0 ? bytes : cache.keep(ref, bytes);
        });
    }

    private static Flux<ByteBuffer> bytes(InlineBytes inline, long from) {
        int length = inline.bytes().length;
        return from >= length
                ? Flux.empty()
                : Flux.defer(() -> Flux.just(ByteBuffer.wrap(inline.bytes(), (int) from, length - (int) from)
                        .slice()));
    }

    @Override
    public void onError(Throwable t) {
        if (done) {
            Throwables.drop(t, context);
            return;
        }
        error = t;
        end();
    }

    @Override
    public void onComplete() {
        if (!done) {
            size.end();
            end();
        }
    }

    private void end() {
        done = true;
        window.noMore();
        signal();
    }

    /** Requests the next item. Called when the window has room for another object. */
    private void lookAhead() {
        if (ahead.get() < MAX_AHEAD) {
            try {
                ask();
            } catch (Throwable t) { // thrown by the source of the items
                fail(t);
            }
        }
    }

    private void ask() {
        Subscription s = items;
        if (s != null && !done && !cancelled && asked.compareAndSet(false, true)) {
            s.request(1);
        }
    }

    // == objects ==

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.accumulateAndGet(n, Operators::addCap);
            drain();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        // the window is released on this thread, because the subscriber may be blocking the thread that emits
        release();
        drain();
    }

    /** Starts to emit on the channel's thread, unless another thread is already emitting. */
    private void signal() {
        if (wip.getAndIncrement() == 0) {
            try {
                thread.execute(this::drainLoop);
            } catch (Throwable noThread) { // the error is emitted on the current thread
                failure = noThread;
                drainLoop();
            }
        }
    }

    /** Ends the epoch immediately, and drops the objects that have not been emitted. */
    private void fail(Throwable t) {
        failure = t;
        drain();
    }

    private void drain() {
        if (wip.getAndIncrement() == 0) {
            drainLoop();
        }
    }

    private void drainLoop() {
        int missed = 1;
        while (missed != 0) {
            if (!terminated) {
                try {
                    handOn();
                } catch (Throwable t) { // thrown by the subscriber or by the source of the items
                    failure = t;
                    end(Throwables.toSignal(t, context));
                }
            }
            missed = wip.addAndGet(-missed);
        }
    }

    private void handOn() {
        while (!cancelled && failure == null) {
            boolean noMore = done;
            if (noMore && objects.isEmpty() && error == null) {
                end(null);
                return;
            }
            if (requested.get() == 0) {
                return;
            }
            ObjectBytes object = objects.poll();
            if (object != null) {
                requested.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
                if (ahead.getAndDecrement() == MAX_AHEAD) {
                    window.fetchAhead(); // the window may have stopped at the maximum number of objects
                }
                if (list != null) {
                    list.go();
                }
                actual.onNext(object);
            } else if (noMore) {
                end(error);
                return;
            } else {
                waitForItem();
                ask();
                return;
            }
        }
        end(failure);
    }

    private void waitForItem() {
        WaitPoint point = list == null ? reporter.waitPoint(() -> name) : list;
        list = point;
        point.waitFor(Cause.LIST);
    }

    private void release() {
        size.close();
        Subscription s = items;
        if (s != null) {
            Throwables.cancel(s, context);
        }
        Throwables.attempt(window::close, context);
    }

    /**
     * Emits the terminal signal, unless the subscription was cancelled. After a normal completion, the window stays
     * open, because emitted objects may still be read.
     */
    private void end(@Nullable Throwable last) {
        terminated = true;
        size.close();
        if (list != null) {
            list.close();
        }
        if (cancelled || failure != null) {
            release();
            objects.clear();
        }
        try {
            Throwables.end(actual, cancelled, last, context);
        } finally {
            thread.release();
        }
    }

    @Override
    public Context currentContext() {
        return context;
    }

    @Override
    public String stepName() {
        return "objects";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor declares the raw type and compares keys by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return items;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.TERMINATED) {
            return terminated && !cancelled;
        }
        if (key == Attr.ERROR) {
            return error;
        }
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested.get();
        }
        if (key == Attr.BUFFERED) {
            return ahead.get();
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.ASYNC;
        }
        return null;
    }
}
