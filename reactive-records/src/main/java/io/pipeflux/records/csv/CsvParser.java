package io.pipeflux.records.csv;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the bytes of records into columns in one pass, one row per record. Splits records into fields in the same way
 * as {@code DecodeCSVOp::ExtractFields} (tensorflow/core/kernels/decode_csv_op.cc). Each instance builds one batch. Not
 * thread-safe.
 */
final class CsvParser {

    private static final int LONGEST_SHOWN = 100;

    private final CsvSchema schema;
    private final CsvColumn[] columns;
    private final byte delimiter;
    private final boolean quotes;
    private final byte[] naValue;
    private final boolean selecting;
    private final boolean plain; // false if a plain number could be the naValue or contain the delimiter

    private byte[] array = {};
    private int at;
    private int end;
    private byte[] text = {}; // the array that contains the text of the current field
    private int textFrom;
    private int textTo; // the current field's text is from textFrom to textTo, exclusive
    private byte[] unescaped = {};

    CsvParser(CsvSchema schema, int rows, BatchMemory memory) {
        this.schema = schema;
        this.columns = schema.fields().stream()
                .map(field -> CsvColumn.of(field, rows, memory))
                .toArray(CsvColumn[]::new);
        this.delimiter = schema.delimiter();
        this.quotes = schema.hasQuotes();
        this.naValue = schema.naValue();
        this.selecting = schema.isSelecting();
        this.plain = !isOfNumbers(delimiter) && (naValue.length == 0 || !isOfNumbers(naValue[0]));
    }

    private static boolean isOfNumbers(byte b) {
        return (b >= '0' && b <= '9') || b == '-' || b == '.';
    }

    /** Writes the record's fields to the next row of all columns. */
    void parse(RawRecord record) {
        array = record.array();
        at = record.arrayOffset();
        end = at + record.size();
        if (record.size() >= 3
                && array[at] == (byte) 0xef
                && array[at + 1] == (byte) 0xbb
                && array[at + 2] == (byte) 0xbf) {
            throw corrupt(
                    record,
                    "the record begins with a byte order mark (ef bb bf), which would be part of its first value: skip it"
                            + " by TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK)");
        }
        boolean delimiterLast = end > at && array[end - 1] == delimiter;
        String wrong = null; // the first fault; reported only if the number of fields is right
        int found = 0;
        for (int column = 0; nextField(delimiterLast); column++) {
            boolean chosen = !selecting || column == schema.column(found);
            boolean taken = chosen && wrong == null && found < columns.length;
            if (!taken || !putPlain(columns[found])) {
                field(record);
                wrong = taken ? put(found) : wrong;
            }
            found += chosen ? 1 : 0;
            if (selecting && found == columns.length) {
                break;
            }
        }
        if (found != columns.length) {
            String fields = columns.length == 1 ? " field" : " fields";
            throw mismatch(record, "expected " + columns.length + fields + ", but got " + found);
        }
        if (wrong != null) {
            throw mismatch(record, wrong);
        }
    }

    /**
     * Moves to the next field. Returns false if there is no next field.
     *
     * @param delimiterLast whether the record's last byte is a delimiter, in which case the record ends with an empty
     *     field
     */
    private boolean nextField(boolean delimiterLast) {
        while (at < end && (array[at] == '\n' || array[at] == '\r')) {
            at++;
        }
        // After a field has been read, "at" is the index after the delimiter that follows the field. Therefore "at"
        // equals "end" if this delimiter is the record's last byte, and "end + 1" if no delimiter follows.
        return at < end || (at == end && delimiterLast);
    }

    /**
     * If the field is a plain number, writes the number to a column and moves past the delimiter after the field.
     * Otherwise returns false and does not move.
     */
    private boolean putPlain(CsvColumn column) {
        int to = plain && at < end ? column.putPlain(array, at, end, delimiter) : -1;
        if (to < 0) {
            return false;
        }
        at = to + 1;
        return true;
    }

    /** Finds the field's text, and moves past the delimiter after the field. */
    private void field(RawRecord record) {
        text = array;
        if (quotes && at < end && array[at] == '"') {
            at++;
            quoted(record);
            return;
        }
        textFrom = at;
        while (at < end && array[at] != delimiter) {
            byte b = array[at];
            if (b <= '"' && (b == '\n' || b == '\r' || (b == '"' && quotes))) {
                throw corrupt(record, "expected no quote and no line break in a field without quotes, but got one");
            }
            at++;
        }
        textTo = at;
        at++;
    }

    private void quoted(RawRecord record) {
        textFrom = at;
        int length = -1; // length of the unescaped text, or -1 if nothing has been unescaped so far
        int last = end - 1;
        while (at < last && (array[at] != '"' || array[at + 1] != delimiter)) {
            int taken = 1;
            if (array[at] == '"') {
                if (array[at + 1] != '"') {
                    throw corrupt(
                            record,
                            "expected a delimiter or a second quote after a quote in a field, but got something else");
                }
                if (length < 0) {
                    length = at - textFrom;
                    unescape(length);
                }
                taken = 2;
            }
            if (length >= 0) {
                unescaped[length++] = array[at];
            }
            at += taken;
        }
        if (at >= end || array[at] != '"') {
            throw corrupt(record, "expected a quote at the end of a field that begins with one, but got none");
        }
        textTo = at;
        at += 2;
        if (length >= 0) {
            text = unescaped;
            textFrom = 0;
            textTo = length;
        }
    }

    /** Begins to unescape a field: makes room for the whole field, and copies its first {@code seen} bytes. */
    private void unescape(int seen) {
        if (unescaped.length < end - textFrom) {
            unescaped = new byte[end - textFrom];
        }
        System.arraycopy(array, textFrom, unescaped, 0, seen);
    }

    /** Writes the field's text to a column. Returns a description of the fault, or null if the text is valid. */
    private @Nullable String put(int field) {
        CsvColumn column = columns[field];
        boolean missing = textFrom == textTo || Arrays.equals(text, textFrom, textTo, naValue, 0, naValue.length);
        if (missing) {
            boolean filled = column.putDefault();
            return filled ? null : "expected a value in " + column + ", which has no default, but got none";
        }
        return column.put(text, textFrom, textTo)
                ? null
                : "expected " + column.type() + " in " + column + ", but got " + KeyText.quoted(shown());
    }

    private String shown() {
        int length = Math.min(textTo - textFrom, LONGEST_SHOWN);
        String start = new String(text, textFrom, length, StandardCharsets.UTF_8);
        return length == textTo - textFrom ? start : start + "...";
    }

    /** Writes a row of padding to all columns. */
    void pad() {
        for (CsvColumn column : columns) {
            column.pad();
        }
    }

    /** Returns the columns. Must be called after all rows have been written. */
    List<Column> finish() {
        return Arrays.stream(columns).map(CsvColumn::finish).toList();
    }

    private static SchemaMismatchException mismatch(RawRecord record, String what) {
        return CoreAccess.exception(
                SchemaMismatchException.class, ErrorKind.WRONG_VALUE, what, record.source(), record.position(), null);
    }

    private static CorruptRecordException corrupt(RawRecord record, String what) {
        return CoreAccess.exception(
                CorruptRecordException.class, ErrorKind.BAD_PAYLOAD, what, record.source(), record.position(), null);
    }
}
