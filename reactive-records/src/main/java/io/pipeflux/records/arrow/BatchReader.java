package io.pipeflux.records.arrow;

import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.RecordBatch;

/**
 * Makes the columns of one batch: views of its message's body, whose layout is at {@link BatchBody}. What a message says
 * about itself is believed only after it was checked; an {@link IllegalArgumentException} says what is wrong.
 */
final class BatchReader {

    private final RecordBatch batch;
    private final ByteBuffer body;
    private int nextNode;
    private int nextBuffer;

    private BatchReader(RecordBatch batch, ByteBuffer body) {
        this.batch = batch;
        this.body = body;
    }

    /**
     * The columns.
     *
     * @throws UnsupportedOperationException if the batch has something for which there is no column
     */
    static List<Column> read(List<ArrowField> schema, RecordBatch batch, ByteBuffer body) {
        if (batch.compression() != null) {
            byte codec = batch.compression().codec();
            throw new UnsupportedOperationException("the record batch has compression (codec "
                    + (codec >= 0 && codec < CompressionType.names.length ? CompressionType.name(codec) : codec)
                    + ")");
        }
        if (schema.isEmpty()) {
            throw new IllegalArgumentException("a record batch of a schema without fields");
        }
        BatchReader reader = new BatchReader(batch, body);
        int rows = count("rows", batch.length());
        List<Column> columns = new ArrayList<>(schema.size());
        for (ArrowField field : schema) {
            columns.add(field.ragged() ? reader.ragged(field, rows) : reader.regular(field, rows));
        }
        return columns;
    }

    private Column regular(ArrowField field, int rows) {
        int[] shape = new int[1 + field.dimensions().size()];
        shape[0] = rows;
        int size = rows;
        for (int i = 1; i < shape.length; i++) {
            node(field, size, false);
            shape[i] = field.dimensions().get(i - 1);
            size = count(field.name() + ": values", (long) size * shape[i]);
        }
        node(field, size, false);
        if (!field.dtype().hasOffsets()) {
            return Column.of(field.name(), field.dtype(), shape, values(field, size));
        }
        ByteBuffer offsets = offsets(field, size);
        return Column.ofBytes(field.name(), shape, offsets, buffer(field, last(offsets)));
    }

    private Column ragged(ArrowField field, int rows) {
        node(field, rows, false);
        ByteBuffer splits = offsets(field, rows);
        int size = count(field.name() + ": values", last(splits));
        node(field, size, true); // Arrow allows a list's values to be more than the list uses
        if (!field.dtype().hasOffsets()) {
            return Column.ragged(field.name(), field.dtype(), splits, values(field, size));
        }
        ByteBuffer offsets = offsets(field, size);
        return Column.raggedBytes(field.name(), splits, offsets, buffer(field, last(offsets)));
    }

    /** Takes the next field's length, which must be what its parent says, and passes over its validity. */
    private void node(ArrowField field, int length, boolean orMore) {
        if (nextNode >= batch.nodesLength()) {
            throw new IllegalArgumentException(field.name() + ": the record batch has no node for it");
        }
        FieldNode node = batch.nodes(nextNode++);
        if (node.nullCount() != 0) {
            throw new UnsupportedOperationException(
                    "field \"" + field.name() + "\" has nulls (" + node.nullCount() + ")");
        }
        if (orMore ? node.length() < length : node.length() != length) {
            throw new IllegalArgumentException(
                    field.name() + ": " + length + " values required but there are " + node.length());
        }
        nextBuffer++;
    }

    private ByteBuffer values(ArrowField field, int count) {
        return buffer(field, (long) count * field.dtype().bytes());
    }

    /** One offset more than there are values; none at all is allowed for no values. */
    private ByteBuffer offsets(ArrowField field, int count) {
        boolean none = count == 0
                && nextBuffer < batch.buffersLength()
                && batch.buffers(nextBuffer).length() == 0;
        ByteBuffer offsets = buffer(field, none ? 0 : (count + 1L) * Integer.BYTES);
        return none ? ByteBuffer.allocate(Integer.BYTES) : offsets;
    }

    private static int last(ByteBuffer offsets) {
        return offsets.order(ByteOrder.LITTLE_ENDIAN).getInt(offsets.limit() - Integer.BYTES);
    }

    /** The first bytes of the next buffer, as many as are needed. */
    private ByteBuffer buffer(ArrowField field, long needed) {
        if (nextBuffer >= batch.buffersLength()) {
            throw new IllegalArgumentException(field.name() + ": the record batch has no buffer for it");
        }
        Buffer buffer = batch.buffers(nextBuffer++);
        long offset = buffer.offset();
        long length = buffer.length();
        if (needed < 0 || needed > length) {
            throw new IllegalArgumentException(
                    field.name() + ": a buffer of " + needed + " bytes required but it has " + length);
        }
        if (offset < 0 || length > body.limit() || offset > body.limit() - length) {
            throw new IllegalArgumentException(field.name() + ": its buffer at " + offset + " of " + length
                    + " bytes is not in the body of " + body.limit());
        }
        return body.slice((int) offset, (int) needed);
    }

    private static int count(String what, long count) {
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(what + " from 0 to 2147483647 required but there are " + count);
        }
        return (int) count;
    }
}
