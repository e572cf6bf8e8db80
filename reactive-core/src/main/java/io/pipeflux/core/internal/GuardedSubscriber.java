package io.pipeflux.core.internal;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Computes a result for each element and passes it on. Keeps no element. If anything throws, the subscriber still gets
 * a terminal signal, as described in {@link Throwables}.
 */
public abstract class GuardedSubscriber<T, R> implements CoreSubscriber<T>, Subscription, Scannable {

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<GuardedSubscriber> DONE =
            AtomicIntegerFieldUpdater.newUpdater(GuardedSubscriber.class, "done");

    private final CoreSubscriber<? super R> actual;

    private @Nullable Subscription s;

    /**
     * 1 if the subscription has ended, otherwise 0. The field is changed atomically, because upstream may end on one
     * thread while a request fails on another.
     */
    private volatile int done;

    protected GuardedSubscriber(CoreSubscriber<? super R> actual) {
        this.actual = actual;
    }

    /**
     * Returns the result for an element, or null if the element has no result. In that case, the element is discarded,
     * and one more element is requested.
     */
    protected abstract @Nullable R result(T element);

    /** Subscribes to the source. */
    public final void subscribeTo(Publisher<? extends T> source) {
        try {
            source.subscribe(this);
        } catch (Throwable t) {
            notSubscribed(t);
        }
    }

    /** Signals a Throwable that was thrown before or during the subscription to the source. */
    final void notSubscribed(Throwable t) {
        if (s == null) {
            onSubscribe(Operators.emptySubscription());
        }
        fail(t);
    }

    @Override
    public final void onSubscribe(Subscription subscription) {
        if (Operators.validate(s, subscription)) {
            s = subscription;
            try {
                actual.onSubscribe(this);
            } catch (Throwable t) {
                fail(t);
            }
        }
    }

    @Override
    public final void onNext(T element) {
        if (done != 0) {
            Discards.drop(element, s, currentContext());
            return;
        }
        @Nullable R result;
        try {
            result = result(Objects.requireNonNull(element, "expected an element, but the source emitted null"));
        } catch (Throwable t) {
            Discards.discard(element, s, currentContext());
            fail(t);
            return;
        }
        try {
            if (result == null) {
                Discards.discard(element, s, currentContext());
                upstream().request(1);
            } else {
                actual.onNext(result);
            }
        } catch (Throwable t) {
            fail(t);
        }
    }

    private boolean ends() {
        return DONE.compareAndSet(this, 0, 1);
    }

    private void fail(Throwable t) {
        Throwable signal = Throwables.toSignal(t, currentContext());
        if (ends()) {
            Throwables.cancel(upstream(), currentContext());
            Throwables.end(actual, signal, currentContext());
        } else {
            Throwables.drop(signal, currentContext());
        }
    }

    @Override
    public final void onError(Throwable t) {
        if (ends()) {
            Throwables.end(actual, t, currentContext());
        } else {
            Throwables.drop(t, currentContext());
        }
    }

    @Override
    public final void onComplete() {
        if (ends()) {
            Throwables.end(actual, null, currentContext());
        }
    }

    @Override
    public final void request(long n) {
        try {
            upstream().request(n);
        } catch (Throwable t) {
            fail(t);
        }
    }

    @Override
    public final void cancel() {
        Throwables.cancel(upstream(), currentContext());
    }

    protected final Subscription upstream() {
        return s == null ? Operators.cancelledSubscription() : s;
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    @SuppressWarnings("rawtypes") // Reactor's Attr is raw
    public @Nullable Object scanUnsafe(Attr key) {
        return Scans.synchronous(key, s, actual, done != 0);
    }
}
