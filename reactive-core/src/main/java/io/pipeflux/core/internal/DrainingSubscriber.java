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
 *
 * <p>The drain survives whatever is thrown in it, by whoever: the subscriber gets its end as {@link Throwables} says, and the
 * next who comes finds nobody in the drain. What is thrown outside of it is handed to {@link #fail} or {@link #failAfterKept}.
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

    /** Upstream has ended. Read before what is kept: what came before the end is seen with it. */
    private volatile boolean done;

    /** With which error, if {@link #done}. */
    private @Nullable Throwable error;

    /** Downstream has its end, or gets it now. */
    private volatile boolean ended;

    private volatile boolean cancelled;

    /** What was thrown at this operator: ends it before anything else is emitted. */
    private volatile @Nullable Throwable failure;

    // the drain's
    private @Nullable Throwable toTell; // the end that emit has come to
    private boolean endSent; // downstream has its end
    private boolean failureTaken; // signalled or dropped
    private boolean errorTaken; // upstream's, likewise

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

    /** Subscribes. Whatever the source throws, downstream gets its end. */
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

    /** Downstream has its subscription: what is read ahead of any demand may be asked for. */
    protected void subscribed() {}

    /** There is new demand, for n more. */
    protected abstract void demanded(long n);

    /** Upstream's last signal is here, and {@link #isDone} not set yet. */
    protected void ending(@Nullable Throwable t) {}

    /** Upstream's end comes after what is kept. */
    protected void endCame() {
        drain();
    }

    /** Emits what there is and was asked for, while it is not {@link #isOver}. By one thread at a time. */
    protected abstract void emit();

    /** It is over: discards what is kept, and gives back what is held. By one thread at a time; again when more has come. */
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
        error = t; // first: what ending() shows to the drain is signalled with it
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

    /** Cancels upstream, once, and not after its end: what is above may take that for a subscriber that left. */
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

    /** Says once, to who comes first with demand, that it is the first. */
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

    /** Downstream gets its end as soon as all is released; for {@link #emit}, which is over then. */
    protected final void tellEnd(@Nullable Throwable t) {
        toTell = t;
        ended = true;
    }

    // == what is thrown ==

    /** Something was thrown that nobody else will hear of: downstream ends with it, without what is kept. On any thread. */
    protected final void fail(Throwable t) {
        failWith(Throwables.toSignal(t, context));
        drain();
    }

    /** As {@link #fail} with what downstream is given, by who is in the drain, or drains next. */
    protected final void failWith(Throwable signal) {
        if (FAILURE.compareAndSet(this, null, signal)) {
            cancelUpstream();
        } else {
            Throwables.drop(signal, context);
        }
    }

    /** An element could not be kept: as if upstream had failed there. On upstream's thread. */
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

    /** Enters the drain; true if nobody was in it, and the caller has to {@link #drainEntered}. */
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

    /** Drains, or has it done once more by who is in the drain. */
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

    private void over() {
        boolean endCame = ended; // from emit, not from what was thrown
        ended = true;
        try {
            release(); // before the end is signalled: where memory is short there is more for what comes then
        } catch (Throwable t) {
            Throwables.drop(t, context);
        }
        if (!endSent) {
            endSent = true;
            if (endCame) {
                errorTaken |= toTell == error;
                Throwables.end(actual, toTell, context);
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
