package io.pipeflux.records.arrow;

import com.google.flatbuffers.FlatBufferBuilder;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.RecordBatch;

/**
 * Collects the content of a batch's message: the lengths of the fields, for the metadata, and the buffers of the
 * fields, for the body. An outer field precedes the fields inside it. Each buffer is padded to a multiple of 64 bytes.
 * The buffers depend on the field's type:
 *
 * <pre>
 *   fixed-size list     validity (empty: there are no nulls)
 *   list                validity, offsets
 *   numbers             validity, values
 *   Bool                validity, one bit per value
 *   Binary, Utf8        validity, offsets, values
 * </pre>
 */
final class BatchBody {

    private static final int ALIGNMENT = 64;
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(ALIGNMENT);
    private static final ByteBuffer NO_VALIDITY = ByteBuffer.allocate(0);

    private final List<Long> nodes = new ArrayList<>();
    private final List<ByteBuffer> buffers = new ArrayList<>();

    private BatchBody() {}

    static BatchBody of(ColumnBatch batch) {
        BatchBody body = new BatchBody();
        batch.names().forEach(name -> body.add(batch.column(name)));
        return body;
    }

    private void add(Column column) {
        int[] shape = column.shape();
        if (column.isRagged()) {
            for (int level = 0; level < shape.length - 1; level++) {
                IntBuffer splits = column.rowSplits(level);
                addNode(splits.limit() - 1);
                buffers.add(bytes(splits));
            }
        } else {
            long count = shape[0];
            for (int i = 1; i < shape.length; i++) {
                addNode(count);
                count *= shape[i];
            }
        }
        addNode(column.size());
        ByteBuffer values = column.dtype() == DType.BOOL ? Bits.pack(column.values()) : column.values();
        if (column.dtype().hasOffsets()) {
            IntBuffer offsets = column.offsets();
            buffers.add(bytes(offsets));
            values.limit(offsets.get(column.size()));
        }
        buffers.add(values);
    }

    private void addNode(long length) {
        nodes.add(length);
        buffers.add(NO_VALIDITY);
    }

    private static ByteBuffer bytes(IntBuffer ints) {
        ByteBuffer bytes = ByteBuffer.allocate(ints.remaining() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(ints);
        return bytes;
    }

    /** Writes the lengths of the fields to a batch's metadata. Returns the offset of the lengths in the metadata. */
    int writeNodes(FlatBufferBuilder to) {
        RecordBatch.startNodesVector(to, nodes.size());
        for (int i = nodes.size() - 1; i >= 0; i--) { // in reverse order, because a flatbuffer is written from its end
            FieldNode.createFieldNode(to, nodes.get(i), 0);
        }
        return to.endVector();
    }

    /**
     * Writes the positions and lengths of the buffers to a batch's metadata. Returns the offset of these entries in the
     * metadata.
     */
    int writeBuffers(FlatBufferBuilder to) {
        RecordBatch.startBuffersVector(to, buffers.size());
        long end = size();
        for (int i = buffers.size() - 1; i >= 0; i--) {
            int length = buffers.get(i).remaining();
            end -= aligned(length);
            Buffer.createBuffer(to, end, length);
        }
        return to.endVector();
    }

    /** Returns the length of the body in bytes. */
    long size() {
        return buffers.stream().mapToLong(buffer -> aligned(buffer.remaining())).sum();
    }

    void addTo(Chunks chunks) {
        for (ByteBuffer buffer : buffers) {
            chunks.add(buffer);
            chunks.add(ZEROS.slice(0, (int) (aligned(buffer.remaining()) - buffer.remaining())));
        }
    }

    static long aligned(long bytes) {
        return bytes + ALIGNMENT - 1 & -ALIGNMENT;
    }
}
