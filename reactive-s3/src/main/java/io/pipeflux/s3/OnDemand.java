package io.pipeflux.s3;

import io.pipeflux.core.internal.Guarded;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Creates a source at the first request, and subscribes to it. {@code Flux.defer} would do both at the subscription.
 */
final class OnDemand {

    private OnDemand() {}

    static <T> Flux<T> defer(Supplier<? extends Publisher<T>> source) {
        // hide() is needed, because concatMap would subscribe to a scalar before any request
        return Guarded.concatMap(Flux.just(source).hide(), Supplier::get);
    }
}
