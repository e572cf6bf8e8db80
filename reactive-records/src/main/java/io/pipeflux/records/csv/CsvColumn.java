package io.pipeflux.records.csv;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.util.Locale;

/** A column that is being written, row after row, for one batch. */
abstract class CsvColumn {

    /** A sign, digits, a point, digits, and what follows. */
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

    /** Writes the next row's value; false if the text, which is not empty, is none. */
    final boolean put(byte[] text, int from, int to) {
        return value(row++, text, from, to);
    }

    /**
     * Writes the next row's value if it is in the shortest form: a few digits, up to the delimiter or the end.
     *
     * @param from before {@code end}
     * @return where the value ends, or -1 if nothing was written because it has another form
     */
    final int putPlain(byte[] text, int from, int end, byte delimiter) {
        if (text.length - from < LONGEST_PLAIN) {
            return -1;
        }
        int to = plain(row, text, from, end, delimiter);
        row += to < 0 ? 0 : 1;
        return to;
    }

    /** Called with {@value #LONGEST_PLAIN} bytes in {@code text} from {@code from} on. */
    int plain(int at, byte[] text, int from, int end, byte delimiter) {
        return -1;
    }

    /** Writes the default as the next row's value; false if there is none. */
    final boolean putDefault() {
        pad();
        return field.hasDefault();
    }

    /** Writes the default, or what stands for none, as the next row's value. */
    final void pad() {
        fill(row++);
    }

    abstract boolean value(int at, byte[] text, int from, int to);

    abstract void fill(int at);

    /** The column; called once, when all rows have been written. */
    abstract Column finish();

    /** The type in TensorFlow's words. */
    final String type() {
        return switch (field.dtype()) {
            case FLOAT32 -> "float";
            case FLOAT64 -> "double";
            case BYTES -> "string";
            default -> field.dtype().name().toLowerCase(Locale.ROOT);
        };
    }

    /** Allocates the values of a column of numbers. */
    final ByteBuffer allocateNumbers() {
        return memory.allocate(field.name(), field.dtype(), new int[] {rows});
    }

    /** Allocates that many bytes. */
    final ByteBuffer allocate(long bytes) {
        return memory.allocate(field.name(), bytes, Math.max(1, row));
    }

    /** Gives back memory that is not part of the column. */
    final void release(ByteBuffer part) {
        memory.release(part);
    }

    static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }
}
