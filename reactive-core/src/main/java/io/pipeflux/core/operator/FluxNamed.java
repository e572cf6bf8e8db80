package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Guarded;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * Gives a name to an operator that is composed of Reactor's operators, so that {@code checkpoint}, hooks and {@code
 * Scannable} show it as a single operator. {@link Guarded} ensures that the subscriber receives {@code onError} or
 * {@code onComplete} even if an operator or a hook throws.
 */
final class FluxNamed<T> extends FluxOperator<T, T> {

    private final String name;

    private FluxNamed(Flux<? extends T> source, String name) {
        super(source);
        this.name = name;
    }

    static <T> Flux<T> of(String name, Flux<T> source) {
        return onAssembly(new FluxNamed<>(Guarded.of(source), name));
    }

    /** Gives a name to a source that already signals every Throwable to its subscriber. */
    static <T> Flux<T> ofGuarded(String name, Flux<T> source) {
        return onAssembly(new FluxNamed<>(source, name));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(actual);
    }

    @Override
    public String stepName() {
        return name;
    }
}
