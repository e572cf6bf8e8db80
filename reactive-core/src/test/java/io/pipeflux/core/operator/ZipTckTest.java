package io.pipeflux.core.operator;

import java.util.List;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

@Test
public class ZipTckTest extends OperatorTck<List<Integer>> {

    @Override
    Function<Flux<Integer>, Flux<List<Integer>>> operator() {
        return f -> Flux.just(f, f).transform(PipeOperators.zip(WhenOneEnds.FAIL));
    }

    @Override
    public Publisher<List<Integer>> createFailedPublisher() {
        return Flux.<Flux<Integer>>error(new IllegalStateException("failed"))
                .transform(PipeOperators.zip(WhenOneEnds.STOP));
    }
}
