package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds the values of a field in one Arrow message, or the values of a dictionary, before they are converted to a
 * column. Either all values have the same length, or the offsets of the values are stored.
 */
final class Values {

    static final int NULL = -1;

    private static final ByteBuffer NO_OFFSETS = ByteBuffer.allocate(0);

    private final int size;
    private final int width; // the length of a value in bytes, or 0 for byte strings
    private final ByteBuffer bytes;
    private final ByteBuffer offsets; // the offsets of byte strings; empty for other types
    private final byte @Nullable [] valid; // 0 for each null, 1 for each other value; null if there are no nulls

    private Values(int size, int width, ByteBuffer bytes, ByteBuffer offsets, byte @Nullable [] valid) {
        this.size = size;
        this.width = width;
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
        this.offsets = offsets;
        this.valid = valid;
    }

    static Values ofWidth(int width, int size, ByteBuffer bytes, byte @Nullable [] valid) {
        return new Values(size, width, bytes, NO_OFFSETS, valid);
    }

    static Values ofStrings(int size, ByteBuffer offsets, ByteBuffer bytes, byte @Nullable [] valid) {
        return new Values(size, 0, bytes, offsets.order(ByteOrder.LITTLE_ENDIAN), valid);
    }

    int size() {
        return size;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    ByteBuffer offsets() {
        return offsets;
    }

    byte @Nullable [] valid() {
        return valid;
    }

    Values withValid(byte @Nullable [] marks) {
        return new Values(size, width, bytes, offsets, marks);
    }

    boolean isNull(int i) {
        return valid != null && valid[i] == 0;
    }

    /** Returns a view of the values with the indexes from {@code from} to {@code to} (exclusive). */
    Values slice(int from, int to) {
        byte[] part = valid == null ? null : Bits.unlessAllSet(Arrays.copyOfRange(valid, from, to));
        return width == 0
                ? ofStrings(
                        to - from, offsets.slice(from * Integer.BYTES, (to - from + 1) * Integer.BYTES), bytes, part)
                : ofWidth(width, to - from, bytes.slice(from * width, (to - from) * width), part);
    }

    /**
     * Returns a copy of some of the values.
     *
     * @param at the indexes of the values to copy, in the order in which they are copied; the index {@link #NULL}
     *     stands for a null
     * @param ifNull the bytes that replace a null
     * @param check a check that is called with the size of the copy in bytes, and throws an exception if the copy would
     *     be too large
     */
    Values take(int[] at, byte[] ifNull, LongConsumer check) {
        byte[] taken = null;
        for (int i = 0; i < at.length; i++) {
            if (at[i] == NULL || isNull(at[i])) {
                if (taken == null) {
                    taken = new byte[at.length];
                    Arrays.fill(taken, (byte) 1);
                }
                taken[i] = 0;
            }
        }
        return width == 0 ? strings(at, ifNull, taken, check) : numbers(at, ifNull, taken, check);
    }

    private Values numbers(int[] at, byte[] ifNull, byte @Nullable [] taken, LongConsumer check) {
        check.accept((long) at.length * width);
        ByteBuffer to = ByteBuffer.allocate(at.length * width);
        for (int i = 0; i < at.length; i++) {
            if (taken == null || taken[i] != 0) {
                to.put(i * width, bytes, at[i] * width, width);
            } else {
                to.put(i * width, ifNull);
            }
        }
        return ofWidth(width, at.length, to, taken);
    }

    private Values strings(int[] at, byte[] ifNull, byte @Nullable [] taken, LongConsumer check) {
        long length = 0;
        for (int i = 0; i < at.length; i++) {
            length += taken == null || taken[i] != 0 ? length(at[i]) : ifNull.length;
        }
        check.accept(length + (at.length + 1L) * Integer.BYTES);
        ByteBuffer to = ByteBuffer.allocate((int) length);
        ByteBuffer ends = ByteBuffer.allocate((at.length + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        ends.putInt(0);
        int end = 0;
        for (int i = 0; i < at.length; i++) {
            if (taken == null || taken[i] != 0) {
                int bytesOfIt = length(at[i]);
                to.put(end, bytes, offsets.getInt(at[i] * Integer.BYTES), bytesOfIt);
                end += bytesOfIt;
            } else {
                to.put(end, ifNull);
                end += ifNull.length;
            }
            ends.putInt(end);
        }
        return ofStrings(at.length, ends.flip(), to, taken);
    }

    private int length(int i) {
        int begin = offsets.getInt(i * Integer.BYTES);
        int end = offsets.getInt((i + 1) * Integer.BYTES);
        if (begin < 0 || end < begin || end > bytes.limit()) {
            throw new IllegalArgumentException("expected offsets in order from 0 to " + bytes.limit()
                    + ", but got a value from " + begin + " to " + end);
        }
        return end - begin;
    }

    /**
     * Returns a copy of the values in which {@code ifNull} replaces each null, or this instance if there are no nulls.
     */
    Values filled(byte[] ifNull, LongConsumer check) {
        if (valid == null) {
            return this;
        }
        int[] at = new int[size];
        for (int i = 0; i < size; i++) {
            at[i] = valid[i] == 0 ? NULL : i;
        }
        return take(at, ifNull, check);
    }
}
