package io.pipeflux.records.rows;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.internal.BatchMemory;
import io.pipeflux.records.internal.BatchParsing;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Describes rows of several fields and how they become columns. {@link RowGroups} and {@link WebDataset} create it.
 * Immutable; may be used by several threads.
 *
 * <p>A row is one {@link RawRecord}: its bytes are those of all its fields, as they are in the stream. So its position,
 * its size and its resume point are those of the row, and every operator for records keeps rows whole: {@code shuffle},
 * {@code shard}, {@code interleave} and {@code prefetchBytes}. {@link #row} finds the fields in it, and {@link
 * #batches()} writes them to columns.
 *
 * <p>A row that lacks a field without a default, or whose field has other content than its kind, is a
 * {@link SchemaMismatchException} that names the field, with the row's position.
 */
public final class RowSchema {

    private final List<Field> fields;
    private final RowLayout layout;
    private final FrameFormat<RawRecord> format;
    private final BatchParsing<RawRecord> parsing;

    private RowSchema(List<Field> fields, RowLayout layout, FrameFormat<RawRecord> format, ColumnAllocator allocator) {
        this.fields = fields;
        this.layout = layout;
        this.format = format;
        this.parsing = BatchParsing.of(allocator, RawRecord::resumeAt, this::columns);
    }

    static RowSchema of(List<Field> fields, RowLayout layout) {
        return new RowSchema(fields, layout, layout.format(), ColumnAllocator.heap());
    }

    /** Returns the fields, of which there must be one at least, and no two of the same name. */
    static List<Field> requireFields(Field... fields) {
        List<Field> all = List.of(fields);
        if (all.isEmpty() || all.stream().map(Field::name).distinct().count() < all.size()) {
            throw new IllegalArgumentException("expected at least one field, and different names, but got " + all);
        }
        return all;
    }

    /**
     * Returns the same schema with another maximum for the bytes of a row. A longer row fails as corrupt, before memory
     * is allocated for it.
     *
     * @param max the most bytes of a row with its headers, from 0 to 2147483584 (2^31 - 64). Defaults to 256 MiB
     */
    public RowSchema maxRowBytes(long max) {
        return new RowSchema(fields, layout, format.maxRecordBytes(max), parsing.allocator());
    }

    /**
     * Returns the same schema for compressed streams, such as {@code .tar.gz}. Such a stream can be read from its
     * beginning only, see {@link FrameFormat#compression}.
     *
     * @param compression the compression. Defaults to {@link Compression#NONE}
     */
    public RowSchema compression(Compression compression) {
        return new RowSchema(fields, layout, format.compression(compression), parsing.allocator());
    }

    /**
     * Returns the same schema, whose columns have other memory.
     *
     * @param allocator allocates the memory of columns. Defaults to {@link ColumnAllocator#heap}
     */
    public RowSchema withAllocator(ColumnAllocator allocator) {
        return new RowSchema(fields, layout, format, allocator);
    }

    /**
     * Decodes the rows of one stream, such as an epoch read from a pipe, as {@link FrameFormat#decode} decodes records.
     * A resume point that is not between two rows of this schema fails with a
     * {@link io.pipeflux.core.ResumeMismatchException}, before the first row. Points of a compressed stream only count
     * rows, so one of rows of another number of records cannot be told there: {@link #decodeObjects} can.
     */
    public Function<Flux<ByteBuffer>, Flux<RawRecord>> decode() {
        return bytes -> bytes.transform(layout.checkStart()).transform(format.decode());
    }

    /**
     * Decodes the rows of an epoch's objects, as {@link FrameFormat#decodeObjects} decodes records. No row extends from
     * one object into the next.
     */
    public Function<Flux<ObjectBytes>, Flux<RawRecord>> decodeObjects() {
        return objects -> marked(objects).transform(format.decodeObjects());
    }

    /** Returns objects whose version has the layout, so that points of other rows in them are refused. */
    private Flux<ObjectBytes> marked(Flux<ObjectBytes> objects) {
        String mark = layout.mark();
        return mark.isEmpty()
                ? objects
                : Guarded.map(
                        objects,
                        object -> object.withVersion(object.version() == null ? mark : object.version() + ", " + mark));
    }

    /**
     * Finds the fields of a row, for mappers.
     *
     * @param record a record that {@link #decode} or {@link #decodeObjects} has emitted
     * @throws SchemaMismatchException if the record is not a row, or lacks a field that has no default
     */
    public Row row(RawRecord record) {
        RowFields found = new RowFields(fields.size());
        find(record, found);
        return new Row(this, record, found);
    }

    /** Makes a batch of rows: the collector for {@code mapAndBatch}, of any number of rows but none. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Makes batches of one size: fills a last, smaller one with rows of no record, which {@link ColumnBatch#paddedRows}
     * counts. They have the fields' defaults; without them 0 and empty texts.
     *
     * @param size the rows of a batch, the same that {@code mapAndBatch} gets; more rows are refused
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Makes a batch of rows, in their order.
     *
     * @param records at least one
     * @throws IllegalArgumentException if there is none, or a column would take more than 2 GiB
     */
    public ColumnBatch parse(List<RawRecord> records) {
        return parsing.parse(records);
    }

    private List<Column> columns(List<RawRecord> records, int rows, BatchMemory memory) {
        List<FieldColumn> columns = fields.stream()
                .map(field -> FieldColumn.of(field, rows, memory))
                .toList();
        RowFields found = new RowFields(fields.size());
        for (RawRecord record : records) {
            found.clear();
            find(record, found);
            for (int i = 0; i < fields.size(); i++) {
                if (found.has(i)) {
                    check(record, i, columns.get(i).put(found, i));
                } else {
                    columns.get(i).pad();
                }
            }
        }
        for (int i = records.size(); i < rows; i++) {
            columns.forEach(FieldColumn::pad);
        }
        return columns.stream().map(FieldColumn::finish).toList();
    }

    private void find(RawRecord record, RowFields into) {
        try {
            layout.find(record, into);
        } catch (IllegalArgumentException e) {
            throw SchemaMismatchException.of(String.valueOf(e.getMessage()), record.source(), record.position(), null);
        }
        for (int i = 0; i < fields.size(); i++) {
            if (!into.has(i) && !fields.get(i).hasDefault()) {
                throw mismatch(record, i, "expected it in the row, but it is missing");
            }
        }
    }

    void check(RawRecord record, int field, @Nullable String fault) {
        if (fault != null) {
            throw mismatch(record, field, fault);
        }
    }

    SchemaMismatchException mismatch(RawRecord record, int field, String what) {
        return SchemaMismatchException.of(
                layout.describe(field, record) + ": " + what, record.source(), record.position(), null);
    }

    Field field(int index) {
        return fields.get(index);
    }

    int index(String name) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("expected one of the fields " + fields + ", but got \"" + name + "\"");
    }

    /** Returns the fields: {@code RowSchema[image BYTES, class INT64]}. */
    @Override
    public String toString() {
        return "RowSchema" + fields;
    }
}
