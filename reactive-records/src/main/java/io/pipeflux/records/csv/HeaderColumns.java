package io.pipeflux.records.csv;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Uses the names in a header to find the column of each of the schema's fields, and puts the fields of each record into
 * the order of the schema.
 */
final class HeaderColumns {

    private static final int MOST_SHOWN = 20;

    private final List<String> fields;
    private final byte delimiter;
    private final boolean quotes;
    private final FieldCuts cuts;
    private final ByteArrayOutputStream row = new ByteArrayOutputStream();
    // for each byte value, whether a name in the header can begin with it
    private final boolean[] begins = new boolean[256];
    private int[] columns = {};
    private int count = -1; // the number of columns in the header, or -1 before a header has been read
    private boolean inOrder;

    HeaderColumns(CsvSchema schema) {
        this.fields = schema.fields().stream().map(CsvField::name).toList();
        this.delimiter = schema.delimiter();
        this.quotes = schema.hasQuotes();
        this.cuts = new FieldCuts(delimiter, quotes);
    }

    /** Reads a record as a header. Returns a description of the fault, or null if the header is valid. */
    @Nullable
    String read(byte[] array, int from, int length) {
        List<String> names = names(array, from, length);
        List<String> shown = names.size() > MOST_SHOWN ? names.subList(0, MOST_SHOWN) : names;
        int[] found = new int[fields.size()];
        for (int i = 0; i < found.length; i++) {
            String field = fields.get(i);
            found[i] = names.indexOf(field);
            if (found[i] < 0 || names.lastIndexOf(field) != found[i]) {
                return "expected a header that names the schema's fields " + fields + ", but got "
                        + (names.isEmpty() ? "a record with a quote in the wrong place" : shown)
                        + (names.size() > MOST_SHOWN ? " and others" : "") + ": \"" + field
                        + (found[i] < 0 ? "\" is missing" : "\" occurs more than once");
            }
        }
        for (int i = 0; i < names.size(); i++) {
            if (cuts.hasLineBreak(i) && !fields.contains(names.get(i))) { // a name with a line break might contain rows
                return "expected a header of one line, or line breaks only in names of the schema's fields " + fields
                        + ", but got " + FieldCuts.LINE_BREAK;
            }
        }
        columns = found;
        count = names.size();
        inOrder = count == found.length;
        for (int i = 0; i < found.length; i++) {
            inOrder &= found[i] == i;
        }
        begins['"'] = true;
        for (String name : names) {
            begins[name.isEmpty() ? delimiter : name.getBytes(StandardCharsets.UTF_8)[0] & 0xff] = true;
        }
        return null;
    }

    private List<String> names(byte[] array, int from, int length) {
        List<String> names = new ArrayList<>();
        for (int i = 0, n = cuts.cut(array, from, length); i < n; i++) {
            names.add(cuts.text(i));
        }
        return names;
    }

    /**
     * Returns whether a later record repeats the header. It does so if it contains the names of all fields, in any
     * order. If the schema has only one field, returns false, because then a value might equal the field's name.
     */
    boolean isHeader(byte[] array, int from, int length) {
        return fields.size() > 1
                && begins[array[from] & 0xff]
                && names(array, from, length).containsAll(fields);
    }

    /**
     * Returns a record's fields in the order of the schema, or null if the record can remain unchanged. A record with
     * more or fewer fields than the header must be rejected. Such a record can remain unchanged only if the schema
     * certainly rejects it. Otherwise, this method returns a changed record that the schema rejects.
     */
    byte @Nullable [] inOrder(byte[] array, int from, int length) {
        if (inOrder) {
            return null;
        }
        int found = cuts.cut(array, from, length);
        row.reset();
        if (found != count) {
            return found > 0 && found != columns.length && isOneLine(array, from, length)
                    ? null
                    : withTooManyFields(array, from, length);
        }
        if (columns[0] > 0 && cuts.hasMark(columns[0])) {
            // prevents the first bytes from being mistaken for a byte order mark; the schema ignores this line feed
            row.write('\n');
        }
        for (int i = 0; i < columns.length; i++) {
            if (i > 0) {
                row.write(delimiter);
            }
            cuts.copy(columns[i], row);
        }
        if (row.size() == 0 && quotes) { // writes one quoted empty field, because an empty record has no fields
            row.write('"');
            row.write('"');
        }
        return row.toByteArray();
    }

    /**
     * Returns whether a record contains neither CR nor LF. {@link CsvSchema} and {@link FieldCuts} might find different
     * fields in a record that contains CR or LF, because the schema ignores CR and LF before a field.
     */
    private static boolean isOneLine(byte[] array, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (array[i] == '\r' || array[i] == '\n') {
                return false;
            }
        }
        return true;
    }

    private byte[] withTooManyFields(byte[] array, int from, int length) {
        row.write(array, from, length);
        for (int i = 0; i <= columns.length; i++) {
            row.write(delimiter);
        }
        return row.toByteArray();
    }
}
