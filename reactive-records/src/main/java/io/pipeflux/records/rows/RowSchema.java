package io.pipeflux.records.rows;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
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
 * Describes rows that consist of several fields, and how these fields become columns. {@link RowGroups} and {@link
 * WebDataset} create instances. Instances are immutable and thread-safe.
 *
 * <p>Each row is one {@link RawRecord} that contains the bytes of all fields as they are in the stream. The record's
 * position, size and resume point are those of the row. Because a row is one record, operators for records, such as
 * {@code shuffle}, {@code shard}, {@code interleave} and {@code prefetchBytes}, never split a row. {@link #row} finds
 * the fields in a record, and {@link #batches()} writes the fields to columns.
 *
 * <p>If a row lacks a field without a default, or if a field's content is not of the field's kind, parsing fails with a
 * {@link SchemaMismatchException} that contains the field's name and the row's position.
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

    /** Returns the fields as a list. Checks that there is at least one field and that all names are different. */
    static List<Field> requireFields(Field... fields) {
        List<Field> all = List.of(fields);
        if (all.isEmpty() || all.stream().map(Field::name).distinct().count() < all.size()) {
            throw new IllegalArgumentException("expected at least one field, and different names, but got " + all);
        }
        return all;
    }

    /**
     * Returns a copy of this schema with a different maximum length of a row. A longer row causes a {@link
     * io.pipeflux.core.CorruptRecordException} before memory is allocated for it.
     *
     * @param max the maximum number of bytes in a row, including headers, from 0 to 2147483584 (2^31 - 64). Defaults to
     *     256 MiB
     */
    public RowSchema maxRowBytes(long max) {
        return new RowSchema(fields, layout, format.maxRecordBytes(max), parsing.allocator());
    }

    /**
     * Returns a copy of this schema for compressed streams, such as {@code .tar.gz}. A compressed stream can be read
     * only from its beginning (see {@link FrameFormat#compression}).
     *
     * @param compression the compression. Defaults to {@link Compression#NONE}
     */
    public RowSchema compression(Compression compression) {
        return new RowSchema(fields, layout, format.compression(compression), parsing.allocator());
    }

    /**
     * Returns a copy of this schema with a different allocator.
     *
     * @param allocator the allocator of the columns' memory. Defaults to {@link ColumnAllocator#heap}
     */
    public RowSchema withAllocator(ColumnAllocator allocator) {
        return new RowSchema(fields, layout, format, allocator);
    }

    /**
     * Decodes the rows of one stream, such as an epoch read from a pipe, in the same way as {@link FrameFormat#decode}
     * decodes records. Fails with a {@link io.pipeflux.core.ResumeMismatchException} before the first row if the resume
     * point is not between two rows of this schema.
     *
     * <p>In a compressed stream, this check is incomplete: it does not detect a resume point that was taken from rows
     * with a different number of records, because resume points of compressed streams state their position only as a
     * number of rows. {@link #decodeObjects} detects such a resume point.
     */
    public Function<Flux<ByteBuffer>, Flux<RawRecord>> decode() {
        return bytes -> bytes.transform(layout.checkStart()).transform(format.decode());
    }

    /**
     * Decodes the rows of an epoch's objects, in the same way as {@link FrameFormat#decodeObjects} decodes records. A
     * row never spans two objects.
     */
    public Function<Flux<ObjectBytes>, Flux<RawRecord>> decodeObjects() {
        return objects -> marked(objects).transform(format.decodeObjects());
    }

    /** Appends the layout's mark to the objects' versions, so that resume points of other layouts are rejected. */
    private Flux<ObjectBytes> marked(Flux<ObjectBytes> objects) {
        String mark = layout.mark();
        return mark.isEmpty()
                ? objects
                : Guarded.map(
                        objects,
                        object -> object.withVersion(object.version() == null ? mark : object.version() + ", " + mark));
    }

    /**
     * Returns the fields of a row. Mappers use this method to read fields.
     *
     * @param record a record that {@link #decode} or {@link #decodeObjects} has emitted
     * @throws SchemaMismatchException if the record is not a row of this schema, or lacks a field without a default
     */
    public Row row(RawRecord record) {
        RowFields found = new RowFields(fields.size());
        find(record, found);
        return new Row(this, record, found);
    }

    /** Returns the collector that builds a batch of at least one row, for use with {@code mapAndBatch}. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Returns the collector that builds batches of a fixed size, for use with {@code mapAndBatch}. If too few records
     * remain for the last batch, padded rows are added at its end, and {@link ColumnBatch#paddedRows} returns the
     * number of these rows. In a padded row, each field has its default if there is one, otherwise 0 or an empty
     * string.
     *
     * @param size the number of rows per batch, which must be the batch size passed to {@code mapAndBatch}. A batch of
     *     more rows is an error
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
            throw CoreAccess.exception(
                    SchemaMismatchException.class,
                    ErrorKind.WRONG_VALUE,
                    String.valueOf(e.getMessage()),
                    record.source(),
                    record.position(),
                    null);
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
        return CoreAccess.exception(
                SchemaMismatchException.class,
                ErrorKind.WRONG_VALUE,
                layout.describe(field, record) + ": " + what,
                record.source(),
                record.position(),
                null);
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

    /** Returns the fields as text, such as {@code RowSchema[image BYTES, class INT64]}. */
    @Override
    public String toString() {
        return "RowSchema" + fields;
    }
}
