package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Divides pieces of memory of any length into chunks of up to 256 KiB. The chunks of a large piece are slices of its
 * memory. Consecutive small pieces are copied into one chunk. A chunk is created only when it is requested.
 */
final class Chunks implements Iterator<ByteBuffer> {

    static final int MAX_BYTES = 256 << 10;

    /**
     * The minimum length of a piece that is sliced. Shorter pieces are copied, because the cost of writing them as
     * separate chunks would be higher than the cost of copying them.
     */
    static final int SLICED_BYTES = 64 << 10;

    private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>();
    private final boolean copies;

    /**
     * Creates an empty instance.
     *
     * @param copies whether large pieces must be copied, too, because their memory will be reused
     */
    Chunks(boolean copies) {
        this.copies = copies;
    }

    /** Adds the bytes between the buffer's position and limit. Does not modify the buffer. */
    void add(ByteBuffer piece) {
        if (piece.hasRemaining()) {
            pieces.add(piece.slice());
        }
    }

    @Override
    public boolean hasNext() {
        return !pieces.isEmpty();
    }

    @Override
    public ByteBuffer next() {
        if (pieces.isEmpty()) {
            throw new NoSuchElementException();
        }
        return pieces.element().remaining() < SLICED_BYTES ? copy() : slice();
    }

    private ByteBuffer slice() {
        ByteBuffer piece = pieces.element();
        int count = Math.min(piece.remaining(), MAX_BYTES);
        ByteBuffer chunk = piece.slice(piece.position(), count);
        piece.position(piece.position() + count);
        if (!piece.hasRemaining()) {
            pieces.remove();
        }
        return copies ? ByteBuffer.allocate(count).put(chunk).flip() : chunk;
    }

    private ByteBuffer copy() {
        int count = 0;
        for (ByteBuffer piece : pieces) {
            if (piece.remaining() >= SLICED_BYTES || count + piece.remaining() > MAX_BYTES) {
                break;
            }
            count += piece.remaining();
        }
        ByteBuffer chunk = ByteBuffer.allocate(count);
        while (chunk.hasRemaining()) {
            chunk.put(pieces.remove());
        }
        return chunk.flip();
    }
}
