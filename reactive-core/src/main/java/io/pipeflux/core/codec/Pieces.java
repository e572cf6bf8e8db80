package io.pipeflux.core.codec;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The pieces of a payload that does not stand side by side in its stream. A piece that is most of its array stays where
 * it is, others are copied: what is held is at most about twice what was added.
 */
final class Pieces {

    private static final int SMALL = 4096;
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>(); // each from 0 to its position
    private ByteBuffer last = NONE; // the last of pieces, if it is our own and takes further bytes at its position
    private long size;

    /** Adds bytes of an array that nobody will write to any more. */
    void add(byte[] array, int from, int count) {
        size += count;
        if (count >= SMALL && count > array.length / 2) {
            pieces.add(ByteBuffer.wrap(array, from, count).slice().position(count));
            last = NONE;
            return;
        }
        if (count > last.remaining()) {
            last = ByteBuffer.allocate(Math.max(count, SMALL));
            pieces.add(last);
        }
        last.put(array, from, count);
    }

    /** All bytes in one new array; the pieces are let go. */
    byte[] join() {
        byte[] whole = new byte[Math.toIntExact(size)];
        int filled = 0;
        for (ByteBuffer piece : pieces) {
            piece.flip();
            int count = piece.remaining();
            piece.get(whole, filled, count);
            filled += count;
        }
        clear();
        return whole;
    }

    void clear() {
        pieces.clear();
        last = NONE;
        size = 0;
    }
}
