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
 * Describes the fields of records of comma-separated values and how they become columns, by the rules of TensorFlow's
 * {@code tf.io.decode_csv}.
 *
 * <pre>{@code
 * CsvSchema schema = CsvSchema.of(
 *         CsvField.int64("id"), CsvField.float32("price").withDefault(0.0), CsvField.bytes("name"));
 * Flux<ColumnBatch> batches = bytes.transform(TextLines.decode()).transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <pre>
 *   record    field , field , ...            a delimiter at the end is followed by one more, empty field
 *   field     text                           without quotes, CR and LF
 *          |  " text "                       may contain delimiters, CR, LF and doubled quotes
 * </pre>
 *
 * <p>CR and LF before a field are ignored. A field gets its default if it is empty, quoted or not, or if it equals the
 * {@link #naValue}. An empty record has no fields. A quoted field can contain a line feed only if a record can. Records
 * of {@link CsvRecords} can contain line feeds, but lines of {@link io.pipeflux.records.text.TextLines} cannot.
 *
 * <p>A quote in the wrong place causes a {@link io.pipeflux.core.CorruptRecordException}. A wrong number of fields, a
 * missing value without a default, and text that does not fit the type cause a {@link
 * io.pipeflux.core.SchemaMismatchException}. Its message contains the column's name, if one column is at fault, and the
 * record's position. Immutable; can be used by several threads.
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
     * @param fields at least one field, all with different names, in their order in a record. The columns have the same
     *     order
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
     * Returns the same schema with a different delimiter.
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
     * Returns the same schema with or without quoted fields.
     *
     * @param quotes whether fields can be quoted. If false, a quote is an ordinary character. Defaults to true
     */
    public CsvSchema quotes(boolean quotes) {
        return new CsvSchema(fields, delimiter, quotes, naValue, columns, parsing.allocator());
    }

    /**
     * Returns the same schema with a text that represents a missing value.
     *
     * @param naValue the text, such as {@code NA}. Defaults to an empty text. An empty field is always a missing value
     * @throws IllegalArgumentException if the text contains half a surrogate pair
     */
    public CsvSchema naValue(String naValue) {
        return new CsvSchema(
                fields, delimiter, quotes, WholeText.utf8("naValue", naValue), columns, parsing.allocator());
    }

    /**
     * Returns the same schema for records of which only some fields are read. After the last of these fields, the rest
     * of a record is not checked.
     *
     * @param columns for each of the schema's fields, its index in the record, from 0, in ascending order. By default
     *     the record has exactly the schema's fields
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
     * Returns the same schema with a different allocator.
     *
     * @param allocator the allocator of the columns' memory. Defaults to {@link ColumnAllocator#heap}
     */
    public CsvSchema withAllocator(ColumnAllocator allocator) {
        return new CsvSchema(fields, delimiter, quotes, naValue, columns, allocator);
    }

    /** Returns the collector for {@code mapAndBatch} that builds a batch of at least one record. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Returns the collector for {@code mapAndBatch} that builds batches of one size. If the last batch is smaller, it
     * is padded with rows, and {@link ColumnBatch#paddedRows} returns their number. A padded row has the fields'
     * defaults. Fields without a default have 0, false or an empty byte string.
     *
     * @param size the number of rows of a batch, the same as for {@code mapAndBatch}. More records are an error
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Builds a batch of records, one row per record, in the order of the list.
     *
     * @param records at least one record
     * @throws IllegalArgumentException if the list is empty, or a column would take more than 2 GiB
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

    /** Returns the index in the record of the schema's field with index {@code i}. */
    int column(int i) {
        return columns == null ? i : columns[i];
    }

    /** Returns whether a record may have more columns than the schema has fields. */
    boolean isSelecting() {
        return columns != null;
    }

    /** Returns the fields, such as {@code CsvSchema[id INT64, price FLOAT32]}. */
    @Override
    public String toString() {
        return "CsvSchema" + fields;
    }
}
