package io.pipeflux.core.operator;

import java.util.List;
import java.util.function.Function;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

@Test
public class ParallelMapAndBatchTckTest extends OperatorTck<List<Integer>> {

    @Override
    Function<Flux<Integer>, Flux<List<Integer>>> operator() {
        return PipeOperators.mapAndBatch(3, 2, i -> i);
    }

    @Override
    long perElement() {
        return 3;
    }
}
