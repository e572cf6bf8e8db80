package io.pipeflux.records.csv;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the columns of a schema's fields by a header, and puts the fields of records into the schema's order. */
final class HeaderColumns {

    private static final int MOST_SHOWN = 20;

    private final List<String> fields;
    private final byte delimiter;
    private final boolean quotes;
    private final FieldCuts cuts;
    private final ByteArrayOutputStream row = new ByteArrayOutputStream();
    private final boolean[] begins = new boolean[256]; // for each byte: whether a name of the header may begin with it
    private int[] columns = {};
    private int count = -1; // number of the header's columns; -1 before a header was read
    private boolean inOrder;

    HeaderColumns(CsvSchema schema) {
        this.fields = schema.fields().stream().map(CsvField::name).toList();
        this.delimiter = schema.delimiter();
        this.quotes = schema.hasQuotes();
        this.cuts = new FieldCuts(delimiter, quotes);
    }

    /** Reads a record as the header. Returns what is wrong with it, or null. */
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
                        + (found[i] < 0 ? "\" is missing" : "\" is there more than once");
            }
        }
        for (int i = 0; i < names.size(); i++) {
            if (cuts.hasLineBreak(i) && !fields.contains(names.get(i))) { // the name may contain rows
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
     * Returns whether a later record is a header: it has all names, in any order. False if the schema has only one
     * field, because one name may also be a value.
     */
    boolean isHeader(byte[] array, int from, int length) {
        return fields.size() > 1
                && begins[array[from] & 0xff]
                && names(array, from, length).containsAll(fields);
    }

    /**
     * Returns a record's fields in the schema's order, or null if the record already has it. A record with another
     * number of fields than the header is changed so that the schema rejects it.
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
            row.write('\n'); // ignored by the schema, which would otherwise take the first bytes for a byte order mark
        }
        for (int i = 0; i < columns.length; i++) {
            if (i > 0) {
                row.write(delimiter);
            }
            cuts.copy(columns[i], row);
        }
        if (row.size() == 0 && quotes) { // an empty record has no fields
            row.write('"');
            row.write('"');
        }
        return row.toByteArray();
    }

    /**
     * Returns whether a record has no CR or LF. If it has, the schema may find other fields than {@link FieldCuts},
     * because it ignores CR and LF before a field.
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
