package io.pipeflux.records.csv;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Builds a floating-point column. Each number is rounded to the nearest value of the column's type. If the number's
 * digits, taken as an integer, fit 53 bits and the number has at most 22 decimals, a single division gives the
 * correctly rounded result (Clinger, 1990). All other numbers are parsed by the JDK.
 */
final class FloatColumn extends CsvColumn {

    private static final double[] POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };
    private static final long MOST_EXACT = 1L << 53;
    private static final int MOST_DIGITS = 18;
    private static final int MOST_HEXADECIMAL = 32; // a hexadecimal number must be shorter, as in TensorFlow
    // a mask of the fraction bits that a double has, but a float lacks
    private static final long BELOW_FLOAT = (1L << 29) - 1;
    private static final long HALF_OF_FLOAT = 1L << 28;

    private final ByteBuffer values;
    private final boolean isFloat;

    FloatColumn(CsvField field, int rows, BatchMemory memory) {
        super(field, rows, memory);
        this.isFloat = field.dtype() == DType.FLOAT32;
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
        return from < to && (exact(row, text, from, to) || parsed(row, text, from, to));
    }

    /**
     * Writes a number that has few digits and no exponent. Returns false, and writes nothing, if the text is not such a
     * number.
     */
    private boolean exact(int row, byte[] text, int begin, int to) {
        boolean negative = text[begin] == '-';
        int from = negative || text[begin] == '+' ? begin + 1 : begin;
        int point = -1;
        long digits = 0;
        if (to - from > MOST_DIGITS) {
            return false;
        }
        for (int i = from; i < to; i++) {
            int digit = text[i] - '0';
            if (digit >= 0 && digit <= 9) {
                digits = 10 * digits + digit;
            } else if (text[i] == '.' && point < 0) {
                point = i;
            } else {
                return false;
            }
        }
        int decimals = point < 0 ? 0 : to - point - 1;
        if (to - from == (point < 0 ? 0 : 1) || digits > MOST_EXACT) {
            return false;
        }
        return writeExact(row, digits, decimals, negative);
    }

    @Override
    int plain(int at, byte[] text, int from, int end, byte delimiter) {
        int begin = text[from] == '-' ? from + 1 : from;
        long word = Digits.word(text, begin);
        int count = Digits.count(word);
        int to = begin + count;
        long digits = Digits.value(word, count);
        int decimals = 0;
        if (count > 0 && to < end && text[to] == '.') {
            word = Digits.word(text, to + 1);
            decimals = Digits.count(word);
            digits = digits * (long) POWERS[decimals] + Digits.value(word, decimals);
            to += 1 + decimals;
        }
        boolean isPlain = count > 0 && (to == end || (to < end && text[to] == delimiter)) && digits <= MOST_EXACT;
        return isPlain && writeExact(at, digits, decimals, begin > from) ? to : -1;
    }

    /** Writes a number if a single division gives the correctly rounded result. Otherwise returns false. */
    private boolean writeExact(int row, long digits, int decimals, boolean negative) {
        double value = digits / POWERS[decimals];
        if (isFloat && (Double.doubleToRawLongBits(value) & BELOW_FLOAT) == HALF_OF_FLOAT) {
            // The quotient is halfway between two floats, so the correct rounding depends on bits that the division has
            // rounded away.
            return false;
        }
        write(row, negative ? -value : value);
        return true;
    }

    private boolean parsed(int row, byte[] text, int from, int to) {
        boolean decimal = true;
        for (int i = from; i < to; i++) {
            byte b = text[i];
            decimal &= (b >= '0' && b <= '9') || b == '.' || b == '-' || b == '+' || b == 'e' || b == 'E';
        }
        String number = new String(text, from, to - from, StandardCharsets.ISO_8859_1);
        if (!decimal) {
            boolean isHexadecimal = number.indexOf('x') >= 0 || number.indexOf('X') >= 0;
            return isHexadecimal ? hexadecimal(row, number) : named(row, number);
        }
        try {
            if (isFloat) {
                values.putFloat(row * Float.BYTES, Float.parseFloat(number));
            } else {
                values.putDouble(row * Double.BYTES, Double.parseDouble(number));
            }
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private boolean hexadecimal(int row, String text) {
        boolean negative = text.charAt(0) == '-';
        int prefix = (negative || text.charAt(0) == '+') ? 1 : 0;
        String digits = text.substring(Math.min(prefix + 2, text.length()));
        boolean legal = text.startsWith("0x", prefix) || text.startsWith("0X", prefix);
        legal &= !digits.isEmpty() && text.length() < MOST_HEXADECIMAL;
        for (int i = 0; legal && i < digits.length(); i++) {
            legal = HexFormat.isHexDigit(digits.charAt(i));
        }
        if (legal) {
            BigInteger number = new BigInteger(digits, 16);
            double value = isFloat ? number.floatValue() : number.doubleValue();
            write(row, negative ? -value : value);
        }
        return legal;
    }

    private boolean named(int row, String text) {
        if (text.length() > "-infinity".length()) {
            return false;
        }
        switch (text.toLowerCase(Locale.ROOT)) {
            case "inf", "+inf", "infinity", "+infinity" -> write(row, Double.POSITIVE_INFINITY);
            case "-inf", "-infinity" -> write(row, Double.NEGATIVE_INFINITY);
            case "nan", "+nan", "-nan" -> write(row, Double.NaN);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void write(int row, double value) {
        if (isFloat) {
            values.putFloat(row * Float.BYTES, (float) value);
        } else {
            values.putDouble(row * Double.BYTES, value);
        }
    }

    @Override
    void fill(int row) {
        write(row, field.number());
    }

    @Override
    Column finish() {
        return Column.of(field.name(), field.dtype(), new int[] {rows}, values);
    }
}
