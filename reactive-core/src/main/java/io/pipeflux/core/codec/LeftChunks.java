package io.pipeflux.core.codec;

import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.RunSubscriber;

/**
 * Where a decoder's chunks go when it has left them: downstream, which still has records in them, and from there back
 * to their source's memory.
 */
record LeftChunks(RunSubscriber<?> downstream, ChunkMemory memory) {

    void leave(byte[] chunk) {
        downstream.chunkEnds(chunk, memory);
    }
}
