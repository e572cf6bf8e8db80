package io.pipeflux.records.csv;

import io.pipeflux.core.internal.Utf8;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Builds a byte-string column. The column's memory grows as needed. */
final class BytesColumn extends CsvColumn {

    private static final int FIRST_BYTES = 64;

    private final ByteBuffer offsets;
    private final byte[] fill;
    private final boolean isUtf8;
    private ByteBuffer values;
    // the array that backs `values`, or null if the buffer has no array or begins inside an array; writing to an array
    // is faster than writing to a buffer
    private byte @Nullable [] array;
    private int length;

    BytesColumn(CsvField field, int rows, BatchMemory memory) {
        super(field, rows, memory);
        this.offsets = allocate((rows + 1L) * Integer.BYTES).putInt(0, 0);
        this.fill = field.bytes();
        this.isUtf8 = field.dtype() == DType.UTF8;
        this.values = ByteBuffer.allocate(0);
    }

    @Override
    boolean value(int row, byte[] text, int from, int to) {
        if (isUtf8 && !Utf8.isLegal(text, from, to)) {
            return false;
        }
        long needed = (long) length + to - from;
        if (needed > values.capacity()) {
            grow(needed);
        }
        byte[] target = array;
        if (target == null) {
            values.put(length, text, from, to - from);
        } else {
            System.arraycopy(text, from, target, length, to - from);
        }
        length = (int) needed;
        offsets.putInt((row + 1) * Integer.BYTES, length);
        return true;
    }

    private void grow(long needed) {
        long twice = Math.max(FIRST_BYTES, 2L * values.capacity());
        ByteBuffer more = allocate(Math.max(needed, Math.min(twice, BatchMemory.MAX_BYTES)));
        more.put(values.slice(0, length)).clear();
        release(values);
        values = more;
        array = more.hasArray() && more.arrayOffset() == 0 ? more.array() : null;
    }

    @Override
    void fill(int row) {
        value(row, fill, 0, fill.length);
    }

    @Override
    Column finish() {
        Column bytes = Column.ofBytes(field.name(), new int[] {rows}, offsets, values.slice(0, length));
        return isUtf8 ? bytes.asUtf8() : bytes;
    }
}
