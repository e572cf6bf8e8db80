package io.pipeflux.s3;

import io.pipeflux.s3.SumCells.Cell;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The checksums of an object's bytes, all of one kind: the checksum of all bytes and, if the checksums of uploaded
 * parts may be needed, a mark at each MiB. A mark is the checksum of all bytes that precede it.
 *
 * <pre>
 *   offset in MiB   0     1     2     3     4  4.5
 *   marks                 m1    m2    m3    m4 sum
 * </pre>
 *
 * <p>The checksum of a range is computed from two marks: for example, {@code m2} and {@code m4} result in the checksum
 * of the bytes from 2 to 4 MiB.
 */
final class ObjectSums implements RangeSums {

    /**
     * The maximum number of marks, which limits the memory that they take. It is enough for an object of 64 GiB. The
     * uploaded parts of a larger object are not verified individually.
     */
    private static final int MOST_MARKS = 1 << 16;

    private final SumKind kind;
    private final Map<Long, byte[]> marks = new HashMap<>();
    private byte[] sum;
    private long length;

    ObjectSums(SumKind kind) {
        this.kind = kind;
        this.sum = kind.start().value();
    }

    static ObjectSums of(SumCells cells) {
        ObjectSums sums = new ObjectSums(cells.kind());
        sums.add(cells, true);
        return sums;
    }

    /** @param marked whether the marks must be kept, because the checksums of uploaded parts may be needed */
    void add(SumCells cells, boolean marked) {
        for (Cell cell : cells.all()) {
            sum = kind.combine(sum, cell.sum(), cell.length());
            length += cell.length();
            if (marked && length % SumCells.GRID == 0 && marks.size() < MOST_MARKS) {
                marks.put(length, sum);
            }
        }
        if (!marked) {
            marks.clear();
        }
    }

    @Override
    public byte[] sum() {
        return sum;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public byte @Nullable [] between(long from, long to) {
        byte[] before = upTo(from);
        byte[] all = upTo(to);
        return before == null || all == null ? null : kind.without(before, all, to - from);
    }

    private byte @Nullable [] upTo(long offset) {
        return offset == 0 ? kind.start().value() : offset == length ? sum : marks.get(offset);
    }

    /**
     * Tries all part sizes in whole MiB that result in the given number of parts. The last part may be smaller.
     */
    @Override
    public boolean isComposite(byte[] expected, int parts) {
        if (parts == 1) {
            return Arrays.equals(expected, kind.sum(sum));
        }
        long least = (length + parts - 1) / parts;
        long most = (length - 1) / (parts - 1);
        for (long size = up(least); size <= most; size += SumCells.GRID) {
            if (Arrays.equals(expected, composite(size))) {
                return true;
            }
        }
        return false;
    }

    /** Rounds a size up to whole MiB. */
    static long up(long size) {
        return (size + SumCells.GRID - 1) / SumCells.GRID * SumCells.GRID;
    }

    private byte @Nullable [] composite(long partSize) {
        SumKind.Sum all = kind.start();
        for (long from = 0; from < length; from += partSize) {
            byte[] part = between(from, Math.min(length, from + partSize));
            if (part == null) {
                return null;
            }
            all.update(part, 0, part.length);
        }
        return all.value();
    }
}
