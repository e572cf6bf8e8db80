package io.pipeflux.test;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatchWhen;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.operator.PipeOperators.zip;

import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.core.operator.WhenOneEnds;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The operators of core that keep elements. */
class OperatorsContractTest {

    abstract static class Of<R> implements OperatorContract<R> {

        private final int ahead;
        private final Function<Flux<Integer>, Flux<R>> operator;

        Of(int ahead, Function<Flux<Integer>, Flux<R>> operator) {
            this.ahead = ahead;
            this.operator = operator;
        }

        @Override
        public Flux<R> apply(Flux<Integer> source) {
            return source.transform(operator);
        }

        @Override
        public int readsAhead() {
            return ahead;
        }
    }

    @Nested
    class Prefetch extends Of<Integer> {
        Prefetch() {
            super(4, prefetch(4, Schedulers.parallel()));
        }
    }

    @Nested
    class Shuffle extends Of<Integer> {
        Shuffle() {
            super(10, shuffle(8, 42));
        }
    }

    @Nested
    class Interleave extends Of<Integer> {
        Interleave() {
            super(4, source -> Flux.just(source).transform(interleave(2, 4)));
        }
    }

    @Nested
    class Sample extends Of<Integer> {
        Sample() {
            super(8, source -> Flux.just(source).transform(sample(WhenOneEnds.CONTINUE, 42, 1)));
        }
    }

    @Nested
    class Zip extends Of<List<Integer>> {
        Zip() {
            super(8, source -> Flux.just(source).transform(zip(WhenOneEnds.FAIL)));
        }
    }

    @Nested
    class MapAndBatchInline extends Of<List<Integer>> {
        MapAndBatchInline() {
            super(0, mapAndBatch(7, 0, (Integer number) -> number));
        }
    }

    @Nested
    class MapAndBatchInParallel extends Of<List<Integer>> {
        MapAndBatchInParallel() {
            super(28, mapAndBatch(BatchOptions.of(7, 2).lookAheadRows(14), (Integer number) -> number));
        }
    }

    @Nested
    class MapAndBatchWhen extends Of<List<Integer>> {
        MapAndBatchWhen() {
            super(
                    28 + 3,
                    mapAndBatchWhen(BatchOptions.of(7, 3).lookAheadRows(14), (Integer number) -> Mono.just(number)));
        }
    }
}
