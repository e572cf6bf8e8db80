package io.pipeflux.core.codec;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The pieces of a payload that is not contiguous in its stream. A piece that fills most of its array is kept there,
 * others are copied. The memory in use is therefore at most about twice the bytes added.
 */
final class Pieces {

    private static final int SMALL = 4096;
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>(); // the data of each are from 0 to its position
    private ByteBuffer last = NONE; // the last of pieces, if it was allocated here and can take more bytes
    private long size;

    /** Adds bytes of an array, which must not be written to any more. */
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

    /** Returns all bytes in one new array, and releases the pieces. */
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
