package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** A source of chunks that uses the arrays of its chunks again when they are given back. */
public interface LendsChunks {

    /** Returns where to give the arrays back. */
    ChunkMemory chunkMemory();

    /** Returns the memory of a source if it lends its chunks, or null. An operator on the source does not lend. */
    static @Nullable ChunkMemory of(Publisher<?> source) {
        return source instanceof LendsChunks lender ? lender.chunkMemory() : null;
    }

    /**
     * Returns a source that lends its chunks.
     *
     * @param chunks emits chunks from the memory; all its operators are ours, and none keeps a chunk
     */
    static Flux<ByteBuffer> from(Flux<ByteBuffer> chunks, ChunkMemory memory) {
        return LendingFlux.of(chunks, memory);
    }
}
