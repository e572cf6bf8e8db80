package io.pipeflux.core.operator;

import java.util.List;
import java.util.function.Function;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Test
public class MapAndBatchWhenTckTest extends OperatorTck<List<Integer>> {

    @Override
    Function<Flux<Integer>, Flux<List<Integer>>> operator() {
        return PipeOperators.mapAndBatchWhen(BatchOptions.of(3, 2), Mono::just);
    }

    @Override
    long perElement() {
        return 3;
    }
}
