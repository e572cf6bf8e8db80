package io.pipeflux.samples.training;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Ends a source with the error of something else, such as the agent that fills the source's pipes. Reactor's {@code
 * takeUntilOther} passes on such an error, but does not cancel the source, whose reader would then wait for a pipe
 * forever.
 */
public final class UntilFailure {

    private UntilFailure() {}

    /**
     * Returns a function that cancels its source and fails if {@code failure} fails, and that cancels its source and
     * completes if {@code failure} completes.
     */
    public static <T> Function<Flux<T>, Flux<T>> of(Mono<?> failure) {
        return source -> Flux.defer(() -> {
            AtomicReference<@Nullable Throwable> cause = new AtomicReference<>();
            return source.takeUntilOther(failure.doOnError(cause::set).onErrorComplete())
                    .concatWith(Mono.defer(() -> {
                        Throwable failed = cause.get();
                        return failed == null ? Mono.empty() : Mono.error(failed);
                    }));
        });
    }
}
