package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The offset at which each value begins, followed by the offset at which the last value ends.
 *
 * @param stored the offsets, as little-endian int32 or int64
 * @param large whether the offsets are int64
 * @param base the number that was subtracted from each offset so that the first offset became 0; 0 if the offsets are
 *     unchanged
 */
record Offsets(ByteBuffer stored, boolean large, long base) {

    Offsets {
        stored = stored.order(ByteOrder.LITTLE_ENDIAN);
    }

    private long get(int i) {
        return large ? stored.getLong(i * Long.BYTES) : stored.getInt(i * Integer.BYTES);
    }

    long first() {
        return get(0);
    }

    long last() {
        return get(stored.limit() / (large ? Long.BYTES : Integer.BYTES) - 1);
    }

    /**
     * Returns the offsets of the values with the indexes from {@code from} to {@code to} (exclusive), followed by the
     * end of the last of these values.
     */
    Offsets between(int from, int to) {
        int width = large ? Long.BYTES : Integer.BYTES;
        return new Offsets(stored.slice(from * width, (to - from + 1) * width), large, base);
    }

    /** Returns the offsets as they are stored. Must be called only if they are int32. */
    ByteBuffer ints() {
        return stored;
    }

    /** Returns these offsets as int32, shifted so that the first offset is 0. */
    Offsets fromZero(int count, String name) {
        ByteBuffer ints = ByteBuffer.allocate((count + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long first = first();
        long end = first;
        for (int i = 0; i <= count; i++) {
            long begin = end;
            end = get(i);
            if (first < 0 || end < begin || end - first > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(name + ": expected offsets in order, at most 2147483647 apart, but"
                        + " got " + end + " after " + begin);
            }
            ints.putInt((int) (end - first));
        }
        return new Offsets(ints.flip(), false, first);
    }
}
