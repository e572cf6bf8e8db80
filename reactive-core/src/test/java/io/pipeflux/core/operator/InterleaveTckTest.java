package io.pipeflux.core.operator;

import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

@Test
public class InterleaveTckTest extends OperatorTck<Integer> {

    @Override
    Function<Flux<Integer>, Flux<Integer>> operator() {
        return f -> Flux.just(f).transform(PipeOperators.interleave(2, 3));
    }

    @Override
    public Publisher<Integer> createFailedPublisher() {
        return Flux.<Flux<Integer>>error(new IllegalStateException("failed")).transform(PipeOperators.interleave(2, 3));
    }
}
