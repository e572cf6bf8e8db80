package io.pipeflux.s3;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/**
 * The reading of one object out of a window. Chunks that are there are handed on by the thread that asks for them; those
 * that had to be waited for by one of {@link Schedulers#boundedElastic}, never by the client's: its sockets go on being
 * read while the subscriber works.
 */
final class ObjectReader implements Subscription, Scannable {

    private final FetchWindow window;
    private final WindowObject object;
    private final CoreSubscriber<? super ByteBuffer> actual;
    private final PipelineMonitor monitor;
    private final PipelineMonitor.Place place;
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger wip = new AtomicInteger();
    private final Runnable signal = this::signal;
    private volatile boolean asked;
    private volatile boolean cancelled;
    private volatile boolean starving;
    private volatile boolean terminated;

    ObjectReader(
            FetchWindow window,
            WindowObject object,
            CoreSubscriber<? super ByteBuffer> actual,
            PipelineMonitor monitor,
            PipelineMonitor.Place place) {
        this.window = window;
        this.object = object;
        this.actual = actual;
        this.monitor = monitor;
        this.place = place;
    }

    WindowObject object() {
        return object;
    }

    /** The subscriber has asked for a chunk, and there is none. */
    boolean isStarving() {
        return starving;
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.accumulateAndGet(n, Operators::addCap);
            if (!asked) { // twice does no harm
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
        if (wip.getAndIncrement() == 0) {
            drain();
        }
    }

    /** There is more to take, or will be. */
    void signal() {
        if (wip.getAndIncrement() == 0) {
            Schedulers.boundedElastic().schedule(this::drain);
        }
    }

    private void drain() {
        int missed = 1;
        while (missed != 0) {
            if (!terminated) {
                handOn();
            }
            missed = wip.addAndGet(-missed);
        }
    }

    private void handOn() {
        long demand = requested.get();
        long emitted = 0;
        while (!cancelled) {
            boolean complete = object.isComplete();
            Part part = object.head();
            if (part == null && complete) {
                end();
                actual.onComplete();
                return;
            }
            if (part != null && part.untaken() == 0) {
                object.removeHead();
                continue;
            }
            if (emitted == demand) {
                starving = false;
                place.waitFor(Cause.DEMAND);
                break;
            }
            Throwable error = part == null ? null : part.error();
            ByteBuffer chunk = part == null ? null : part.take();
            if (chunk != null) {
                starving = false;
                place.go();
                emitted++;
                int bytes = chunk.remaining();
                monitor.addBytes(bytes);
                actual.onNext(chunk);
                window.taken(bytes, !cancelled); // behind it: who cancels there wants no further GET
            } else if (error != null) {
                end();
                actual.onError(error);
                return;
            } else {
                starving = true;
                place.waitFor(Cause.OBJECT);
                if (part == null) {
                    window.fetchAhead(); // for its sake alone there may be room
                }
                if (part == null || !part.watch(signal)) {
                    break;
                }
            }
        }
        if (cancelled) {
            end();
        } else if (emitted > 0) {
            long served = emitted;
            requested.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - served);
        }
    }

    private void end() {
        terminated = true;
        starving = false;
        place.go();
        window.leave(this, chunk -> Operators.onDiscard(chunk, actual.currentContext()));
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
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
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
