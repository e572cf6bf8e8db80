package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * The bytes of a part that is sent, in blocks that other parts of the object use again. They are copied from the
 * chunks, because a part is sent again after a failure, and chunks may keep much more memory than their bytes. So
 * memory grows with the bytes that have arrived. The copy is summed while it is in the cache.
 */
final class PartBytes {

    /** Not humongous to G1 in small heaps. */
    private static final int BLOCK = 256 << 10;

    private final int number;
    private final int capacity;
    private final Queue<byte[]> free;
    private final List<byte[]> blocks = new ArrayList<>();
    private final SumKind.Sum sum = SumKind.CRC32C.start();
    private int length;

    /**
     * @param number the number of the part, from 1
     * @param free the blocks that no part uses
     */
    PartBytes(int number, int capacity, Queue<byte[]> free) {
        this.number = number;
        this.capacity = capacity;
        this.free = free;
    }

    int number() {
        return number;
    }

    int length() {
        return length;
    }

    boolean isFull() {
        return length == capacity;
    }

    /** Takes as many bytes as fit. */
    void fill(ByteBuffer chunk) {
        while (chunk.hasRemaining() && !isFull()) {
            int at = length % BLOCK;
            if (at == 0) {
                byte[] block = free.poll();
                blocks.add(block == null ? new byte[BLOCK] : block);
            }
            byte[] block = blocks.get(blocks.size() - 1);
            int count = Math.min(Math.min(BLOCK - at, capacity - length), chunk.remaining());
            chunk.get(block, at, count);
            sum.update(block, at, count);
            length += count;
        }
    }

    /** Returns the sum of all bytes. Called once. */
    byte[] sum() {
        return sum.value();
    }

    /** Returns buffers of all bytes, for one try. */
    List<ByteBuffer> buffers() {
        List<ByteBuffer> buffers = new ArrayList<>(blocks.size());
        for (int from = 0; from < length; from += BLOCK) {
            buffers.add(ByteBuffer.wrap(blocks.get(from / BLOCK), 0, Math.min(BLOCK, length - from)));
        }
        return buffers;
    }

    /** Gives the blocks back. Called when the store has confirmed the part, so that no request reads them. */
    void release() {
        free.addAll(blocks);
        blocks.clear();
    }
}
