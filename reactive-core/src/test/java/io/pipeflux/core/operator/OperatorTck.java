package io.pipeflux.core.operator;

import io.pipeflux.core.suite.PublisherTck;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** An operator over a range, under the Reactive Streams TCK. */
abstract class OperatorTck<R> extends PublisherTck<R> {

    /** The operator, such that n elements become n. */
    abstract Function<Flux<Integer>, Flux<R>> operator();

    /** How many elements of the source make one of the result. */
    long perElement() {
        return 1;
    }

    Flux<Integer> source(long elements) {
        return Flux.range(0, Math.toIntExact(Math.min(elements * perElement(), Integer.MAX_VALUE)));
    }

    @Override
    public Publisher<R> createPublisher(long elements) {
        return operator().apply(source(elements));
    }

    @Override
    public Publisher<R> createFailedPublisher() {
        return operator().apply(Flux.error(new IllegalStateException("failed")));
    }

    @Override
    public long maxElementsFromPublisher() {
        return 100_000;
    }
}
