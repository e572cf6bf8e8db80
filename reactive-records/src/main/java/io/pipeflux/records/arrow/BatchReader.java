package io.pipeflux.records.arrow;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.arrow.flatbuf.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Reads the columns of one batch. If values in the message's body have the same layout as in a column, the column is a
 * view of the body. {@link BatchBody} shows the body's layout. The message need not be valid: all its content is
 * checked before use. If the message is invalid, an {@link IllegalArgumentException} states the reason.
 */
final class BatchReader {

    private static final byte[][] NO_NULL_LISTS = {};
    private static final byte[] NO_NULLS = {};

    private final @Nullable ArrowNulls nulls;
    private final LongConsumer check;
    private final ValuesReader values;
    private final List<Column> columns = new ArrayList<>();

    private BatchReader(@Nullable ArrowNulls nulls, LongConsumer check, ValuesReader values) {
        this.nulls = nulls;
        this.check = check;
        this.values = values;
    }

    /**
     * Reads the columns.
     *
     * @param nulls the values that replace nulls, or null if nulls are an error
     * @param check a check that receives a number of bytes, and throws an exception if the number is too large
     * @throws UnsupportedOperationException if the batch contains data that no column can represent
     */
    static List<Column> read(
            List<StoredField> schema,
            RecordBatch batch,
            ByteBuffer body,
            Dictionaries dictionaries,
            @Nullable ArrowNulls nulls,
            LongConsumer check) {
        if (schema.isEmpty()) {
            throw new IllegalArgumentException("a record batch of a schema without fields");
        }
        MessageBody buffers = MessageBody.of(batch, body);
        BatchReader reader = new BatchReader(nulls, check, new ValuesReader(buffers, dictionaries, check));
        int rows = MessageBody.count("rows", batch.length());
        for (StoredField field : schema) {
            if (field.column().isRagged()) {
                reader.ragged(field, rows);
            } else {
                reader.regular(field, rows);
            }
        }
        return reader.columns;
    }

    private void regular(StoredField field, int rows) {
        List<Integer> dimensions = field.column().dimensions();
        int[] shape = new int[1 + dimensions.size()];
        shape[0] = rows;
        int size = rows;
        byte[][] lists = NO_NULL_LISTS;
        for (int i = 1; i < shape.length; i++) {
            byte[] valid = values.level(field.name(), size, false);
            if (valid != null) {
                if (lists.length == 0) {
                    lists = new byte[dimensions.size()][];
                    Arrays.fill(lists, NO_NULLS);
                }
                lists[i - 1] = valid;
            }
            shape[i] = dimensions.get(i - 1);
            size = MessageBody.count(field.name(), (long) size * shape[i]);
        }
        Values read = values.read(field, size, false);
        // done after the values are read, because values.read() checks that there are enough values for the lists
        if (lists.length > 0) {
            read = read.withValid(innermost(lists, shape, read.valid()));
        }
        Values filled = filled(field, read);
        columns.add(
                field.decodedWidth() == 0
                        ? text(field, Column.ofBytes(field.name(), shape, filled.offsets(), filled.bytes()))
                        : Column.of(field.name(), field.column().dtype(), shape, filled.bytes()));
        if (nulls != null && nulls.hasMask(field)) {
            columns.add(Column.of(ArrowNulls.maskName(field), DType.BOOL, shape, mask(read)));
        }
    }

    /**
     * Returns an array that contains 0 for each value that is null or is in a null list, and 1 for all other values.
     * Returns null if the array would contain no 0.
     */
    private static byte @Nullable [] innermost(byte[][] lists, int[] shape, byte @Nullable [] values) {
        byte[] outer = null;
        for (int i = 0; i < lists.length; i++) {
            byte[] own = lists[i].length == 0 ? null : lists[i];
            outer = i == 0 ? own : Bits.and(outer, shape[i], own);
        }
        return Bits.and(outer, shape[shape.length - 1], values);
    }

    private void ragged(StoredField field, int rows) {
        ListsReader lists = ListsReader.read(field, rows, values, check);
        Values read = values.read(field, lists.end(), true); // Arrow permits values that no list uses
        if (lists.begin() > 0) {
            read = read.slice(lists.begin(), lists.end());
        }
        int nullLists = lists.nulls();
        if (nullLists > 0) {
            if (nulls == null) {
                throw refused(field, nullLists);
            }
            read = read.take(lists.leaveOutNulls(), new byte[field.decodedWidth()], check);
        }
        Values filled = filled(field, read);
        String name = field.name();
        columns.add(
                field.decodedWidth() == 0
                        ? text(field, Column.raggedBytes(name, lists.splits(), filled.offsets(), filled.bytes()))
                        : Column.ragged(name, field.column().dtype(), lists.splits(), filled.bytes()));
        if (nulls != null && nulls.hasMask(field)) {
            columns.add(Column.ragged(ArrowNulls.maskName(field), DType.BOOL, lists.splits(), mask(read)));
        }
    }

    private static Column text(StoredField field, Column strings) {
        return field.column().dtype() == DType.UTF8 ? strings.asUtf8() : strings;
    }

    private Values filled(StoredField field, Values read) {
        byte[] valid = read.valid();
        if (valid == null) {
            return read;
        }
        if (nulls == null) {
            throw refused(field, Bits.countZeros(valid));
        }
        field.requireNullable(field.nullable());
        return read.filled(nulls.fill(field), check);
    }

    private static UnsupportedOperationException refused(StoredField field, int count) {
        return new UnsupportedOperationException("field \"" + field.name() + "\" has nulls (" + count
                + "), which columns cannot have: decode with ArrowStreams.format(ArrowNulls.filled()), by which they get"
                + " a value and, withMasks(), a column that marks them");
    }

    private static ByteBuffer mask(Values read) {
        byte[] valid = read.valid();
        if (valid == null) {
            valid = new byte[read.size()];
            Arrays.fill(valid, (byte) 1);
        }
        return ByteBuffer.wrap(valid);
    }
}
