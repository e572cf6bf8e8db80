package io.pipeflux.s3;

import io.pipeflux.core.internal.Guarded;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Waits for the first request before it creates a source and subscribes to it. {@code Flux.defer} would do both as soon
 * as it is subscribed to.
 */
final class OnDemand {

    private OnDemand() {}

    static <T> Flux<T> defer(Supplier<? extends Publisher<T>> source) {
        // without hide(), concatMap would detect a scalar source and subscribe before any request
        return Guarded.concatMap(Flux.just(source).hide(), Supplier::get);
    }
}
