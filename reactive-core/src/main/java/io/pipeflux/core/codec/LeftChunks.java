package io.pipeflux.core.codec;

import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.RunSubscriber;

/**
 * Passes on the chunks that a decoder has left. A chunk goes downstream first, where records of the chunk may still be
 * in use, and from there back to the memory of its source.
 */
record LeftChunks(RunSubscriber<?> downstream, ChunkMemory memory) {

    void leave(byte[] chunk) {
        downstream.chunkEnds(chunk, memory);
    }
}
