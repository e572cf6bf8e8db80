package io.pipeflux.core.operator;

import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

@Test
public class SampleTckTest extends OperatorTck<Integer> {

    @Override
    Function<Flux<Integer>, Flux<Integer>> operator() {
        return f ->
                Flux.just(f, Flux.<Integer>empty()).transform(PipeOperators.sample(WhenOneEnds.CONTINUE, 42, 0.9, 0.1));
    }

    @Override
    public Publisher<Integer> createFailedPublisher() {
        return Flux.<Flux<Integer>>error(new IllegalStateException("failed"))
                .transform(PipeOperators.sample(WhenOneEnds.STOP, 42, 1));
    }
}
