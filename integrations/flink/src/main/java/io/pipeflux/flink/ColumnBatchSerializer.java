package io.pipeflux.flink;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import reactor.core.publisher.Flux;

/**
 * Writes a batch as a stream in Apache Arrow's IPC format. The stream also contains the batch's resume point and
 * the number of padded rows. Sizes in bytes are in parentheses:
 *
 * <pre>
 *   version 1 (1) | length (4) | Arrow stream of one batch
 * </pre>
 */
final class ColumnBatchSerializer extends ValueSerializer<ColumnBatch> {

    static final ColumnBatchSerializer INSTANCE = new ColumnBatchSerializer();

    private static final long serialVersionUID = 1;
    private static final int VERSION = 1;

    @Override
    public ColumnBatch createInstance() {
        return ColumnBatch.of(
                List.of(Column.of("none", DType.UINT8, new int[] {0}, ByteBuffer.allocate(0))), ResumePoint.START);
    }

    @Override
    public void serialize(ColumnBatch batch, DataOutputView out) throws IOException {
        List<ByteBuffer> chunks = chunks(batch);
        long length = chunks.stream().mapToLong(ByteBuffer::remaining).sum();
        if (length > Integer.MAX_VALUE) {
            throw new IOException("expected a batch of at most 2147483647 bytes between task managers, but got "
                    + length + ": use smaller batches");
        }
        out.writeByte(VERSION);
        out.writeInt((int) length);
        for (ByteBuffer chunk : chunks) {
            write(chunk, out);
        }
    }

    private static List<ByteBuffer> chunks(ColumnBatch batch) throws IOException {
        List<ByteBuffer> chunks =
                Flux.just(batch).transform(ArrowStreams.encode()).collectList().block();
        if (chunks == null) {
            throw new IOException("expected the bytes of " + batch + ", but got none");
        }
        return chunks;
    }

    private static void write(ByteBuffer chunk, DataOutputView out) throws IOException {
        if (chunk.hasArray()) {
            out.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining());
        } else {
            byte[] copy = new byte[chunk.remaining()];
            chunk.duplicate().get(copy);
            out.write(copy);
        }
    }

    @Override
    public ColumnBatch deserialize(DataInputView in) throws IOException {
        requireVersion("batch", in.readByte());
        ColumnBatch batch = Flux.just(ByteBuffer.wrap(readBytes(in)))
                .transform(ArrowStreams.format().maxRecordBytes(MAX_BYTES).decode())
                .blockLast();
        if (batch == null) {
            throw new IOException("expected a batch in the Arrow stream, but got none");
        }
        return batch;
    }

    private static final long MAX_BYTES = Integer.MAX_VALUE - 63L;

    @Override
    public TypeSerializerSnapshot<ColumnBatch> snapshotConfiguration() {
        return new Snapshot();
    }

    /** The serializer's configuration in checkpoints. It consists only of the serializer's class. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<ColumnBatch> {

        /** Flink calls this constructor by reflection. */
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
