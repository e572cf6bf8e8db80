package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The bytes of a part that is sent, in blocks that other parts use again. They are copied from the chunks, because a
 * part is sent again after a failure, and chunks may keep much more memory than their bytes. So memory grows with the
 * bytes that have arrived. The copy is summed while it is in the cache.
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
     * @param number the number of the part, from 1
     * @param memory where the blocks come from
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

    /** Takes as many bytes as fit. */
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

    /** Returns the sum of all bytes. Called once. */
    byte[] sum() {
        return ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array();
    }

    /**
     * Returns buffers of all bytes, for one try.
     *
     * @throws IllegalStateException if the part was confirmed meanwhile, so that the try is in vain
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
     * Gives the blocks back. Called when the store has confirmed the part, so that its request no longer reads them. An
     * earlier try may still be ending, and send what another part writes there: then the blocks are left to it.
     */
    synchronized void release() {
        released = true;
        if (tries == 1) {
            memory.give(blocks);
        }
        blocks.clear();
    }
}
