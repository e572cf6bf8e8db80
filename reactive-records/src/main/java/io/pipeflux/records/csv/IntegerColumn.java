package io.pipeflux.records.csv;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import io.pipeflux.records.internal.IntegerTypes;
import java.nio.ByteBuffer;

/** Builds an integer column. */
final class IntegerColumn extends CsvColumn {

    private static final int SAFE_DIGITS = 18; // numbers of up to 18 digits fit a long

    private final ByteBuffer values;
    private final int width;
    private final boolean isInt;
    private final boolean isSmall; // true for all types except INT32 and INT64
    private final long least;
    private final long most;

    IntegerColumn(CsvField field, int rows, BatchMemory memory) {
        super(field, rows, memory);
        this.width = field.dtype().bytes();
        DType dtype = field.dtype();
        this.isInt = dtype == DType.INT32;
        this.isSmall = !isInt && dtype != DType.INT64;
        this.least = IntegerTypes.least(dtype);
        this.most = IntegerTypes.most(dtype);
        this.values = allocateNumbers();
    }

    @Override
    boolean value(int row, byte[] text, int begin, int end) {
        int from = begin;
        int to = end;
        while (from < to && isSpace(text[from])) {
            from++;
        }
        while (to > from && isSpace(text[to - 1])) {
            to--;
        }
        boolean negative = from < to && text[from] == '-';
        if (negative || (from < to && text[from] == '+')) {
            from++;
        }
        long value = 0; // the negated number; it is negated because -2^63 has no positive counterpart
        boolean mayOverflow = to - from > SAFE_DIGITS;
        for (int i = from; i < to; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9 || (mayOverflow && overflows(value, digit))) {
                return false;
            }
            value = 10 * value - digit;
        }
        if (from == to || (!negative && value == Long.MIN_VALUE)) {
            return false;
        }
        value = negative ? value : -value;
        if (value < least || value > most) {
            return false;
        }
        write(row, value);
        return true;
    }

    @Override
    int plain(int at, byte[] text, int from, int end, byte delimiter) {
        int sign = text[from] == '-' ? 1 : 0;
        long word = Digits.word(text, from + sign);
        int count = Digits.count(word);
        int to = from + sign + count;
        if (count == 0 || to > end || (to < end && text[to] != delimiter)) {
            return -1;
        }
        long digits = Digits.value(word, count);
        long value = sign == 0 ? digits : -digits;
        if (isInt) { // eight digits always fit an int
            values.putInt(at * Integer.BYTES, (int) value);
            return to;
        }
        if (value < least || value > most) {
            return -1;
        }
        write(at, value);
        return to;
    }

    private static boolean overflows(long value, int digit) {
        return value < Long.MIN_VALUE / 10 || 10 * value < Long.MIN_VALUE + digit;
    }

    private void write(int row, long value) {
        if (isInt) {
            values.putInt(row * Integer.BYTES, (int) value);
        } else if (!isSmall) {
            values.putLong(row * Long.BYTES, value);
        } else {
            writeSmall(row * width, value);
        }
    }

    private void writeSmall(int at, long value) {
        switch (width) {
            case Byte.BYTES -> values.put(at, (byte) value);
            case Short.BYTES -> values.putShort(at, (short) value);
            default -> values.putInt(at, (int) value);
        }
    }

    @Override
    void fill(int row) {
        write(row, field.integer());
    }

    @Override
    Column finish() {
        return Column.of(field.name(), field.dtype(), new int[] {rows}, values);
    }
}
