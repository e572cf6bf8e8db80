package io.pipeflux.core.operator;

import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Throwables;
import java.util.function.Function;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;

/**
 * Maps each row with a {@link Mono}, several rows at a time. Emits the {@linkplain Outcome outcomes} in the order of
 * the rows.
 */
final class FluxAwaitedRows<T> extends FluxOperator<T, Outcome> {

    private final int parallelism;
    private final boolean skips;
    private final Function<? super T, ? extends Mono<?>> mapper;

    private FluxAwaitedRows(
            Flux<? extends T> source, int parallelism, boolean skips, Function<? super T, ? extends Mono<?>> mapper) {
        super(source);
        this.parallelism = parallelism;
        this.skips = skips;
        this.mapper = mapper;
    }

    static <T> Flux<Outcome> of(Flux<T> source, BatchOptions options, Function<? super T, ? extends Mono<?>> mapper) {
        return onAssembly(new FluxAwaitedRows<>(source, options.parallelism(), options.skipsBadRows(), mapper));
    }

    @Override
    public void subscribe(CoreSubscriber<? super Outcome> actual) {
        AwaitedRows<T> subscriber;
        try {
            subscriber = new AwaitedRows<>(actual, parallelism, skips, mapper);
        } catch (Throwable t) {
            Throwables.refuse(actual, t);
            return;
        }
        DrainingSubscriber.subscribe(source, subscriber);
    }

    @Override
    public String stepName() {
        return AwaitedRows.nameOf(parallelism);
    }
}
