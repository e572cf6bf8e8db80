package io.pipeflux.records.csv;

import io.pipeflux.core.internal.KeyText;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;

/** Builds one column of a batch, row by row. Not thread-safe. */
abstract class CsvColumn {

    /**
     * The maximum length of a plain number (a sign, digits, a decimal point and digits), including the byte that
     * follows the number.
     */
    private static final int LONGEST_PLAIN = 3 + 2 * Digits.MOST;

    final CsvField field;
    final int rows;
    private final BatchMemory memory;
    private int row;

    CsvColumn(CsvField field, int rows, BatchMemory memory) {
        this.field = field;
        this.rows = rows;
        this.memory = memory;
    }

    static CsvColumn of(CsvField field, int rows, BatchMemory memory) {
        return switch (field.dtype()) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64 -> new IntegerColumn(field, rows, memory);
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> new FloatColumn(field, rows, memory);
            case BOOL -> new BoolColumn(field, rows, memory);
            case BYTES, UTF8 -> new BytesColumn(field, rows, memory);
        };
    }

    /**
     * Writes the next row's value. Returns false if the text is not a value of the type. The text must not be empty.
     */
    final boolean put(byte[] text, int from, int to) {
        return value(row++, text, from, to);
    }

    /**
     * Writes the next row's value if it is a plain number: an optional minus sign and a few digits, followed by the
     * delimiter or by the end of the record. Floating-point columns also accept a decimal point and a few decimals.
     *
     * @param from the index of the value, less than {@code end}
     * @return the index after the value, or -1 if nothing was written because the value is not a plain number
     */
    final int putPlain(byte[] text, int from, int end, byte delimiter) {
        if (text.length - from < LONGEST_PLAIN) {
            return -1;
        }
        int to = plain(row, text, from, end, delimiter);
        row += to < 0 ? 0 : 1;
        return to;
    }

    /**
     * Writes the value of row {@code at} in the same way as {@link #putPlain}. The array {@code text} must have at
     * least {@value #LONGEST_PLAIN} bytes, counted from index {@code from}.
     */
    int plain(int at, byte[] text, int from, int end, byte delimiter) {
        return -1;
    }

    /** Writes the field's default as the next row's value. Returns false if the field has no default. */
    final boolean putDefault() {
        pad();
        return field.hasDefault();
    }

    /** Writes the value of a row that only fills up the batch: the default if any, otherwise 0, false or no bytes. */
    final void pad() {
        fill(row++);
    }

    abstract boolean value(int at, byte[] text, int from, int to);

    abstract void fill(int at);

    /** Returns the column. Must be called exactly once, after all rows have been written. */
    abstract Column finish();

    /** Returns a description of the column for error messages. */
    @Override
    public final String toString() {
        return "column " + KeyText.quoted(field.name());
    }

    final DType type() {
        return field.dtype();
    }

    /** Allocates the values of a numeric column. */
    final ByteBuffer allocateNumbers() {
        return memory.allocate(field.name(), field.dtype(), new int[] {rows});
    }

    /** Allocates {@code bytes} bytes for this column. */
    final ByteBuffer allocate(long bytes) {
        return memory.allocate(field.name(), bytes, Math.max(1, row));
    }

    /** Releases a buffer that the column does not need, or no longer needs. */
    final void release(ByteBuffer part) {
        memory.release(part);
    }

    static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }
}
