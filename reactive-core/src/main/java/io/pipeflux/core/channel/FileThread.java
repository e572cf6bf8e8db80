package io.pipeflux.core.channel;

import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.Throwables;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** Runs what blocks on files on the thread of a channel's subscription, from the first request on. */
final class FileThread {

    private FileThread() {}

    /**
     * Generates elements there. Whatever the generator throws, fatal errors included, is the stream's error.
     *
     * @param state made on that thread
     * @param close is given the state at the end, on an error and on cancel
     */
    static <T, S> Flux<T> generate(
            ChannelThread thread, Callable<S> state, BiConsumer<S, SynchronousSink<T>> next, Consumer<S> close) {
        Flux<T> generated = Flux.<T, S>generate(
                        state,
                        (current, sink) -> {
                            try {
                                next.accept(current, sink);
                            } catch (Throwable t) { // fatal errors too, which Flux.generate would throw at the thread
                                sink.error(Throwables.toSignal(t, Context.of(sink.contextView())));
                            }
                            return current;
                        },
                        close)
                .subscribeOn(Schedulers.fromExecutor(thread))
                .transform(elements -> held(thread, elements));
        // hide(): concatMap would subscribe to the source of a scalar at once, before a request
        return Guarded.concatMap(Flux.just(generated).hide(), elements -> elements);
    }

    /** Keeps the thread until the subscription ends or is cancelled. */
    static <T> Flux<T> held(ChannelThread thread, Flux<T> elements) {
        return elements.doFirst(thread::hold).doFinally(end -> thread.release());
    }
}
