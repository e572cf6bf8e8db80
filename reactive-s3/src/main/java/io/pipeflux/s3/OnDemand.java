package io.pipeflux.s3;

import io.pipeflux.core.internal.Guarded;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** Makes and subscribes to a source when its first element is asked for; {@code Flux.defer} does when subscribed to. */
final class OnDemand {

    private OnDemand() {}

    static <T> Flux<T> defer(Supplier<? extends Publisher<T>> source) {
        // hide(): concatMap would subscribe to the source of a scalar at once
        return Guarded.concatMap(Flux.just(source).hide(), Supplier::get);
    }
}
