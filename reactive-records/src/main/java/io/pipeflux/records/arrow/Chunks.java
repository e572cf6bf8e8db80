package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Cuts pieces of memory of any length into chunks of up to 256 KiB: large pieces are sliced, neighbours that are small
 * are copied into one chunk, made when it is asked for.
 */
final class Chunks implements Iterator<ByteBuffer> {

    static final int MAX_BYTES = 256 << 10;

    /** Below this many bytes a write of their own costs more than a copy. */
    static final int SLICED_BYTES = 64 << 10;

    private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>();
    private final boolean copies;

    /**
     * No pieces so far.
     *
     * @param copies whether large pieces are copied, too: their memory will be used again
     */
    Chunks(boolean copies) {
        this.copies = copies;
    }

    /** Adds the bytes between position and limit, which are left as they are. */
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
