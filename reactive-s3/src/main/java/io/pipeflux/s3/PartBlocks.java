package io.pipeflux.s3;

import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The memory of parts that a client sends, in blocks that are used again. They are outside of the heap, because the
 * network's buffers are: Netty would copy blocks of the heap once more. What no part uses is freed when the garbage
 * collector needs memory, or after some time.
 */
final class PartBlocks {

    /** The size of a block in bytes. */
    static final int BYTES = 256 << 10;

    private final Queue<SoftReference<ByteBuffer>> free = new ConcurrentLinkedQueue<>();
    private volatile boolean heap;

    /** Returns a block, whose position and limit may be anything. */
    ByteBuffer take() {
        for (SoftReference<ByteBuffer> next = free.poll(); next != null; next = free.poll()) {
            ByteBuffer block = next.get();
            if (block != null) {
                return block;
            }
        }
        return heap ? ByteBuffer.allocate(BYTES) : direct();
    }

    /** Falls back to the heap where {@code -XX:MaxDirectMemorySize} is too small. */
    private ByteBuffer direct() {
        try {
            return ByteBuffer.allocateDirect(BYTES);
        } catch (OutOfMemoryError noDirectMemory) {
            heap = true; // each further attempt would take half a second
            return ByteBuffer.allocate(BYTES);
        }
    }

    /** Takes blocks back that nobody reads or writes any more. */
    void give(List<ByteBuffer> blocks) {
        blocks.forEach(block -> free.add(new SoftReference<>(block)));
    }
}
