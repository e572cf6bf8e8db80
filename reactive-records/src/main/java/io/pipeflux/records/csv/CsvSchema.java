package io.pipeflux.records.csv;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.internal.BatchMemory;
import io.pipeflux.records.internal.BatchParsing;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Describes the fields of CSV records (comma-separated values), and how these fields become columns. The rules are
 * those of TensorFlow's {@code tf.io.decode_csv}.
 *
 * <pre>{@code
 * CsvSchema schema = CsvSchema.of(
 *         CsvField.int64("id"), CsvField.float32("price").withDefault(0.0), CsvField.bytes("name"));
 * Flux<ColumnBatch> batches = bytes.transform(TextLines.decode()).transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <pre>
 *   record    field , field , ...            if a delimiter is at the end, an empty field follows it
 *   field     text                           must not contain quotes, CR or LF
 *          |  " text "                       may contain delimiters, CR, LF and doubled quotes
 * </pre>
 *
 * <p>CR and LF before a field are ignored. The default is used for a field that is empty (with or without quotes) or
 * equals the {@link #naValue}. An empty record has no fields. Whether a quoted field can contain a line feed depends on
 * the format of the records: records of {@link CsvRecords} can contain line feeds, but lines of {@link
 * io.pipeflux.records.text.TextLines} cannot.
 *
 * <p>A quote in the wrong place causes a {@link io.pipeflux.core.CorruptRecordException}. A wrong number of fields, a
 * missing value in a field without a default, and text that does not fit the field's type cause a {@link
 * io.pipeflux.core.SchemaMismatchException}. The exception's message contains the record's position and, if one column
 * is at fault, the column's name. Instances are immutable and thread-safe.
 */
public final class CsvSchema {

    private final List<CsvField> fields;
    private final byte delimiter;
    private final boolean quotes;
    private final byte[] naValue;
    private final int @Nullable [] columns;
    private final BatchParsing<RawRecord> parsing;

    private CsvSchema(
            List<CsvField> fields,
            byte delimiter,
            boolean quotes,
            byte[] naValue,
            int @Nullable [] columns,
            ColumnAllocator allocator) {
        this.fields = fields;
        this.delimiter = delimiter;
        this.quotes = quotes;
        this.naValue = naValue;
        this.columns = columns;
        this.parsing = BatchParsing.of(allocator, RawRecord::resumeAt, this::columns);
    }

    /**
     * Returns a schema.
     *
     * @param fields at least one field, all with different names, in the order in which they occur in a record. The
     *     columns have the same order
     */
    public static CsvSchema of(CsvField... fields) {
        List<CsvField> all = List.of(fields);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("a schema has at least one field");
        }
        if (all.stream().map(CsvField::name).distinct().count() < all.size()) {
            throw new IllegalArgumentException("two fields have the same name: " + all);
        }
        return new CsvSchema(all, (byte) ',', true, new byte[0], null, ColumnAllocator.heap());
    }

    /**
     * Returns a copy of this schema with a different delimiter.
     *
     * @param delimiter an ASCII character except quote, CR and LF. Defaults to a comma
     */
    public CsvSchema delimiter(char delimiter) {
        if (delimiter > 127 || delimiter == '"' || delimiter == '\r' || delimiter == '\n') {
            throw new IllegalArgumentException(
                    "expected a delimiter in ASCII except quote, CR and LF, but got character " + (int) delimiter);
        }
        return new CsvSchema(fields, (byte) delimiter, quotes, naValue, columns, parsing.allocator());
    }

    /**
     * Returns a copy of this schema in which fields can or cannot be quoted.
     *
     * @param quotes whether fields can be quoted. If false, a quote is an ordinary character. Defaults to true
     */
    public CsvSchema quotes(boolean quotes) {
        return new CsvSchema(fields, delimiter, quotes, naValue, columns, parsing.allocator());
    }

    /**
     * Returns a copy of this schema with a string that represents a missing value.
     *
     * @param naValue the string, such as {@code NA}. Defaults to the empty string. An empty field is a missing value in
     *     any case
     * @throws IllegalArgumentException if the string contains an unpaired surrogate
     */
    public CsvSchema naValue(String naValue) {
        return new CsvSchema(
                fields, delimiter, quotes, WholeText.utf8("naValue", naValue), columns, parsing.allocator());
    }

    /**
     * Returns a copy of this schema that reads only some fields of each record. The part of a record after the last of
     * these fields is not checked.
     *
     * @param columns for each field of the schema, the field's index in the record, in ascending order. The first field
     *     of a record has index 0. By default, a record has exactly the fields of the schema
     */
    public CsvSchema select(int... columns) {
        int[] chosen = Objects.requireNonNull(columns, "columns").clone();
        boolean ascending = chosen.length == fields.size();
        for (int i = 0; i < chosen.length; i++) {
            ascending &= chosen[i] > (i == 0 ? -1 : chosen[i - 1]);
        }
        if (!ascending) {
            throw new IllegalArgumentException("expected ascending columns from 0, one for each of the " + fields.size()
                    + " fields, but got " + Arrays.toString(chosen));
        }
        return new CsvSchema(fields, delimiter, quotes, naValue, chosen, parsing.allocator());
    }

    /**
     * Returns a copy of this schema with a different allocator.
     *
     * @param allocator the allocator of the columns' memory. Defaults to {@link ColumnAllocator#heap}
     */
    public CsvSchema withAllocator(ColumnAllocator allocator) {
        return new CsvSchema(fields, delimiter, quotes, naValue, columns, allocator);
    }

    /** Returns the collector that builds a batch from one or more records, for use with {@code mapAndBatch}. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Returns the collector that builds batches of a fixed size, for use with {@code mapAndBatch}. If too few records
     * remain for the last batch, padded rows are added at its end, and {@link ColumnBatch#paddedRows} returns the
     * number of these rows. In a padded row, each field has its default if there is one, otherwise 0, false or an empty
     * byte string.
     *
     * @param size the number of rows per batch, which must be the batch size passed to {@code mapAndBatch}. A batch
     *     with more records than this is an error
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Builds a batch with one row per record, in the order of the list.
     *
     * @param records at least one record
     * @throws IllegalArgumentException if the list is empty, or if a column would need more than 2 GiB
     */
    public ColumnBatch parse(List<RawRecord> records) {
        return parsing.parse(records);
    }

    private List<Column> columns(List<RawRecord> records, int rows, BatchMemory memory) {
        CsvParser parser = new CsvParser(this, rows, memory);
        records.forEach(parser::parse);
        for (int i = records.size(); i < rows; i++) {
            parser.pad();
        }
        return parser.finish();
    }

    List<CsvField> fields() {
        return fields;
    }

    byte delimiter() {
        return delimiter;
    }

    boolean hasQuotes() {
        return quotes;
    }

    byte[] naValue() {
        return naValue;
    }

    /** Returns the index that the schema's field {@code i} has in a record. */
    int column(int i) {
        return columns == null ? i : columns[i];
    }

    /** Returns whether a record may have more columns than the schema has fields. */
    boolean isSelecting() {
        return columns != null;
    }

    /** Returns a list of the fields, such as {@code CsvSchema[id INT64, price FLOAT32]}. */
    @Override
    public String toString() {
        return "CsvSchema" + fields;
    }
}
