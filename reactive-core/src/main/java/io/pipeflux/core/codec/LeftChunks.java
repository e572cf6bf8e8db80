package io.pipeflux.core.codec;

import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.RunSubscriber;

/**
 * Passes on the chunks whose bytes a decoder has read to the end. A chunk is passed downstream first, because its
 * records may still be in use there. Downstream then returns the chunk to the {@link ChunkMemory} of the chunk's
 * source.
 */
record LeftChunks(RunSubscriber<?> downstream, ChunkMemory memory) {

    void leave(byte[] chunk) {
        downstream.chunkEnds(chunk, memory);
    }
}
