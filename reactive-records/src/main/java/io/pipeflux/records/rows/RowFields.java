package io.pipeflux.records.rows;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Locates the fields of one row. An instance contains, for each field, an array and the field's range in this array.
 * The same instance can be used for all rows of a batch. Not thread-safe.
 */
final class RowFields {

    private static final byte[] NOTHING = {};

    private final byte[][] arrays;
    private final int[] offsets;
    private final int[] lengths; // the length of each field in bytes; -1 if the row does not have the field

    RowFields(int count) {
        this.arrays = new byte[count][];
        this.offsets = new int[count];
        this.lengths = new int[count];
        clear();
    }

    void clear() {
        Arrays.fill(arrays, NOTHING);
        Arrays.fill(offsets, 0);
        Arrays.fill(lengths, -1);
    }

    void set(int field, byte[] array, int offset, int length) {
        arrays[field] = array;
        offsets[field] = offset;
        lengths[field] = length;
    }

    boolean has(int field) {
        return lengths[field] >= 0;
    }

    byte[] array(int field) {
        return arrays[field];
    }

    int from(int field) {
        return offsets[field];
    }

    int to(int field) {
        return offsets[field] + lengths[field];
    }

    ByteBuffer bytes(int field) {
        return ByteBuffer.wrap(arrays[field], offsets[field], lengths[field]).slice();
    }
}
