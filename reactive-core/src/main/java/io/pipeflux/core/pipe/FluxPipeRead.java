package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.LendsChunks;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;

/** A {@code Flux} that reads one pipe per subscription, on demand. */
final class FluxPipeRead extends Flux<ByteBuffer> implements Scannable, LendsChunks {

    private final String name;
    private final Supplier<PipeSource> sources;
    private final PipeOptions options;
    private final ChunkMemory memory = new ChunkMemory();

    private FluxPipeRead(String name, Supplier<PipeSource> sources, PipeOptions options) {
        this.name = name;
        this.sources = sources;
        this.options = options;
    }

    /**
     * Returns a {@code Flux} of the bytes of a pipe.
     *
     * @param name the name of the channel or the pipe
     * @param sources supplies the source for one subscription; called at the subscription's first request
     */
    static Flux<ByteBuffer> of(String name, Supplier<PipeSource> sources, PipeOptions options) {
        return onAssembly(new FluxPipeRead(name, sources, options));
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
        PipeReader reader = new PipeReader(actual, sources, options, memory);
        try {
            actual.onSubscribe(reader);
        } catch (Throwable t) {
            reader.fail(t);
        }
    }

    @Override
    public ChunkMemory chunkMemory() {
        return memory;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String stepName() {
        return "readPipe(" + name + ")";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.NAME) {
            return name;
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.ASYNC;
        }
        return null;
    }
}
