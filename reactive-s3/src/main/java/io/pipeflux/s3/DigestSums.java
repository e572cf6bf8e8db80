package io.pipeflux.s3;

import io.pipeflux.s3.SumKind.Sum;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sums of an object's bytes, of a kind that needs all bytes in order: of the whole, or of each part that is read. */
final class DigestSums implements RangeSums {

    private static final class Piece {

        private final long from;
        private final long to;
        private final byte[] sum;

        Piece(long from, long to, byte[] sum) {
            this.from = from;
            this.to = to;
            this.sum = sum;
        }
    }

    private final SumKind kind;
    private final List<Piece> pieces = new ArrayList<>();
    private Sum current;
    private long length;
    private long cutAt;

    DigestSums(SumKind kind) {
        this.kind = kind;
        this.current = kind.start();
    }

    @SuppressWarnings("ByteBufferBackingArray") // chunks have arrays
    void read(ByteBuffer chunk) {
        current.update(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining());
        length += chunk.remaining();
    }

    /** Called at the end of each part, if the object was uploaded in parts. */
    void cut() {
        pieces.add(new Piece(cutAt, length, current.value()));
        current = kind.start();
        cutAt = length;
    }

    @Override
    public byte @Nullable [] between(long from, long to) {
        for (Piece piece : pieces) {
            if (piece.from == from && piece.to == to) {
                return piece.sum;
            }
        }
        return null;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public byte[] sum() {
        return current.value();
    }

    @Override
    public boolean isComposite(byte[] expected, int parts) {
        Sum all = kind.start();
        for (Piece piece : pieces) {
            all.update(piece.sum, 0, piece.sum.length);
        }
        return pieces.size() == parts && Arrays.equals(expected, all.value());
    }
}
