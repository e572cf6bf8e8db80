package io.pipeflux.records.rows;

import io.pipeflux.core.internal.JsonErrors;
import io.pipeflux.core.internal.JsonUtf8;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.records.rows.Field.Kind;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Parses the values of fields. The error messages state only what is wrong with a value; the caller adds the field and
 * the row.
 */
final class FieldValues {

    private static final int LONGEST_SHOWN = 60;

    /**
     * The maximum length of a number, which is the same as in Jackson. A limit is needed because the time for parsing a
     * number grows with the square of the number's length.
     */
    private static final int LONGEST_NUMBER = 1000;

    private static final int PLAIN_DIGITS = 18;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final JsonFactory JSON = JsonUtf8.factory(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build()));

    private FieldValues() {}

    /**
     * Parses an integer.
     *
     * @throws IllegalArgumentException if the field is not an integer from {@code least} to {@code most}
     */
    static long integer(RowFields fields, int field, long least, long most) {
        byte[] array = fields.array(field);
        int from = fields.from(field);
        int to = fields.to(field);
        while (from < to && isSpace(array[from])) {
            from++;
        }
        while (from < to && isSpace(array[to - 1])) {
            to--;
        }
        long value = plain(array, from, to);
        if (value < 0) {
            value = parsed(array, from, to, least, most);
        }
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "expected an integer from " + least + " to " + most + ", but got " + shown(array, from, to));
        }
        return value;
    }

    /** Returns the number in the given range of the array if the range consists of a few digits, otherwise -1. */
    private static long plain(byte[] array, int from, int to) {
        long value = to > from && to - from <= PLAIN_DIGITS && (array[from] != '0' || to - from == 1) ? 0 : -1;
        for (int i = from; i < to && value >= 0; i++) {
            int digit = array[i] - '0';
            value = digit >= 0 && digit <= 9 ? 10 * value + digit : -1;
        }
        return value;
    }

    private static long parsed(byte[] array, int from, int to, long least, long most) {
        try {
            return new BigDecimal(number(array, from, to)).longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "expected an integer from " + least + " to " + most + ", but got " + shown(array, from, to), e);
        }
    }

    /**
     * Parses a number and rounds it to the nearest double.
     *
     * @throws IllegalArgumentException if the field is not a number, or if the number is too large for a double
     */
    static double float64(RowFields fields, int field) {
        double value = Double.parseDouble(trimmed(fields, field));
        requireFinite(Double.isInfinite(value), fields, field);
        return value;
    }

    /**
     * Parses a number and rounds it to the nearest float.
     *
     * @throws IllegalArgumentException if the field is not a number, or if the number is too large for a float
     */
    static float float32(RowFields fields, int field) {
        float value = Float.parseFloat(trimmed(fields, field));
        requireFinite(Float.isInfinite(value), fields, field);
        return value;
    }

    private static void requireFinite(boolean infinite, RowFields fields, int field) {
        if (infinite) {
            throw new IllegalArgumentException("expected a number that fits its type, but got "
                    + shown(fields.array(field), fields.from(field), fields.to(field)));
        }
    }

    private static String trimmed(RowFields fields, int field) {
        byte[] array = fields.array(field);
        int from = fields.from(field);
        int to = fields.to(field);
        while (from < to && isSpace(array[from])) {
            from++;
        }
        while (from < to && isSpace(array[to - 1])) {
            to--;
        }
        return number(array, from, to);
    }

    private static String number(byte[] array, int from, int to) {
        String text = to - from > LONGEST_NUMBER ? "" : new String(array, from, to - from, StandardCharsets.ISO_8859_1);
        if (!NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException("expected a number, but got " + shown(array, from, to));
        }
        return text;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    /** Returns a description of the fault in a field's text, or null if the text is valid. */
    static @Nullable String textFault(Kind kind, RowFields fields, int field) {
        if (kind == Kind.BYTES) {
            return null;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(fields.bytes(field));
        } catch (CharacterCodingException e) {
            return "expected text in UTF-8, but got " + fields.bytes(field).remaining() + " bytes that are not";
        }
        return kind == Kind.JSON ? jsonFault(fields, field) : null;
    }

    private static @Nullable String jsonFault(RowFields fields, int field) {
        byte[] array = fields.array(field);
        int from = fields.from(field);
        int length = fields.to(field) - from;
        try (JsonParser json = JsonUtf8.parser(JSON, array, from, length)) {
            if (json.nextToken() == null) {
                return "expected a JSON value, but got nothing";
            }
            json.skipChildren();
            json.finishToken();
            return json.nextToken() == null
                    ? null
                    : "expected one JSON value, but got more: " + shown(array, from, from + length);
        } catch (JacksonException e) {
            return "expected a JSON value, but got " + shown(array, from, from + length) + " ("
                    + KeyText.printable(JsonErrors.message(e)) + ")";
        }
    }

    private static String shown(byte[] array, int from, int to) {
        int length = Math.min(to - from, LONGEST_SHOWN);
        CharSequence text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(array, from, length));
        return KeyText.quoted(text.toString()) + (length == to - from ? "" : "...");
    }
}
