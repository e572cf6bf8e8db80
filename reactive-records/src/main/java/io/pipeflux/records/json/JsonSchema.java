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
 * <p>Values to which no path leads are ignored. Names must match exactly. A name that a path uses must not occur twice
 * in the same object, because parsers differ in which of the two values they use. Values may be nested up to 500 levels
 * deep, and numbers may have up to 1,000 characters.
 *
 * <p>A record that is not exactly one valid JSON value causes a {@link io.pipeflux.core.CorruptRecordException}. A
 * value that is missing, null, out of range, or of the wrong type or shape causes a {@link
 * io.pipeflux.core.SchemaMismatchException} that contains the field's name and path. Instances are immutable and
 * thread-safe.
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
     * @param fields at least one field, all with different names. The columns are in the order of the fields
     * @throws IllegalArgumentException if the path of one field leads through the value of another field, or if one
     *     path requires an object in a place where another path requires an array
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
     * Returns a copy of this schema with a different allocator.
     *
     * @param allocator the allocator of the columns' memory. Defaults to {@link ColumnAllocator#heap}
     */
    public JsonSchema withAllocator(ColumnAllocator allocator) {
        return new JsonSchema(fields, root, allocator);
    }

    /** Returns the collector that builds a batch of at least one record, for use with {@code mapAndBatch}. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Returns the collector that builds batches of a fixed size, for use with {@code mapAndBatch}. If too few records
     * remain for the last batch, padded rows are added at its end, and {@link ColumnBatch#paddedRows} returns the
     * number of these rows. In a padded row, lists are empty. Any other field has its default if there is one,
     * otherwise 0, false or an empty string.
     *
     * @param size the number of rows per batch, which must be the batch size passed to {@code mapAndBatch}. A batch of
     *     more records is an error
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
        JsonRecordParser parser = new JsonRecordParser(fields, root, rows, memory);
        records.forEach(parser::parse);
        for (int i = records.size(); i < rows; i++) {
            parser.pad();
        }
        return parser.finish();
    }

    /** Returns the fields as text, such as {@code JsonSchema[price FLOAT32 $.item.price]}. */
    @Override
    public String toString() {
        return "JsonSchema" + fields;
    }
}
