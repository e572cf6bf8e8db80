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
 * The base class for subscribers of operators that keep elements, and that have one upstream and one downstream. Only
 * one thread at a time emits.
 *
 * <pre>{@code
 *   upstream --onNext--> [ kept elements ] --emit()--> downstream
 *
 *   onNext, onError, onComplete,    start the drain, which calls emit(); while another thread drains,
 *   request, cancel                 they only make that thread do one more round
 * }</pre>
 *
 * A subclass keeps the elements that {@code onNext} receives, requests more elements from upstream, emits the elements,
 * and discards the remaining ones at the end.
 *
 * <p>If anything throws in the drain, the subscriber still gets a terminal signal, as described in {@link Throwables},
 * and other threads can enter the drain afterwards. A Throwable that is caught outside the drain is passed to
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

    @SuppressWarnings({"rawtypes", "NullAway"}) // the field is null at first
    private static final AtomicReferenceFieldUpdater<DrainingSubscriber, @Nullable Throwable> FAILURE =
            AtomicReferenceFieldUpdater.newUpdater(DrainingSubscriber.class, Throwable.class, "failure");

    protected final CoreSubscriber<? super R> actual;
    protected final Context context;
    private final String name;

    private @Nullable Subscription s;

    /**
     * Whether upstream has ended. This field must be read before the kept elements are read. Otherwise, elements that
     * arrived before the end could be missed.
     */
    private volatile boolean done;

    /** The error with which upstream has ended, or null if it has completed. Valid only after {@link #done} was set. */
    private @Nullable Throwable error;

    /** Whether this operator has ended. Set before the terminal signal is sent downstream. */
    private volatile boolean ended;

    private volatile boolean cancelled;

    /** A Throwable that ends this operator before any more elements are emitted. */
    private volatile @Nullable Throwable failure;

    // The following four fields are written only by the thread that drains.

    /** The terminal signal that emit() has passed to signalEnd(): an error, or null for onComplete. */
    private @Nullable Throwable toSignal;

    private boolean endSent; // whether a terminal signal was sent downstream
    private boolean failureTaken; // whether the failure was signalled or dropped
    private boolean errorTaken; // whether upstream's error was signalled or dropped

    @SuppressWarnings("UnusedVariable") // accessed through WIP
    private volatile int wip;

    private volatile int begun;

    @SuppressWarnings("UnusedVariable") // accessed through CUT
    private volatile int cut;

    private volatile long requested;

    protected DrainingSubscriber(CoreSubscriber<? super R> actual, Context context, String name) {
        this.actual = actual;
        this.context = context;
        this.name = name;
    }

    /** Subscribes to a source. If the source throws, downstream still gets a terminal signal. */
    @SuppressWarnings("ReferenceEquality") // cancelledSubscription() always returns the same instance
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

    // == methods that subclasses implement or override ==

    /**
     * Requests elements ahead of downstream's demand, if the operator prefetches. Called after downstream has received
     * its subscription.
     */
    protected void subscribed() {}

    /** Handles downstream's request for n more elements. Called on the requesting thread. */
    protected abstract void demanded(long n);

    /** Handles upstream's terminal signal. Called before {@link #isDone} becomes true. */
    protected void ending(@Nullable Throwable t) {}

    /** Called after upstream has ended. By default, drains, so that the end is signalled after the kept elements. */
    protected void endCame() {
        drain();
    }

    /**
     * Emits elements that are available and requested, until {@link #isOver} returns true. Only one thread at a time
     * calls this method.
     */
    protected abstract void emit();

    /**
     * Discards the kept elements and releases resources when this operator ends. Only one thread at a time calls this
     * method. It is called again if more elements arrive later.
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
        error = t; // set before ending() is called, so that a drain sees the error including what ending() adds to it
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
     * Cancels upstream unless it was already cancelled. An upstream that has ended is not cancelled, because it could
     * mistake the cancel for that of a subscriber that stops early.
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

    /** Returns true on the first call only. Called when there is demand. */
    protected final boolean beginsDemand() {
        return begun == 0 && BEGUN.compareAndSet(this, 0, 1);
    }

    @Override
    public void cancel() {
        cancelled = true;
        cancelUpstream();
        cancelSources();
        drain();
    }

    /**
     * Cancels the sources of an operator that has several. Called by {@link #cancel} on the cancelling thread, so that
     * all sources are cancelled when {@code cancel} returns, even if another thread is draining.
     */
    protected void cancelSources() {}

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

    /**
     * Ends this operator. Called by {@link #emit}, which must then return. After that, all resources are released, and
     * the terminal signal is sent downstream.
     */
    protected final void signalEnd(@Nullable Throwable t) {
        toSignal = t;
        ended = true;
    }

    // == errors ==

    /**
     * Signals an error downstream, without emitting the kept elements. Used for a Throwable that would otherwise not be
     * reported. Any thread may call this method.
     */
    protected final void fail(Throwable t) {
        failWith(Throwables.toSignal(t, context));
        drain();
    }

    /**
     * Does what {@link #fail} does, but does not drain and does not convert the error. The caller must be in the drain,
     * or must drain afterwards.
     */
    protected final void failWith(Throwable signal) {
        if (FAILURE.compareAndSet(this, null, signal)) {
            cancelUpstream();
        } else {
            Throwables.drop(signal, context);
        }
    }

    /**
     * Ends this operator with an error after the kept elements have been emitted, as if upstream had failed. Called on
     * upstream's thread if an element could not be kept.
     */
    protected final void failAfterKept(Throwable t) {
        cancelUpstream();
        Throwable signal = Throwables.toSignal(t, context);
        if (done) {
            Throwables.drop(signal, context);
        } else {
            end(signal);
        }
    }

    /**
     * Handles an error of a source or row that is discarded at the end of this operator. If the operator ends with an
     * error that has not been signalled yet, {@code other} becomes a suppressed exception of that error. Otherwise,
     * {@code other} is dropped.
     */
    public final void failedBeside(Throwable other) {
        Throwable first = endedBy();
        if (first == null || endSent) {
            Throwables.drop(other, context);
        } else {
            Throwables.suppress(first, other, context);
        }
    }

    /**
     * Handles an error of a worker that was busy when the operator ended. If the operator has ended with an error,
     * {@code late} becomes a suppressed exception of that error, and is also logged if that error was already
     * signalled. If downstream has cancelled instead, {@code late} is passed to {@code onErrorDropped}.
     */
    protected final void workerFailedBeside(Throwable late) {
        Throwable first = endedBy();
        if (first == null) {
            Throwables.drop(late, context);
        } else if (Throwables.suppress(first, late, context) && endSent) {
            Throwables.logSuppressed(first, late, name);
        }
    }

    /** Returns the error that ends this operator, or null if there is none so far. */
    protected @Nullable Throwable endedBy() {
        Throwable signalled = ended ? toSignal : null; // ended is set after toSignal
        return signalled == null ? failure : signalled;
    }

    // == draining ==

    /**
     * Enters the drain. Returns true if no other thread was in the drain. In that case, the caller must call
     * {@link #drainEntered}.
     */
    protected final boolean enterDrain() {
        return WIP.getAndIncrement(this) == 0;
    }

    /** Drains. Must be called only after {@link #enterDrain} has returned true. */
    protected final void drainEntered() {
        int missed = 1;
        do {
            round();
            missed = WIP.addAndGet(this, -missed);
        } while (missed != 0);
    }

    /** Drains. If a thread is already draining, makes that thread do one more round. */
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

    @SuppressWarnings("ReferenceEquality") // the same error object, not an equal one
    private void over() {
        boolean endCame = ended; // whether emit() has called signalEnd()
        ended = true;
        try {
            // resources are released first, because downstream may need the memory to handle the terminal signal
            release();
        } catch (Throwable t) {
            Throwables.drop(t, context);
        }
        if (!endSent) {
            endSent = true;
            if (endCame) {
                // if upstream has not ended yet, errorTaken remains false, so that an error that arrives later is
                // dropped
                errorTaken |= done && toSignal == error;
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

    // == Scannable ==

    @Override
    public final Context currentContext() {
        return context;
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
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
