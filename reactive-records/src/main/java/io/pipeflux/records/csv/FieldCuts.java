package io.pipeflux.records.csv;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the fields of a record by the rules of {@link CsvRecords}. An instance can be used for many records, but not by
 * several threads at the same time.
 */
final class FieldCuts {

    /** The part of an error message that describes a wrong line break in a header and states the remedy. */
    static final String LINE_BREAK =
            "a CR or LF inside it: end lines with LF or CR LF, not with CR alone, and close quotes";

    private final byte delimiter;
    private final boolean quotes;
    private byte[] array = {};
    // the index of each field, followed by the index at which one more field would begin
    private int[] starts = new int[16];
    private int count;

    FieldCuts(byte delimiter, boolean quotes) {
        this.delimiter = delimiter;
        this.quotes = quotes;
    }

    /**
     * Finds the fields of a record.
     *
     * @return the number of fields, or -1 if a quote is in the wrong place
     */
    int cut(byte[] record, int from, int length) {
        array = record;
        count = 0;
        int end = from + length;
        int at = from;
        boolean legal = true;
        while (at <= end) {
            begin(at);
            if (quotes && at < end && array[at] == '"') {
                at = behindQuotes(at + 1, end);
                legal &= at <= end && (at == end || array[at] == delimiter);
            }
            while (at < end && array[at] != delimiter) {
                legal &= !quotes || array[at] != '"';
                at++;
            }
            at++;
        }
        begin(end + 1);
        count--;
        return legal ? count : -1;
    }

    private int behindQuotes(int from, int end) {
        int at = from;
        while (at < end) {
            if (array[at] == '"') {
                if (at + 1 == end || array[at + 1] != '"') {
                    return at + 1;
                }
                at++;
            }
            at++;
        }
        return end + 1; // the closing quote is missing
    }

    /**
     * Checks a header. Returns a description of its fault, or null if there is none. Without this check, a header with
     * an unclosed quote would swallow the rows after it. This method is called only if the caller does not know which
     * names to expect in the header.
     *
     * @param columns the expected number of columns, or 0 if unknown
     */
    @Nullable
    String broken(byte[] record, int from, int length, int columns) {
        if (cut(record, from, length) < 0) {
            return "expected a header whose quoted fields end with a quote before a delimiter or the line's end, and"
                    + " without other quotes, but got a quote in the wrong place: close or double it, or read without"
                    + " quotes by CsvSchema.quotes(false)";
        }
        boolean oneLine = true;
        for (int i = 0; i < count; i++) {
            oneLine &= !hasLineBreak(i);
        }
        return oneLine || (count == columns && !mayHaveRows(from, from + length))
                ? null
                : "expected a header of one line, or line breaks in quotes that cannot have rows between them, but got "
                        + LINE_BREAK + ", or read names that have line breaks by CsvHeader.NAMES";
    }

    /**
     * Returns whether a header of several lines might contain rows, for example because a quote was never closed.
     * Returns true if the header contains a CR without LF, or if the first line and at least one later line each have
     * at least as many fields as the whole header.
     *
     * <pre>
     *   no rows:          no rows:          perhaps rows:
     *     "price            id,"price         id,"price
     *     in EUR",id        in EUR"           1,2
     *                                         2,3"
     * </pre>
     */
    private boolean mayHaveRows(int from, int end) {
        int lines = 0;
        int whole = 0; // the number of lines that have all fields, or 0 if the first line lacks fields
        int fields = 1;
        for (int at = from; at <= end; at++) {
            if (at == end || array[at] == '\n') {
                whole += fields >= count && (lines == 0 || whole > 0) ? 1 : 0;
                lines++;
                fields = 1;
            } else if (array[at] == delimiter) {
                fields++;
            } else if (array[at] == '\r' && (at + 1 == end || array[at + 1] != '\n')) {
                return true;
            }
        }
        return whole > 1;
    }

    /** Returns whether a field contains a CR or LF, inside or outside quotes. */
    boolean hasLineBreak(int field) {
        for (int at = starts[field], end = at + length(field); at < end; at++) {
            if (array[at] == '\r' || array[at] == '\n') {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a field begins with the bytes of a byte order mark. */
    boolean hasMark(int field) {
        int at = starts[field];
        return length(field) >= 3
                && array[at] == (byte) 0xef
                && array[at + 1] == (byte) 0xbb
                && array[at + 2] == (byte) 0xbf;
    }

    private void begin(int at) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
        }
        starts[count++] = at;
    }

    /** Copies the bytes of a field, including its quotes. */
    void copy(int field, ByteArrayOutputStream to) {
        to.write(array, starts[field], length(field));
    }

    int length(int field) {
        return starts[field + 1] - 1 - starts[field];
    }

    /**
     * Returns a field's text without the quotes around it. Bytes that are not valid UTF-8 become replacement
     * characters.
     */
    String text(int field) {
        String text = new String(array, starts[field], length(field), StandardCharsets.UTF_8);
        return quotes && text.length() > 1 && text.charAt(0) == '"'
                ? text.substring(1, text.length() - 1).replace("\"\"", "\"")
                : text;
    }
}
