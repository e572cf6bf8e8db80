package io.pipeflux.records.csv;

import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A column of byte strings; its memory grows with them. */
final class BytesColumn extends CsvColumn {

    private static final int FIRST_BYTES = 64;

    private final ByteBuffer offsets;
    private final byte[] fill;
    private byte[] values = {};
    private int length;

    BytesColumn(CsvField field, int rows) {
        super(field, rows);
        this.offsets = allocate((rows + 1L) * Integer.BYTES);
        this.fill = field.bytes();
    }

    @Override
    boolean value(int row, byte[] text, int from, int to) {
        long needed = (long) length + to - from;
        if (needed > values.length) {
            long twice = Math.max(FIRST_BYTES, 2L * values.length);
            values = Arrays.copyOf(values, checked(Math.max(needed, Math.min(twice, Integer.MAX_VALUE - 63))));
        }
        System.arraycopy(text, from, values, length, to - from);
        length = (int) needed;
        offsets.putInt((row + 1) * Integer.BYTES, length);
        return true;
    }

    @Override
    void fill(int row) {
        value(row, fill, 0, fill.length);
    }

    @Override
    Column finish() {
        return Column.ofBytes(field.name(), new int[] {rows}, offsets, ByteBuffer.wrap(values, 0, length));
    }
}
