package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where values begin, and behind the last where it ends, in a buffer of which the first {@code base} elements are
 * passed over.
 *
 * @param stored int32 or int64
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

    /** Those of the values from one index up to another, and where the last of these ends. */
    Offsets between(int from, int to) {
        int width = large ? Long.BYTES : Integer.BYTES;
        return new Offsets(stored.slice(from * width, (to - from + 1) * width), large, base);
    }

    /** Those of int32. */
    ByteBuffer ints() {
        return stored;
    }

    /** The same as int32, of which the first is 0. */
    Offsets fromZero(int count, String name) {
        ByteBuffer ints = ByteBuffer.allocate((count + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long first = first();
        long end = first;
        for (int i = 0; i <= count; i++) {
            long begin = end;
            end = get(i);
            if (first < 0 || end < begin || end - first > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(name + ": expected offsets in order, at most 2147483647 apart, but"
                        + " got " + end + " behind " + begin);
            }
            ints.putInt((int) (end - first));
        }
        return new Offsets(ints.flip(), false, first);
    }
}
