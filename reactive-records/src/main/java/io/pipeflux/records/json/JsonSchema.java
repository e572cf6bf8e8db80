package io.pipeflux.records.json;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.internal.BatchMemory;
import io.pipeflux.records.internal.BatchParsing;
import java.util.List;
import java.util.stream.Collector;

/**
 * Which values of JSON records become columns. A record is one JSON value (RFC 8259), usually an object, as in JSON
 * lines (jsonlines.org).
 *
 * <pre>{@code
 * JsonSchema schema = JsonSchema.of(
 *         JsonField.float32("price", "$.item.price").withDefault(0.0),
 *         JsonField.utf8("tags", "$.tags[*]"));
 * Flux<ColumnBatch> batches = bytes
 *         .transform(TextLines.format(LineOption.SKIP_BLANK_LINES, LineOption.SKIP_BYTE_ORDER_MARK).decode())
 *         .transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>What no path leads to is passed over. Names are compared exactly. A name that a path needs and that an object has
 * twice is refused: readers differ in which of the two they take. Values are nested at most 500 deep, and numbers have
 * at most 1,000 characters.
 *
 * <p>A record that is not JSON, or not one value, is a {@link io.pipeflux.core.CorruptRecordException}. A value that is
 * missing, null, of another kind, out of range or of another shape is a
 * {@link io.pipeflux.core.SchemaMismatchException} that names field and path. Immutable; may be used by several
 * threads.
 */
public final class JsonSchema {

    private final List<JsonField> fields;
    private final PathNode root;
    private final BatchParsing<RawRecord> parsing;

    private JsonSchema(List<JsonField> fields, PathNode root, ColumnAllocator allocator) {
        this.fields = fields;
        this.root = root;
        this.parsing = BatchParsing.of(allocator, RawRecord::resumeAt, this::columns);
    }

    /**
     * A schema.
     *
     * @param fields at least one, no name twice; columns are in the same order
     * @throws IllegalArgumentException if the path of one leads through the value of another, or needs an object where
     *     another needs an array
     */
    public static JsonSchema of(JsonField... fields) {
        List<JsonField> all = List.of(fields);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("a schema has at least one field");
        }
        if (all.stream().map(JsonField::name).distinct().count() < all.size()) {
            throw new IllegalArgumentException("two fields have the same name: " + all);
        }
        return new JsonSchema(all, PathNode.of(all), ColumnAllocator.heap());
    }

    /**
     * The same schema, whose columns have other memory.
     *
     * @param allocator where the memory of columns comes from. Defaults to {@link ColumnAllocator#heap}
     */
    public JsonSchema withAllocator(ColumnAllocator allocator) {
        return new JsonSchema(fields, root, allocator);
    }

    /** Makes a batch of records: the collector for {@code mapAndBatch}, of any number of records but none. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Makes batches of one size: fills a last, smaller one with rows of no record, which {@link ColumnBatch#paddedRows}
     * counts. They have the fields' defaults; without them 0, false and empty strings; and empty lists.
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
        JsonRecordParser parser = new JsonRecordParser(fields, root, rows, memory);
        records.forEach(parser::parse);
        for (int i = records.size(); i < rows; i++) {
            parser.pad();
        }
        return parser.finish();
    }

    /** The fields: {@code JsonSchema[price FLOAT32 $.item.price]}. */
    @Override
    public String toString() {
        return "JsonSchema" + fields;
    }
}
