package io.pipeflux.records.csv;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Where the fields of a record are, by the rules of {@link CsvRecords}. Used again for each record. */
final class FieldCuts {

    private final byte delimiter;
    private final boolean quotes;
    private byte[] array = {};
    private int[] starts = new int[16]; // of each field, and where one after the last would begin
    private int count;

    FieldCuts(byte delimiter, boolean quotes) {
        this.delimiter = delimiter;
        this.quotes = quotes;
    }

    /**
     * Finds the fields of a record.
     *
     * @return how many there are, or -1 if a quote is in the wrong place
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
        return end + 1; // no quote ends it
    }

    private void begin(int at) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
        }
        starts[count++] = at;
    }

    /** Copies a field as it is in the record, with its quotes. */
    void copy(int field, ByteArrayOutputStream to) {
        to.write(array, starts[field], length(field));
    }

    int length(int field) {
        return starts[field + 1] - 1 - starts[field];
    }

    /** Returns a field's text, without its quotes; bytes that are not UTF-8 become replacement characters. */
    String text(int field) {
        String text = new String(array, starts[field], length(field), StandardCharsets.UTF_8);
        return quotes && text.length() > 1 && text.charAt(0) == '"'
                ? text.substring(1, text.length() - 1).replace("\"\"", "\"")
                : text;
    }
}
