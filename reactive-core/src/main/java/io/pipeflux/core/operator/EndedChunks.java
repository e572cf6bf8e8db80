package io.pipeflux.core.operator;

import io.pipeflux.core.internal.ChunkMemory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Holds each chunk from the arrival of its last row until all of its rows have become batches. After that, the chunk's
 * bytes are no longer needed, and the chunk's source may reuse the memory.
 *
 * <pre>
 *   rows     | group 1 | group 2 | group 3 |
 *   chunks   | a   | b   | c   | d            a ends in group 1, b and c in group 2: b and c can be given back
 *                                             after the batches of groups 1 and 2 have been made
 * </pre>
 */
final class EndedChunks {

    @SuppressWarnings("ArrayRecordComponent") // instances are never compared
    private record Ended(byte[] chunk, ChunkMemory memory, long group) {}

    private final Queue<Ended> queue = new ConcurrentLinkedQueue<>();
    private volatile long made;

    /**
     * Adds a chunk. If the batches of all its rows have already been made, gives the chunk back immediately.
     *
     * @param group the ordinal of the last group that contains a row of the chunk
     */
    void add(byte[] chunk, ChunkMemory memory, long group) {
        if (group <= made) {
            memory.giveBack(chunk);
        } else {
            queue.add(new Ended(chunk, memory, group));
        }
    }

    /**
     * Gives back the chunks whose rows have all become batches. Called by one thread at a time.
     *
     * @param group the ordinal of a group. The batches of this group and of all earlier groups have been made
     */
    void made(long group) {
        if (group == made) {
            return;
        }
        made = group;
        for (Ended next; (next = queue.peek()) != null && next.group <= group; ) {
            queue.remove();
            next.memory.giveBack(next.chunk);
        }
    }
}
