package io.pipeflux.core;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * What an operator between one upstream and one downstream has to do, if it keeps elements: one thread at a time emits.
 *
 * <pre>
 *   upstream --onNext--&gt; [ kept ] --emit--&gt; actual
 *      onError, onComplete     |      ^
 *                              +--drain: by whoever comes first; who comes meanwhile has it run again
 *   request, cancel -----------+
 * </pre>
 *
 * A subclass keeps what {@code onNext} brings, asks upstream for more, emits, and discards what is left when it is over.
 */
abstract class DrainingSubscriber<T, R> implements CoreSubscriber<T>, Subscription, Scannable {

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<DrainingSubscriber> WIP =
            AtomicIntegerFieldUpdater.newUpdater(DrainingSubscriber.class, "wip");

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<DrainingSubscriber> BEGUN =
            AtomicIntegerFieldUpdater.newUpdater(DrainingSubscriber.class, "begun");

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<DrainingSubscriber> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(DrainingSubscriber.class, "requested");

    final CoreSubscriber<? super R> actual;
    final Context context;
    private final String name;

    private @Nullable Subscription s;

    /** Upstream has ended. Read before what is kept: what came before the end is seen with it. */
    volatile boolean done;

    /** With which error, if {@link #done}. */
    @Nullable
    Throwable error;

    /** Downstream has been told the end. */
    volatile boolean ended;

    volatile boolean cancelled;

    @SuppressWarnings("UnusedVariable") // by WIP
    private volatile int wip;

    private volatile int begun;

    private volatile long requested;

    DrainingSubscriber(CoreSubscriber<? super R> actual, Context context, String name) {
        this.actual = actual;
        this.context = context;
        this.name = name;
    }

    // == what subclasses do ==

    /** Downstream has its subscription: what is read ahead of any demand may be asked for. */
    void subscribed() {}

    /** There is new demand. */
    abstract void demanded();

    /** Upstream's last signal is here, and {@link #done} not set yet. */
    void ending(@Nullable Throwable t) {}

    /** Upstream's end is to be told behind what is kept. */
    void endCame() {
        drain();
    }

    /** Emits what there is and was asked for; discards what is kept if it {@link #isOver}. By one thread at a time. */
    abstract void emit();

    // == upstream ==

    @Override
    public final void onSubscribe(Subscription subscription) {
        if (Operators.validate(s, subscription)) {
            s = subscription;
            actual.onSubscribe(this);
            subscribed();
        }
    }

    @Override
    public final void onError(Throwable t) {
        if (done) {
            Operators.onErrorDropped(t, context);
            return;
        }
        end(t);
    }

    @Override
    public final void onComplete() {
        if (!done) {
            end(null);
        }
    }

    private void end(@Nullable Throwable t) {
        ending(t);
        error = t;
        done = true;
        endCame();
    }

    final Subscription upstream() {
        return s == null ? Operators.cancelledSubscription() : s;
    }

    // == downstream ==

    @Override
    public final void request(long n) {
        if (Operators.validate(n)) {
            Operators.addCap(REQUESTED, this, n);
            demanded();
        }
    }

    /** Says once, to who comes first with demand, that it is the first. */
    final boolean beginsDemand() {
        return begun == 0 && BEGUN.compareAndSet(this, 0, 1);
    }

    @Override
    public void cancel() {
        cancelled = true;
        upstream().cancel();
        drain();
    }

    final boolean isOver() {
        return cancelled || ended;
    }

    final long requested() {
        return requested;
    }

    final void produced(long emitted) {
        Operators.produced(REQUESTED, this, emitted);
    }

    final void tellEnd(@Nullable Throwable t) {
        ended = true;
        if (t == null) {
            actual.onComplete();
        } else {
            actual.onError(t);
        }
    }

    // == draining ==

    /** Enters the drain; says whether nobody was in it, and the caller has to {@link #drainEntered}. */
    final boolean enterDrain() {
        return WIP.getAndIncrement(this) == 0;
    }

    final void drainEntered() {
        int missed = 1;
        do {
            emit();
            missed = WIP.addAndGet(this, -missed);
        } while (missed != 0);
    }

    public final void drain() {
        if (enterDrain()) {
            drainEntered();
        }
    }

    // == what Reactor's tools see ==

    @Override
    public final Context currentContext() {
        return context;
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return s;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.TERMINATED) {
            return ended;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.ERROR) {
            return error;
        }
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested;
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.SYNC;
        }
        return null;
    }

    @Override
    public final String stepName() {
        return name;
    }
}
