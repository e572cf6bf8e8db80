package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Holds the bytes of a part that is being uploaded, in blocks that other parts reuse later. The bytes are copied from
 * the chunks for two reasons. First, a part may have to be sent again after a failure. Second, a small chunk may
 * prevent a much larger buffer from being freed. A part takes memory only for bytes that have arrived. The checksum is
 * computed while the copied bytes are in the processor's cache.
 */
final class PartBytes {

    private final int number;
    private final int capacity;
    private final PartBlocks memory;
    private final List<ByteBuffer> blocks = new ArrayList<>();
    private final CRC32C sum = new CRC32C();
    private int length;
    private int tries;
    private boolean released;

    /**
     * @param number the number of the part, counted from 1
     * @param capacity the maximum number of bytes
     * @param memory provides the blocks
     */
    PartBytes(int number, int capacity, PartBlocks memory) {
        this.number = number;
        this.capacity = capacity;
        this.memory = memory;
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

    /** Copies bytes from a chunk until the part is full or the chunk has no more. Advances the chunk's position. */
    void fill(ByteBuffer chunk) {
        while (chunk.hasRemaining() && !isFull()) {
            int at = length % PartBlocks.BYTES;
            if (at == 0) {
                blocks.add(memory.take());
            }
            ByteBuffer block = blocks.get(blocks.size() - 1);
            int count = Math.min(Math.min(PartBlocks.BYTES - at, capacity - length), chunk.remaining());
            block.put(at, chunk, chunk.position(), count);
            chunk.position(chunk.position() + count);
            sum.update(block.slice(at, count));
            length += count;
        }
    }

    /** Returns the checksum of all bytes. Called once. */
    byte[] sum() {
        return ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array();
    }

    /**
     * Returns buffers with all bytes of the part, for one request.
     *
     * @throws IllegalStateException if the store has confirmed the part, so that no further request is needed
     */
    synchronized List<ByteBuffer> buffers() {
        if (released) {
            throw new IllegalStateException("part " + number + " was confirmed before it was sent again");
        }
        tries++;
        List<ByteBuffer> buffers = new ArrayList<>(blocks.size());
        for (int from = 0; from < length; from += PartBlocks.BYTES) {
            buffers.add(blocks.get(from / PartBlocks.BYTES).slice(0, Math.min(PartBlocks.BYTES, length - from)));
        }
        return buffers;
    }

    /**
     * Gives the blocks back. Called when the store has confirmed the part, so the successful request no longer reads
     * the blocks. If the part was sent more than once, the blocks are not reused, because an earlier request may still
     * be reading them.
     */
    synchronized void release() {
        released = true;
        if (tries == 1) {
            memory.give(blocks);
        }
        blocks.clear();
    }
}
