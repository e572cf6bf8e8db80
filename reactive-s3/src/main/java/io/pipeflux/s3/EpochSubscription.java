package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
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
 * One epoch: takes items when an object is asked for, or when the window has room for one, and hands their objects on.
 * An error of the items waits until an object is asked for, behind all objects before it.
 */
final class EpochSubscription implements CoreSubscriber<ChannelItem>, Subscription, Scannable {

    /** The most objects that wait to be asked for. */
    private static final int MAX_AHEAD = 1024;

    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final CoreSubscriber<? super ObjectBytes> actual;
    private final ChannelThread thread;
    private final Context context;
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

    EpochSubscription(
            S3AsyncClient client,
            S3ReadOptions options,
            ChannelThread thread,
            PipelineReporter reporter,
            CoreSubscriber<? super ObjectBytes> actual) {
        this.client = client;
        this.options = options;
        this.actual = actual;
        this.thread = thread;
        this.context = actual.currentContext().put(ChannelThread.class, thread);
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
            objects.add(object(item));
        } catch (Throwable t) { // there is no memory for it
            fail(t);
            return;
        }
        ahead.incrementAndGet();
        if (requested.get() > 0) { // else whoever asks will find it
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
        S3ObjectRef ref = (S3ObjectRef) item;
        ObjectParts turn = window.add(ref);
        return ObjectBytes.of(
                ref.name(),
                n,
                ref.size(),
                ref.etag(),
                from -> ObjectBytesFlux.bytes(client, options, thread, window, turn, from));
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
            end();
        }
    }

    private void end() {
        done = true;
        window.noMore();
        signal();
    }

    /** The window has room for another. */
    private void lookAhead() {
        if (ahead.get() < MAX_AHEAD) {
            try {
                ask();
            } catch (Throwable t) { // thrown by the items
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
        release(); // now: a subscriber may be blocked in a signal
        drain();
    }

    /** Drains on the channel's thread, unless whoever asks does. */
    private void signal() {
        if (wip.getAndIncrement() == 0) {
            try {
                thread.execute(this::drainLoop);
            } catch (Throwable noThread) { // so the error is emitted on this one
                failure = noThread;
                drainLoop();
            }
        }
    }

    /** Ends it now, whatever objects wait. */
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
                } catch (Throwable t) { // the subscriber's, or the items'
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
                    window.fetchAhead(); // it may have wanted one
                }
                actual.onNext(object);
            } else if (noMore) {
                end(error);
                return;
            } else {
                ask();
                return;
            }
        }
        end(failure);
    }

    private void release() {
        Subscription s = items;
        if (s != null) {
            Throwables.cancel(s, context);
        }
        Throwables.attempt(window::close, context);
    }

    /** The last signal, unless it was cancelled. An end of the items leaves the window to those who read objects. */
    private void end(@Nullable Throwable last) {
        terminated = true;
        if (cancelled || failure != null) {
            release();
            objects.clear();
        }
        try {
            if (!cancelled) {
                Throwables.end(actual, last, context);
            } else if (last != null) {
                Throwables.drop(last, context);
            }
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
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
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
