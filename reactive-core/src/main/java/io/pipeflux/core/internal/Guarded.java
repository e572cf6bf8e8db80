package io.pipeflux.core.internal;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Wraps the Reactor operators that Pipeflux is composed of. Elements pass through, and none is kept. Whatever is
 * thrown, the subscriber gets {@code onError} or {@code onComplete} as {@link Throwables} defines it. Without the
 * wrapper, Reactor's {@code map}, {@code defer} and {@code concatMap} rethrow fatal errors, and the subscriber gets no
 * signal.
 */
public final class Guarded {

    private Guarded() {}

    /** Passes the elements on unchanged. */
    public static <T> Flux<T> of(Flux<T> source) {
        return new GuardedFlux<>(() -> source, null);
    }

    /** Does what {@link Flux#defer} does: the source is created for each subscriber. */
    public static <T> Flux<T> defer(Supplier<? extends Publisher<T>> source) {
        return new GuardedFlux<>(source, null);
    }

    /** Does what {@link Flux#map} does. An element that cannot be mapped is discarded. */
    public static <T, R> Flux<R> map(Flux<T> source, Function<? super T, ? extends R> mapper) {
        return new GuardedFlux<>(() -> source, mapper);
    }

    /**
     * Does what {@link Flux#concatMap(Function, int)} does with prefetch 0: the next element is requested when the
     * source of the one before it has ended.
     */
    public static <T, R> Flux<R> concatMap(Flux<T> source, Function<? super T, ? extends Publisher<R>> mapper) {
        return new FluxConcat<>(source, mapper::apply, "concatMap");
    }

    /**
     * Does what {@link Flux#deferContextual} does, for sources that signal every Throwable themselves. Their subscriber
     * is the given one, without a wrapper.
     */
    public static <T> Flux<T> deferContextual(Function<ContextView, Flux<T>> source) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                Flux<T> made;
                try {
                    made = source.apply(actual.currentContext());
                } catch (Throwable t) {
                    Throwables.refuse(actual, Throwables.toSignal(t, actual.currentContext()));
                    return;
                }
                made.subscribe(actual);
            }
        };
    }

    private static final class GuardedFlux<T, R> extends Flux<R> {

        private final Supplier<? extends Publisher<T>> source;
        private final @Nullable Function<? super T, ? extends R> mapper; // null: the elements themselves

        GuardedFlux(Supplier<? extends Publisher<T>> source, @Nullable Function<? super T, ? extends R> mapper) {
            this.source = source;
            this.mapper = mapper;
        }

        @Override
        public void subscribe(CoreSubscriber<? super R> actual) {
            GuardedSubscriber<T, R> subscriber = new GuardedSubscriber<>(actual, mapper);
            try {
                source.get().subscribe(subscriber);
            } catch (Throwable t) {
                subscriber.notSubscribed(t);
            }
        }
    }

    private static final class GuardedSubscriber<T, R> implements CoreSubscriber<T>, Subscription, Scannable {

        @SuppressWarnings("rawtypes")
        private static final AtomicIntegerFieldUpdater<GuardedSubscriber> DONE =
                AtomicIntegerFieldUpdater.newUpdater(GuardedSubscriber.class, "done");

        private final CoreSubscriber<? super R> actual;
        private final @Nullable Function<? super T, ? extends R> mapper; // null: the elements themselves

        private @Nullable Subscription s;

        /** 1 once the end is decided: upstream may end on one thread while a request fails on another. */
        private volatile int done;

        GuardedSubscriber(CoreSubscriber<? super R> actual, @Nullable Function<? super T, ? extends R> mapper) {
            this.actual = actual;
            this.mapper = mapper;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            if (Operators.validate(s, subscription)) {
                s = subscription;
                try {
                    actual.onSubscribe(this);
                } catch (Throwable t) {
                    fail(t);
                }
            }
        }

        void notSubscribed(Throwable t) {
            if (s == null) {
                onSubscribe(Operators.emptySubscription());
            }
            fail(t);
        }

        @Override
        public void onNext(T element) {
            if (done != 0) {
                Discards.drop(element, s, currentContext());
                return;
            }
            R result;
            try {
                result = result(element);
            } catch (Throwable t) {
                Discards.discard(element, s, currentContext());
                fail(t);
                return;
            }
            try {
                actual.onNext(result);
            } catch (Throwable t) {
                fail(t);
            }
        }

        @SuppressWarnings("unchecked")
        private R result(T element) {
            return mapper == null
                    ? (R) element
                    : Objects.requireNonNull(mapper.apply(element), "the mapper returned null");
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
        public void onError(Throwable t) {
            if (ends()) {
                Throwables.end(actual, t, currentContext());
            } else {
                Throwables.drop(t, currentContext());
            }
        }

        @Override
        public void onComplete() {
            if (ends()) {
                Throwables.end(actual, null, currentContext());
            }
        }

        @Override
        public void request(long n) {
            try {
                upstream().request(n);
            } catch (Throwable t) {
                fail(t);
            }
        }

        @Override
        public void cancel() {
            Throwables.cancel(upstream(), currentContext());
        }

        private Subscription upstream() {
            return s == null ? Operators.cancelledSubscription() : s;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        @SuppressWarnings("rawtypes") // as Reactor declares it
        public @Nullable Object scanUnsafe(Attr key) {
            return Scans.synchronous(key, s, actual, done != 0);
        }
    }
}
