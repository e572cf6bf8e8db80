package io.pipeflux.core.internal;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The base of an operator with one upstream and one downstream that keeps elements. One thread at a time emits.
 *
 * <pre>
 *   upstream --onNext--&gt; [ kept ] --emit--&gt; actual
 *      onError, onComplete     |      ^
 *                              +--drain: by the first thread to arrive; one that arrives
 *                                 meanwhile causes one more round
 *   request, cancel -----------+
 * </pre>
 *
 * A subclass keeps the elements of {@code onNext}, requests more of them from upstream, emits them, and discards the
 * rest at the end.
 *
 * <p>Whatever is thrown in the drain, the subscriber gets {@code onError} or {@code onComplete} as {@link Throwables}
 * defines it, and the drain is free for the next thread. A Throwable that is caught outside the drain is passed to
 * {@link #fail} or {@link #failAfterKept}.
 */
public abstract class DrainingSubscriber<T, R> implements CoreSubscriber<T>, Subscription, Scannable {

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<DrainingSubscriber> WIP =
            AtomicIntegerFieldUpdater.newUpdater(DrainingSubscriber.class, "wip");

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<DrainingSubscriber> BEGUN =
            AtomicIntegerFieldUpdater.newUpdater(DrainingSubscriber.class, "begun");

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<DrainingSubscriber> CUT =
            AtomicIntegerFieldUpdater.newUpdater(DrainingSubscriber.class, "cut");

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<DrainingSubscriber> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(DrainingSubscriber.class, "requested");

    @SuppressWarnings({"rawtypes", "NullAway"}) // a field that is null at first
    private static final AtomicReferenceFieldUpdater<DrainingSubscriber, @Nullable Throwable> FAILURE =
            AtomicReferenceFieldUpdater.newUpdater(DrainingSubscriber.class, Throwable.class, "failure");

    protected final CoreSubscriber<? super R> actual;
    protected final Context context;
    private final String name;

    private @Nullable Subscription s;

    /**
     * Upstream has ended. Must be read before the elements that are kept, so that elements which arrived before the end
     * are not missed.
     */
    private volatile boolean done;

    /** The error that upstream has ended with, or null. Valid once {@link #done} is set. */
    private @Nullable Throwable error;

    /** Downstream has received {@code onError} or {@code onComplete}, or receives it now. */
    private volatile boolean ended;

    private volatile boolean cancelled;

    /** A Throwable that ends this operator before anything else is emitted. */
    private volatile @Nullable Throwable failure;

    // used by the draining thread only
    private @Nullable Throwable toSignal; // the end that emit has reached: an error, or null for onComplete
    private boolean endSent; // downstream has received its end
    private boolean failureTaken; // signalled or dropped
    private boolean errorTaken; // upstream's error was signalled or dropped

    @SuppressWarnings("UnusedVariable") // by WIP
    private volatile int wip;

    private volatile int begun;

    @SuppressWarnings("UnusedVariable") // by CUT
    private volatile int cut;

    private volatile long requested;

    protected DrainingSubscriber(CoreSubscriber<? super R> actual, Context context, String name) {
        this.actual = actual;
        this.context = context;
        this.name = name;
    }

    /** Subscribes to a source. Whatever the source throws, downstream gets its end. */
    @SuppressWarnings("ReferenceEquality") // one marker for all
    public static <T> void subscribe(Flux<? extends T> source, DrainingSubscriber<T, ?> subscriber) {
        try {
            source.subscribe(subscriber);
        } catch (Throwable t) {
            if (subscriber.upstream() == Operators.cancelledSubscription()) {
                subscriber.onSubscribe(Operators.emptySubscription());
            }
            subscriber.fail(t);
        }
    }

    // == what subclasses do ==

    /** Called once downstream has its subscription: elements that are read ahead of demand may be requested. */
    protected void subscribed() {}

    /** Called when downstream has requested n more elements, on the thread that requests. */
    protected abstract void demanded(long n);

    /** Called on upstream's last signal, before {@link #isDone} becomes true. */
    protected void ending(@Nullable Throwable t) {}

    /**
     * Called after upstream's end, which is signalled downstream after the elements that are kept. Drains by default.
     */
    protected void endCame() {
        drain();
    }

    /** Emits elements that are available and requested, until {@link #isOver}. Called by one thread at a time. */
    protected abstract void emit();

    /**
     * Discards the elements that are kept and releases resources, at the end. Called by one thread at a time, and again
     * if more elements arrive later.
     */
    protected abstract void release();

    // == upstream ==

    @Override
    public final void onSubscribe(Subscription subscription) {
        if (Operators.validate(s, subscription)) {
            s = subscription;
            try {
                actual.onSubscribe(this);
                subscribed();
            } catch (Throwable t) {
                fail(t);
            }
        }
    }

    @Override
    public final void onError(Throwable t) {
        if (done) {
            Throwables.drop(t, context);
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
        error = t; // first, so that the drain sees the error with what ending() adds
        Throwable thrown = null;
        try {
            ending(t);
        } catch (Throwable of) {
            thrown = of;
        }
        done = true;
        if (thrown != null) {
            fail(thrown);
            return;
        }
        try {
            endCame();
        } catch (Throwable of) {
            fail(of);
        }
    }

    protected final boolean isDone() {
        return done;
    }

    protected final @Nullable Throwable error() {
        return error;
    }

    protected final Subscription upstream() {
        return s == null ? Operators.cancelledSubscription() : s;
    }

    /**
     * Cancels upstream once, unless it has ended: upstream could take a later cancel for a subscriber that has left
     * early.
     */
    protected final void cancelUpstream() {
        if (!done && CUT.compareAndSet(this, 0, 1)) {
            Throwables.cancel(upstream(), context);
        }
    }

    // == downstream ==

    @Override
    public final void request(long n) {
        if (Operators.validate(n)) {
            Operators.addCap(REQUESTED, this, n);
            try {
                demanded(n);
            } catch (Throwable t) {
                fail(t);
            }
        }
    }

    /** Returns true once: to the first caller with demand. */
    protected final boolean beginsDemand() {
        return begun == 0 && BEGUN.compareAndSet(this, 0, 1);
    }

    @Override
    public void cancel() {
        cancelled = true;
        cancelUpstream();
        drain();
    }

    protected final boolean isCancelled() {
        return cancelled;
    }

    protected final boolean isOver() {
        return cancelled || ended;
    }

    protected final long requested() {
        return requested;
    }

    protected final void produced(long emitted) {
        Operators.produced(REQUESTED, this, emitted);
    }

    /** Ends downstream as soon as everything is released. Called in {@link #emit}, which must then return. */
    protected final void tellEnd(@Nullable Throwable t) {
        toSignal = t;
        ended = true;
    }

    // == errors ==

    /**
     * Ends downstream with a Throwable that nothing else would report, without the elements that are kept. May be
     * called on any thread.
     */
    protected final void fail(Throwable t) {
        failWith(Throwables.toSignal(t, context));
        drain();
    }

    /**
     * Does what {@link #fail} does, for an error that is already the one to signal, and without draining: the caller is
     * in the drain or drains next.
     */
    protected final void failWith(Throwable signal) {
        if (FAILURE.compareAndSet(this, null, signal)) {
            cancelUpstream();
        } else {
            Throwables.drop(signal, context);
        }
    }

    /** Handles an element that could not be kept as if upstream had failed there. Called on upstream's thread. */
    protected final void failAfterKept(Throwable t) {
        cancelUpstream();
        Throwable signal = Throwables.toSignal(t, context);
        if (done) {
            Throwables.drop(signal, context);
        } else {
            end(signal);
        }
    }

    // == draining ==

    /** Enters the drain. Returns true if it was free: the caller must then call {@link #drainEntered}. */
    protected final boolean enterDrain() {
        return WIP.getAndIncrement(this) == 0;
    }

    /** Drains, after {@link #enterDrain}. */
    protected final void drainEntered() {
        int missed = 1;
        do {
            round();
            missed = WIP.addAndGet(this, -missed);
        } while (missed != 0);
    }

    /** Drains, or causes one more round of the thread that is in the drain. */
    public final void drain() {
        if (enterDrain()) {
            drainEntered();
        }
    }

    private void round() {
        if (failure == null && !isOver()) {
            try {
                emit();
            } catch (Throwable t) {
                failWith(Throwables.toSignal(t, context));
            }
        }
        if (failure != null || isOver()) {
            over();
        }
    }

    @SuppressWarnings("ReferenceEquality") // the same error, not one like it
    private void over() {
        boolean endCame = ended; // from emit, not from what was thrown
        ended = true;
        try {
            release(); // before the end is signalled: if memory is short, the signal has more of it
        } catch (Throwable t) {
            Throwables.drop(t, context);
        }
        if (!endSent) {
            endSent = true;
            if (endCame) {
                errorTaken |= done && toSignal == error; // not before upstream has ended: its error may come later
                Throwables.end(actual, toSignal, context);
            } else if (!cancelled) {
                Throwables.end(actual, takeFailure(), context);
            }
        }
        drop(takeFailure());
        drop(done ? takeError() : null);
    }

    private @Nullable Throwable takeFailure() {
        Throwable thrown = failureTaken ? null : failure;
        failureTaken |= thrown != null;
        return thrown;
    }

    private @Nullable Throwable takeError() {
        Throwable late = errorTaken ? null : error;
        errorTaken = true;
        return late;
    }

    private void drop(@Nullable Throwable late) {
        if (late != null) {
            Throwables.drop(late, context);
        }
    }

    // == what Reactor's tools read ==

    @Override
    public final Context currentContext() {
        return context;
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.ERROR) {
            return error;
        }
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested;
        }
        return Scans.synchronous(key, s, actual, ended);
    }

    @Override
    public final String stepName() {
        return name;
    }
}
