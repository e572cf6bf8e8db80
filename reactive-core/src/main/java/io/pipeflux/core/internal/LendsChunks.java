package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/** A source of chunks that uses the arrays of its chunks again when they are given back. */
public interface LendsChunks {

    /** Returns where to give the arrays back. */
    ChunkMemory chunkMemory();

    /** Returns the memory of a source if it lends its chunks, or null. An operator on the source does not lend. */
    static @Nullable ChunkMemory of(Publisher<?> source) {
        return source instanceof LendsChunks lender ? lender.chunkMemory() : null;
    }
}
