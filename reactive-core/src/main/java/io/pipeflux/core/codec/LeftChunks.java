package io.pipeflux.core.codec;

import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.RunSubscriber;

/**
 * Notifies downstream of each chunk that a decoder has read to the end. When downstream no longer needs the chunk's
 * records, it returns the chunk to the {@link ChunkMemory} of the chunk's source.
 */
record LeftChunks(RunSubscriber<?> downstream, ChunkMemory memory) {

    void leave(byte[] chunk) {
        downstream.chunkEnds(chunk, memory);
    }
}
