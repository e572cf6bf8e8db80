package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** Reads a pipe per subscription, at the subscriber's pace. */
final class FluxPipeRead extends Flux<ByteBuffer> {

    private final Supplier<PipeSource> sources;
    private final PipeOptions options;

    /** @param sources gives the pipe of one subscription, at its first request */
    FluxPipeRead(Supplier<PipeSource> sources, PipeOptions options) {
        this.sources = sources;
        this.options = options;
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
        actual.onSubscribe(new PipeReader(actual, sources, options));
    }
}
