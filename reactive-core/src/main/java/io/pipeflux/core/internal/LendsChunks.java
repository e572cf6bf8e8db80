package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/** A source of chunks that reuses the array of a chunk after the array was given back. */
public interface LendsChunks {

    /** Returns the memory to which the arrays are given back. */
    ChunkMemory chunkMemory();

    /**
     * Returns the memory of a source if the source lends its chunks, otherwise null. An operator that is applied to
     * such a source does not itself lend chunks.
     */
    static @Nullable ChunkMemory of(Publisher<?> source) {
        return source instanceof LendsChunks lender ? lender.chunkMemory() : null;
    }
}
