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
 * Which fields lines of comma-separated values have, and how they become columns, by the rules of TensorFlow's
 * {@code tf.io.decode_csv}.
 *
 * <pre>{@code
 * CsvSchema schema = CsvSchema.of(CsvField.int64("id"), CsvField.float32("price").withDefault(0.0), CsvField.bytes("name"));
 * Flux<ColumnBatch> batches = bytes.transform(TextLines.decode()).transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <pre>
 *   record    field , field , ...            a delimiter at the end has one more, empty field behind it
 *   field     text                           without quotes, CR and LF
 *          |  " text "                       any text, quotes doubled: delimiters, CR and LF among it
 * </pre>
 *
 * <p>CR and LF before a field are passed over. A field that is empty, quoted or not, or is the {@link #naValue} has its
 * default. An empty record has no fields. A quoted field may have a line feed only if the record has: lines as
 * {@link io.pipeflux.records.text.TextLines} cuts them have none.
 *
 * <p>Quotes in the wrong place are a {@link io.pipeflux.core.CorruptRecordException}; another number of fields, a required
 * one that is missing and a number that is none, a {@link io.pipeflux.core.SchemaMismatchException}: in TensorFlow's words,
 * which call a record by its place in the batch and a field by its own, both from 0, and with the record's position behind
 * them. Immutable; may be used by several threads.
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
     * A schema.
     *
     * @param fields at least one, no name twice, in the order they stand in a record; columns come in the same
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
     * The same with another delimiter.
     *
     * @param delimiter a character of ASCII, but no quote, CR or LF. Defaults to a comma
     */
    public CsvSchema delimiter(char delimiter) {
        if (delimiter > 127 || delimiter == '"' || delimiter == '\r' || delimiter == '\n') {
            throw new IllegalArgumentException(
                    "a delimiter in ASCII that is no quote, CR or LF required but it was character " + (int) delimiter);
        }
        return new CsvSchema(fields, (byte) delimiter, quotes, naValue, columns, parsing.allocator());
    }

    /**
     * The same, but with or without a meaning of quotes.
     *
     * @param quotes false: a quote is a character as any other. Defaults to true
     */
    public CsvSchema quotes(boolean quotes) {
        return new CsvSchema(fields, delimiter, quotes, naValue, columns, parsing.allocator());
    }

    /**
     * The same with a text that stands for a missing value.
     *
     * @param naValue such as {@code NA}. Defaults to nothing; an empty field always is a missing value
     * @throws IllegalArgumentException if it has half a surrogate pair
     */
    public CsvSchema naValue(String naValue) {
        return new CsvSchema(
                fields, delimiter, quotes, WholeText.utf8("naValue", naValue), columns, parsing.allocator());
    }

    /**
     * The same for records of which only some fields are read. What stands behind the last of them is not looked at.
     *
     * @param columns of each of the schema's fields its place in the record, from 0, ascending. Defaults to all there are
     */
    public CsvSchema select(int... columns) {
        int[] chosen = Objects.requireNonNull(columns, "columns").clone();
        boolean ascending = chosen.length == fields.size();
        for (int i = 0; i < chosen.length; i++) {
            ascending &= chosen[i] > (i == 0 ? -1 : chosen[i - 1]);
        }
        if (!ascending) {
            throw new IllegalArgumentException("ascending columns from 0, one for each of the " + fields.size()
                    + " fields, required but they were " + Arrays.toString(chosen));
        }
        return new CsvSchema(fields, delimiter, quotes, naValue, chosen, parsing.allocator());
    }

    /**
     * The same schema, whose columns have other memory.
     *
     * @param allocator where the memory of columns comes from. Defaults to {@link ColumnAllocator#heap}
     */
    public CsvSchema withAllocator(ColumnAllocator allocator) {
        return new CsvSchema(fields, delimiter, quotes, naValue, columns, allocator);
    }

    /** Makes a batch of records: the collector for {@code mapAndBatch}, of any number of records but none. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Makes batches of one size: fills a last, smaller one with rows of no record, which {@link ColumnBatch#paddedRows}
     * counts. They have the fields' defaults; without them 0 and empty byte strings.
     *
     * @param size the rows of a batch, the same that {@code mapAndBatch} gets; more records are refused
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Makes a batch of records, row by row in their order.
     *
     * @param records at least one
     * @throws IllegalArgumentException if there is none, or a column would take more than 2 GiB
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

    /** Which column of the record field {@code i} is. */
    int column(int i) {
        return columns == null ? i : columns[i];
    }

    /** Says whether the record may have other columns than the fields. */
    boolean isSelecting() {
        return columns != null;
    }

    /** The fields: {@code CsvSchema[id INT64, price FLOAT32]}. */
    @Override
    public String toString() {
        return "CsvSchema" + fields;
    }
}
