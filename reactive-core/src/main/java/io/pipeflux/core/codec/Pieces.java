package io.pipeflux.core.codec;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Collects the pieces of a payload that is not contiguous in its stream. A piece that fills most of its array stays in
 * that array, and all other pieces are copied. As a result, the memory in use is at most about twice the size of the
 * payload.
 */
final class Pieces {

    private static final int SMALL = 4096;
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    // the data of each piece begins at index 0 and ends before the buffer's position
    private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>();
    // the last buffer in "pieces", if this class has allocated that buffer and the buffer has room for more bytes
    private ByteBuffer last = NONE;
    private long size;

    /** Adds a range of an array's bytes. The array must not be written to afterwards. */
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

    /** Returns all bytes in a new array, and releases the pieces. */
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
