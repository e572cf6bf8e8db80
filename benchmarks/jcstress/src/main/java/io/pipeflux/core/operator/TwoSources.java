package io.pipeflux.core.operator;

import java.util.function.Function;
import reactor.core.publisher.Flux;

/** Two sources whose elements an operator mixes. */
abstract class TwoSources {

    final StressSource first = new StressSource();
    final StressSource second = new StressSource();
    final StressSink sink = new StressSink();

    /** @param requested the elements that are requested before the actors begin: from then on, both sources are read */
    TwoSources(Function<Flux<Flux<Integer>>, ? extends Flux<?>> mix, long requested) {
        mix.apply(Flux.just(first, second)).subscribe(sink);
        sink.upstream.request(requested);
    }

    static void giveAll(StressSource source) {
        source.give(0, 2);
        source.complete();
    }

    final int given() {
        return first.given() + second.given();
    }
}
