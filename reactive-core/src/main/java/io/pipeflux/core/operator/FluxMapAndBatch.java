package io.pipeflux.core.operator;

import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Throwables;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * Splits rows into groups and makes a batch of each group, in order, on the thread that emits the rows or on workers.
 */
final class FluxMapAndBatch<T, B> extends FluxOperator<T, B> {

    private final BatchOptions options;
    private final BatchMaker<B> maker;

    private FluxMapAndBatch(Flux<? extends T> source, BatchOptions options, BatchMaker<B> maker) {
        super(source);
        this.options = options;
        this.maker = maker;
    }

    static <T, B> Flux<B> of(Flux<T> source, BatchOptions options, BatchMaker<B> maker) {
        return onAssembly(new FluxMapAndBatch<>(source, options, maker));
    }

    @Override
    public void subscribe(CoreSubscriber<? super B> actual) {
        DrainingSubscriber<T, B> subscriber;
        Flux<? extends T> from = source;
        try {
            FluxPrefetch<? extends T> joined = JoinedPrefetch.find(source, options.parallelism());
            if (joined != null) {
                from = joined.upstream();
            }
            JoinedPrefetch prefetch = JoinedPrefetch.of(joined, source, options.parallelism());
            subscriber = options.parallelism() == 0
                    ? new InlineBatches<>(actual, options, maker, prefetch)
                    : new ParallelBatches<>(actual, options, maker, prefetch);
        } catch (Throwable t) {
            Throwables.refuse(actual, t);
            return;
        }
        DrainingSubscriber.subscribe(from, subscriber);
    }

    @Override
    public String stepName() {
        return options.stepName();
    }
}
