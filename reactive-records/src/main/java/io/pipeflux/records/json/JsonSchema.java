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
 * Describes which values of JSON records become columns. A record is one JSON value (RFC 8259), usually an object, as
 * in JSON lines (jsonlines.org).
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
 * <p>Values that no path leads to are ignored. Names are compared exactly. A name that a path needs must not occur
 * twice in one object, because parsers differ in which of the two they use. Values may be nested 500 deep, and numbers
 * may have 1,000 characters.
 *
 * <p>A record that is not JSON, or not one value, causes a {@link io.pipeflux.core.CorruptRecordException}. A value
 * that is missing, null, of another kind, out of range or of another shape causes a {@link
 * io.pipeflux.core.SchemaMismatchException} that names field and path. Immutable; may be used by several threads.
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
     * Returns a schema.
     *
     * @param fields at least one, with different names. Columns have the same order
     * @throws IllegalArgumentException if the path of a field leads through the value of another, or needs an object at
     *     a place where another path needs an array
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
     * Returns the same schema with another allocator.
     *
     * @param allocator allocates the memory of columns. Defaults to {@link ColumnAllocator#heap}
     */
    public JsonSchema withAllocator(ColumnAllocator allocator) {
        return new JsonSchema(fields, root, allocator);
    }

    /** Returns the collector for {@code mapAndBatch}, which builds a batch of at least one record. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Returns the collector for {@code mapAndBatch} that builds batches of one size: it pads a last, smaller batch with
     * rows that {@link ColumnBatch#paddedRows} counts. They have the fields' defaults; without defaults 0, false and
     * empty strings; and empty lists.
     *
     * @param size the number of rows of a batch, the same as for {@code mapAndBatch}. More records are an error
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Builds a batch of records, one row per record, in their order.
     *
     * @param records at least one
     * @throws IllegalArgumentException if there is no record, or a column would take more than 2 GiB
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

    /** Returns the fields: {@code JsonSchema[price FLOAT32 $.item.price]}. */
    @Override
    public String toString() {
        return "JsonSchema" + fields;
    }
}
