package io.pipeflux.records.arrow;

import com.google.flatbuffers.FlatBufferBuilder;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/** Writes the messages of one stream. {@link ArrowStreams} shows the stream layout. Not thread-safe. */
final class ArrowEncoder {

    static final int CONTINUATION = -1;
    static final int PREFIX_BYTES = 8;
    static final String RESUME = "pipeflux.resume";
    static final String PADDED_ROWS = "pipeflux.padded_rows";

    private static final int NONE = 0; // the offset that stands for an absent part of a flatbuffer

    private final FlatBufferBuilder builder = new FlatBufferBuilder();
    private final List<ArrowField> ifNone;
    private @Nullable List<ArrowField> schema;

    /**
     * Creates an encoder for one stream.
     *
     * @param ifNone the fields that the schema has if the stream has no batches
     */
    ArrowEncoder(List<ArrowField> ifNone) {
        this.ifNone = ifNone;
    }

    static List<ArrowField> fields(ColumnBatch batch) {
        return batch.names().stream().map(batch::column).map(ArrowField::of).toList();
    }

    /**
     * Returns the chunks of a batch's message. For the first batch, these chunks also contain the schema message,
     * before the batch's message.
     */
    Iterator<ByteBuffer> encode(ColumnBatch batch) {
        List<ArrowField> fields = fields(batch);
        Chunks chunks = new Chunks(batch.isReleasable());
        if (schema == null) {
            schema = fields;
            chunks.add(schemaMessage(fields, batch.metadata()));
        } else if (!schema.equals(fields)) {
            throw CoreAccess.exception(
                    SchemaMismatchException.class,
                    ErrorKind.WRONG_COLUMNS,
                    "Arrow stream: expected the columns of the stream's first batch, " + schema + ", but got " + fields,
                    null,
                    batch.resumeAt().position(),
                    null);
        }
        BatchBody body = BatchBody.of(batch);
        chunks.add(batchMessage(batch, body));
        body.addTo(chunks);
        return chunks;
    }

    /**
     * Returns the chunks of the end marker. If there was no batch, these chunks also contain the schema message, before
     * the end marker.
     */
    Iterator<ByteBuffer> end() {
        Chunks chunks = new Chunks(false);
        if (schema == null) {
            chunks.add(schemaMessage(ifNone, Map.of()));
        }
        chunks.add(littleEndian(PREFIX_BYTES).putInt(CONTINUATION).putInt(0).flip());
        return chunks;
    }

    private ByteBuffer schemaMessage(List<ArrowField> fields, Map<String, String> metadata) {
        int[] places = fields.stream().mapToInt(field -> field.write(builder)).toArray();
        int children = Schema.createFieldsVector(builder, places);
        int[] pairs = metadata.entrySet().stream()
                .mapToInt(pair -> keyValue(pair.getKey(), pair.getValue()))
                .toArray();
        int custom = pairs.length == 0 ? NONE : Schema.createCustomMetadataVector(builder, pairs);
        int header = Schema.createSchema(builder, Endianness.Little, children, custom, NONE);
        return message(MessageHeader.Schema, header, 0, NONE);
    }

    private ByteBuffer batchMessage(ColumnBatch batch, BatchBody body) {
        int nodes = body.writeNodes(builder);
        int buffers = body.writeBuffers(builder);
        int header = RecordBatch.createRecordBatch(builder, batch.rows(), nodes, buffers, NONE, NONE);
        int resume = keyValue(RESUME, batch.resumeAt().toJson());
        int[] pairs = batch.paddedRows() == 0
                ? new int[] {resume}
                : new int[] {resume, keyValue(PADDED_ROWS, Integer.toString(batch.paddedRows()))};
        return message(
                MessageHeader.RecordBatch, header, body.size(), Message.createCustomMetadataVector(builder, pairs));
    }

    private int keyValue(String key, String value) {
        return KeyValue.createKeyValue(builder, builder.createString(key), builder.createString(value));
    }

    private ByteBuffer message(byte kind, int header, long bodyBytes, int customMetadata) {
        builder.finish(Message.createMessage(builder, MetadataVersion.V5, kind, header, bodyBytes, customMetadata));
        ByteBuffer metadata = builder.dataBuffer();
        int size = Math.toIntExact(BatchBody.aligned(PREFIX_BYTES + metadata.remaining()));
        ByteBuffer message = littleEndian(size)
                .putInt(CONTINUATION)
                .putInt(size - PREFIX_BYTES)
                .put(metadata)
                .rewind();
        builder.clear();
        return message;
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
