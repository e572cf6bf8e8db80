package io.pipeflux.core.operator;

import java.util.function.Function;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

@Test
public class RepeatTckTest extends OperatorTck<Integer> {

    @Override
    Function<Flux<Integer>, Flux<Integer>> operator() {
        return PipeOperators.repeat(1);
    }
}
