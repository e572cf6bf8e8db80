package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Reads one object from a window. Chunks that are available are emitted on the thread that requests them. Chunks that
 * arrive later are emitted on the thread of the channel subscription, and never on a thread of the client. So the
 * client keeps reading its sockets while the subscriber works.
 */
final class ObjectSubscription implements FetchWindow.Reader, Subscription, Scannable {

    private final FetchWindow window;
    private final ObjectParts object;
    private final ObjectChecksum checksum;
    private final CoreSubscriber<? super ByteBuffer> actual;
    private final Context context;
    private final ChannelThread thread;
    private final PipelineReporter reporter;
    private final PipelineReporter.WaitPoint waitPoint;
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger wip = new AtomicInteger();
    private final Runnable signal = this::signal;
    private volatile boolean asked;
    private volatile boolean cancelled;
    private volatile boolean starving;
    private long starvingSince; // accessed only by the thread that drains
    private volatile boolean terminated;
    private volatile @Nullable Throwable failure;

    private ObjectSubscription(
            FetchWindow window,
            ObjectParts object,
            CoreSubscriber<? super ByteBuffer> actual,
            PipelineReporter.WaitPoint waitPoint) {
        this.window = window;
        this.object = object;
        this.checksum = object.checksum();
        this.actual = actual;
        this.context = actual.currentContext();
        this.reporter = window.reporter();
        this.waitPoint = waitPoint;
        this.thread = window.thread();
        thread.hold();
    }

    /**
     * Returns a subscription that reads an object from the window, or null if the window cannot serve this read. The
     * window drops all earlier objects.
     */
    static @Nullable ObjectSubscription of(
            FetchWindow window, ObjectParts object, long from, CoreSubscriber<? super ByteBuffer> actual) {
        return window.read(object, from, waitPoint -> new ObjectSubscription(window, object, actual, waitPoint));
    }

    /** Calls {@code onSubscribe}. */
    void begin() {
        try {
            actual.onSubscribe(this);
        } catch (Throwable t) {
            fail(t);
        }
    }

    @Override
    public ObjectParts object() {
        return object;
    }

    @Override
    public boolean isStarving() {
        return starving;
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.accumulateAndGet(n, Operators::addCap);
            if (!asked) { // a race is harmless: open() may be called twice
                asked = true;
                window.open();
            }
            if (wip.getAndIncrement() == 0) {
                drain();
            }
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        // the GETs are aborted on this thread, because the subscriber may be blocking the thread that emits
        window.stop(object);
        if (wip.getAndIncrement() == 0) {
            drain();
        }
    }

    @Override
    public void signal() {
        if (wip.getAndIncrement() == 0) {
            try {
                thread.execute(this::drain);
            } catch (Throwable noThread) { // the error is emitted on the client's thread
                failure = noThread;
                drain();
            }
        }
    }

    private void fail(Throwable error) {
        failure = error;
        if (wip.getAndIncrement() == 0) {
            drain();
        }
    }

    private void drain() {
        int missed = 1;
        while (missed != 0) {
            if (!terminated) {
                try {
                    handOn();
                } catch (Throwable t) { // thrown by the subscriber, or because memory or threads have run out
                    end(Throwables.toSignal(t, context));
                }
            }
            missed = wip.addAndGet(-missed);
        }
    }

    private void handOn() {
        long demand = requested.get();
        long emitted = 0;
        while (!cancelled && failure == null) {
            boolean complete = object.isComplete();
            Part part = object.head();
            if (part != null && part.untaken() == 0) {
                object.removeHead();
                continue;
            }
            boolean over = part == null && complete;
            if (over ? !checksum.compare(object.version()) : checksum.holdsBack()) {
                Throwable error = error(part);
                if (error != null) {
                    end(error);
                    return;
                }
                // the thread is started here, so that a failure to start it is reported to the subscriber
                thread.start();
                starving = false;
                waitPoint.waitFor(Cause.OBJECT);
                if (!checksum.watch(signal)) {
                    break;
                }
                continue;
            }
            if (over) {
                verify();
                end(null);
                return;
            }
            if (emitted == demand) {
                starving = false;
                waitPoint.waitFor(Cause.DEMAND);
                break;
            }
            ObjectReadException refusal = checksum.refusal(object.version());
            if (refusal != null) {
                throw refusal;
            }
            // the error is read before the chunk: once an error is set, all chunks that precede it are available
            Throwable error = error(part);
            ByteBuffer chunk = part == null ? null : part.take();
            if (chunk != null) {
                if (starving) {
                    starving = false;
                    window.waited(System.nanoTime() - starvingSince);
                }
                waitPoint.go();
                emitted++;
                int bytes = chunk.remaining();
                reporter.addBytes(bytes);
                checksum.read(chunk, object.version().ref().size());
                actual.onNext(chunk);
                // called after onNext, so that no further GET is sent if the subscriber has cancelled in onNext
                window.taken(bytes, !cancelled);
                continue;
            }
            if (error != null) {
                end(error);
                return;
            }
            // the thread is started here, so that a failure to start it is reported to the subscriber
            thread.start();
            if (!starving) {
                starvingSince = System.nanoTime();
                starving = true;
            }
            waitPoint.waitFor(Cause.OBJECT);
            if (part == null) {
                // this reader now waits for the next part, so the part may use the whole window, and there may be room
                // to fetch it
                window.fetchAhead();
            }
            if (part == null || !part.watch(signal)) {
                break;
            }
        }
        if (cancelled || failure != null) {
            end(failure);
        } else if (emitted > 0) {
            long served = emitted;
            requested.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - served);
        }
    }

    private @Nullable Throwable error(@Nullable Part part) {
        Throwable error = part == null ? null : part.error();
        return error == null ? window.failure() : error;
    }

    private void verify() {
        if (!cancelled && checksum.verify(object.version())) {
            reporter.addVerifiedBytes(object.version().ref().size());
            if (actual instanceof VerifiedListener listener) {
                listener.verified();
            }
        }
    }

    /**
     * Emits the terminal signal, unless the subscription was cancelled. All resources are released first, because the
     * subscriber's callback may run for a long time.
     */
    private void end(@Nullable Throwable error) {
        terminated = true;
        starving = false;
        Throwables.attempt(waitPoint::go, context);
        Throwables.attempt(() -> window.leave(this, chunk -> Operators.onDiscard(chunk, context)), context);
        try {
            Throwables.end(actual, cancelled, error, context);
        } finally {
            thread.release();
        }
    }

    @Override
    public String name() {
        return object.version().ref().name();
    }

    @Override
    public String stepName() {
        return "readObject";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor declares the raw type and compares keys by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.NAME) {
            return name();
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
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested.get();
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.ASYNC;
        }
        return null;
    }
}
