package io.pipeflux.core.internal;

import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** Runs blocking file operations on the thread of a channel's subscription, beginning at the first request. */
public final class FileThread {

    private FileThread() {}

    /**
     * Generates elements on the thread. If the generator throws, the stream fails with that Throwable, even if the
     * Throwable is a fatal error.
     *
     * @param state creates the generator's state; called on the thread
     * @param next emits the next element or completes
     * @param close called with the state at the end, after an error, and after a cancel
     */
    public static <T, S> Flux<T> generate(
            ChannelThread thread, Callable<S> state, BiConsumer<S, SynchronousSink<T>> next, Consumer<S> close) {
        return generate(thread, state, next, close, () -> {});
    }

    /**
     * Does what {@link #generate(ChannelThread, Callable, BiConsumer, Consumer)} does, and also detects Reactor hooks.
     *
     * @param onHook called before this method returns, if a Reactor hook of the user can see the elements
     */
    public static <T, S> Flux<T> generate(
            ChannelThread thread,
            Callable<S> state,
            BiConsumer<S, SynchronousSink<T>> next,
            Consumer<S> close,
            Runnable onHook) {
        Flux<T> elements = Flux.generate(
                state,
                (current, sink) -> {
                    try {
                        next.accept(current, sink);
                    } catch (Throwable t) { // including fatal errors, which Flux.generate would rethrow
                        sink.error(Throwables.toSignal(t, Context.of(sink.contextView())));
                    }
                    return current;
                },
                close);
        return on(thread, elements, "FluxGenerate", onHook);
    }

    /**
     * Returns a {@code Flux} that subscribes to a source and requests its elements on the thread. Nothing happens
     * before the first request.
     */
    public static <T> Flux<T> on(ChannelThread thread, Flux<T> source) {
        return on(thread, source, "", () -> {});
    }

    private static <T> Flux<T> on(ChannelThread thread, Flux<T> elements, String bareName, Runnable onHook) {
        Flux<T> onThread = elements.subscribeOn(Schedulers.fromExecutor(thread));
        Flux<T> holding = onThread.doFirst(thread::hold);
        Flux<T> held = holding.doFinally(end -> thread.release());
        if (!(LendingFlux.isBare(elements, bareName)
                && LendingFlux.isBare(onThread, "FluxSubscribeOn")
                && LendingFlux.isBare(holding, "FluxDoFirst")
                && LendingFlux.isBare(held, "FluxDoFinally"))) {
            onHook.run();
        }
        // hide() is needed because concatMap subscribes to a scalar source before any request
        return Guarded.concatMap(Flux.just(held).hide(), source -> source);
    }

    /**
     * Returns a {@code Flux} that emits the given elements. Each subscription keeps the thread alive until the
     * subscription ends or is cancelled.
     */
    public static <T> Flux<T> held(ChannelThread thread, Flux<T> elements) {
        return elements.doFirst(thread::hold).doFinally(end -> thread.release());
    }
}
