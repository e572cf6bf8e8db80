package io.pipeflux.s3;

import io.pipeflux.s3.SumKind.Sum;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes checksums that cannot be combined, so all bytes of the object must be added in order. The result is one
 * checksum of the whole object, or one for each part in which the object was uploaded. The object is usually read in
 * different parts, because their size depends on the window's free space.
 */
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
    private final long partSize;
    private final List<Piece> pieces = new ArrayList<>();
    private Sum current;
    private long length;
    private long cutAt;

    /**
     * @param parts the number of uploaded parts if the checksums of these parts are needed, otherwise 0
     * @param usual the part size to assume, unless it results in a different number of parts
     */
    DigestSums(SumKind kind, long size, int parts, int usual) {
        this.kind = kind;
        this.partSize = partSize(size, parts, usual);
        this.current = kind.start();
    }

    /**
     * Returns the presumed size of the uploaded parts. This is the usual size if it results in the given number of
     * parts. Otherwise, it is the smallest size in whole MiB that results in this number. If there is no such size, the
     * whole object is one part.
     */
    private static long partSize(long size, int parts, int usual) {
        if (parts > 1 && isOf(size, parts, usual)) {
            return usual;
        }
        long least = parts > 1 ? ObjectSums.up((size + parts - 1) / parts) : 0;
        return least > 0 && isOf(size, parts, least) ? least : Long.MAX_VALUE;
    }

    private static boolean isOf(long size, int parts, long partSize) {
        return (size + partSize - 1) / partSize == parts;
    }

    @SuppressWarnings("ByteBufferBackingArray") // all chunks are backed by arrays
    void read(ByteBuffer chunk) {
        int at = chunk.arrayOffset() + chunk.position();
        for (int left = chunk.remaining(); left > 0; ) {
            int some = (int) Math.min(left, partSize - (length - cutAt));
            current.update(chunk.array(), at, some);
            length += some;
            at += some;
            left -= some;
            if (length - cutAt == partSize) {
                cut();
            }
        }
    }

    /** Ends the last part. Must be called after the last byte has been read. */
    void end() {
        if (cutAt < length) {
            cut();
        }
    }

    private void cut() {
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
        // if there are several parts, the checksum of the whole object is not known. The checksum of an empty array is
        // returned instead, because it never matches an object that has several parts
        return pieces.size() == 1 ? pieces.get(0).sum : kind.sum(new byte[0]);
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
