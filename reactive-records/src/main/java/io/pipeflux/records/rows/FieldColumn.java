package io.pipeflux.records.rows;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Builds one column of a batch, row by row. Not thread-safe. */
abstract class FieldColumn {

    final Field field;
    final int rows;
    final BatchMemory memory;
    int row;

    private FieldColumn(Field field, int rows, BatchMemory memory) {
        this.field = field;
        this.rows = rows;
        this.memory = memory;
    }

    static FieldColumn of(Field field, int rows, BatchMemory memory) {
        return field.dtype().hasOffsets() ? new Texts(field, rows, memory) : new Numbers(field, rows, memory);
    }

    /** Writes the next row's value. Returns a description of the fault, or null if the value is valid. */
    abstract @Nullable String put(RowFields fields, int at);

    /** Writes the value of a padded row: the field's default if it has one, otherwise 0 or an empty string. */
    abstract void pad();

    /** Returns the column. Must be called exactly once, after all rows have been written. */
    abstract Column finish();

    private static final class Numbers extends FieldColumn {

        private final ByteBuffer values;

        Numbers(Field field, int rows, BatchMemory memory) {
            super(field, rows, memory);
            this.values = memory.allocate(field.name(), field.dtype(), new int[] {rows});
        }

        @Override
        @Nullable
        String put(RowFields fields, int at) {
            try {
                switch (field.dtype()) {
                    case INT32 ->
                        values.putInt(row * Integer.BYTES, (int)
                                FieldValues.integer(fields, at, Integer.MIN_VALUE, Integer.MAX_VALUE));
                    case INT64 ->
                        values.putLong(
                                row * Long.BYTES, FieldValues.integer(fields, at, Long.MIN_VALUE, Long.MAX_VALUE));
                    case FLOAT32 -> values.putFloat(row * Float.BYTES, FieldValues.float32(fields, at));
                    default -> values.putDouble(row * Double.BYTES, FieldValues.float64(fields, at));
                }
            } catch (IllegalArgumentException e) {
                return e.getMessage();
            }
            row++;
            return null;
        }

        @Override
        void pad() {
            switch (field.dtype()) {
                case INT32 -> values.putInt(row * Integer.BYTES, (int) field.number());
                case INT64 -> values.putLong(row * Long.BYTES, (long) field.number());
                case FLOAT32 -> values.putFloat(row * Float.BYTES, (float) field.number());
                default -> values.putDouble(row * Double.BYTES, field.number());
            }
            row++;
        }

        @Override
        Column finish() {
            return Column.of(field.name(), field.dtype(), new int[] {rows}, values);
        }
    }

    /** Builds a column of bytes or text. The column's memory grows as needed. */
    private static final class Texts extends FieldColumn {

        private static final int FIRST_BYTES = 64;

        private final ByteBuffer offsets;
        private final byte[] fill;
        private ByteBuffer values = ByteBuffer.allocate(0);
        private int length;

        Texts(Field field, int rows, BatchMemory memory) {
            super(field, rows, memory);
            this.offsets = memory.allocate(field.name(), (rows + 1L) * Integer.BYTES, Math.max(1, rows))
                    .putInt(0, 0);
            this.fill = field.text().getBytes(UTF_8);
        }

        @Override
        @Nullable
        String put(RowFields fields, int at) {
            String wrong = FieldValues.textFault(field.kind(), fields, at);
            if (wrong == null) {
                write(fields.array(at), fields.from(at), fields.to(at));
            }
            return wrong;
        }

        @Override
        void pad() {
            write(fill, 0, fill.length);
        }

        private void write(byte[] array, int from, int to) {
            long needed = (long) length + to - from;
            if (needed > values.capacity()) {
                grow(needed);
            }
            values.put(length, array, from, to - from);
            length = (int) needed;
            offsets.putInt(++row * Integer.BYTES, length);
        }

        private void grow(long needed) {
            long twice = Math.max(FIRST_BYTES, 2L * values.capacity());
            long bytes = Math.max(needed, Math.min(twice, BatchMemory.MAX_BYTES));
            ByteBuffer more = memory.allocate(field.name(), bytes, Math.max(1, row));
            more.put(values.slice(0, length)).clear();
            memory.release(values);
            values = more;
        }

        @Override
        Column finish() {
            Column bytes = Column.ofBytes(field.name(), new int[] {rows}, offsets, values.slice(0, length));
            return field.dtype() == DType.UTF8 ? bytes.asUtf8() : bytes;
        }
    }
}
