package io.pipeflux.core.internal;

import io.pipeflux.core.suite.PublisherTck;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

/** Sources of three elements each. */
@Test
public class ConcatTckTest extends PublisherTck<Long> {

    @Override
    public Publisher<Long> createPublisher(long elements) {
        Flux<Long> starts = Flux.generate(() -> 0L, (at, sink) -> {
            if (at < elements) {
                sink.next(at);
            } else {
                sink.complete();
            }
            return at + 3;
        });
        return new FluxConcat<>(
                starts, at -> Flux.range(0, (int) Math.min(3, elements - at)).map(i -> at + i), "concat");
    }

    @Override
    public Publisher<Long> createFailedPublisher() {
        return new FluxConcat<Long, Long>(Flux.error(new IllegalStateException("failed")), Flux::just, "concat");
    }

    @Override
    public long maxElementsFromPublisher() {
        return 100_000;
    }
}
