package io.pipeflux.core.internal;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/**
 * Wraps Reactor operators that Pipeflux uses internally. A wrapper passes elements on and keeps none. If anything
 * throws, the subscriber still gets a terminal signal, as described in {@link Throwables}. Without the wrapper,
 * Reactor's {@code map}, {@code defer} and {@code concatMap} rethrow fatal errors, and the subscriber gets no terminal
 * signal.
 */
public final class Guarded {

    private Guarded() {}

    /** Returns a {@code Flux} that passes the elements on unchanged. */
    public static <T> Flux<T> of(Flux<T> source) {
        return new GuardedFlux<>(() -> source, null);
    }

    /** Does what {@link Flux#defer} does: creates the source for each subscriber. */
    public static <T> Flux<T> defer(Supplier<? extends Publisher<T>> source) {
        return new GuardedFlux<>(source, null);
    }

    /** Does what {@link Flux#map} does. Discards an element that cannot be mapped. */
    public static <T, R> Flux<R> map(Flux<T> source, Function<? super T, ? extends R> mapper) {
        return new GuardedFlux<>(() -> source, mapper);
    }

    /**
     * Does what {@link Flux#concatMap(Function, int)} does with a prefetch of 0: it requests the next element when the
     * source of the previous element has ended.
     */
    public static <T, R> Flux<R> concatMap(Flux<T> source, Function<? super T, ? extends Publisher<R>> mapper) {
        return new FluxConcat<>(source, mapper::apply, "concatMap");
    }

    /**
     * Does what {@link Flux#deferContextual} does, without a wrapper around the subscriber. The {@code Flux} that
     * {@code source} returns must itself signal every Throwable to its subscriber.
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
        private final @Nullable Function<? super T, ? extends R> mapper; // null to pass on the elements themselves

        GuardedFlux(Supplier<? extends Publisher<T>> source, @Nullable Function<? super T, ? extends R> mapper) {
            this.source = source;
            this.mapper = mapper;
        }

        @Override
        public void subscribe(CoreSubscriber<? super R> actual) {
            GuardedSubscriber<T, R> subscriber = new MappingSubscriber<>(actual, mapper);
            try {
                source.get().subscribe(subscriber);
            } catch (Throwable t) {
                subscriber.notSubscribed(t);
            }
        }
    }

    private static final class MappingSubscriber<T, R> extends GuardedSubscriber<T, R> {

        private final @Nullable Function<? super T, ? extends R> mapper; // null to pass on the elements themselves

        MappingSubscriber(CoreSubscriber<? super R> actual, @Nullable Function<? super T, ? extends R> mapper) {
            super(actual);
            this.mapper = mapper;
        }

        @Override
        @SuppressWarnings("unchecked")
        protected R result(T element) {
            return mapper == null
                    ? (R) element
                    : Objects.requireNonNull(mapper.apply(element), "the mapper returned null");
        }
    }
}
