package io.pipeflux.records.arrow;

import static io.pipeflux.records.arrow.ArrowEncoder.CONTINUATION;
import static io.pipeflux.records.arrow.ArrowEncoder.PADDED_ROWS;
import static io.pipeflux.records.arrow.ArrowEncoder.PREFIX_BYTES;
import static io.pipeflux.records.arrow.ArrowEncoder.RESUME;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Decodes batches from Arrow streams. {@link ArrowStreams} shows the stream layout.
 *
 * <pre>
 *   state             next message   next state
 *   between streams   schema         in a stream
 *   in a stream       dictionary     in a stream
 *   in a stream       batch          in a stream; the batch is emitted
 *   in a stream       end marker     between streams
 * </pre>
 *
 * <p>Any other message is an error. The input may end in either state, but not before the first schema message.
 */
final class ArrowDecoder implements FrameDecoder<ColumnBatch> {

    // the first four bytes of an Arrow file, which begins with the magic number "ARROW1"
    private static final int ARROW_FILE = 'A' | 'R' << 8 | 'R' << 16 | 'O' << 24;

    private final @Nullable ArrowNulls nulls; // the values that replace nulls, or null if nulls are an error
    private @Nullable List<StoredField> schema; // the fields of the current stream, or null between streams
    private Map<String, String> schemaMetadata = Map.of();
    private Dictionaries dictionaries = new Dictionaries(List.of());
    private long streamOffset = -1; // the offset of the current stream's schema message, or -1 before the first stream
    private long streamBatches; // the number of batches read from the current stream so far
    private int messageBytes; // the length of the next message in bytes, or 0 before its metadata has been read

    ArrowDecoder(@Nullable ArrowNulls nulls) {
        this.nulls = nulls;
    }

    @Override
    public @Nullable ColumnBatch decode(FrameBuffer in) {
        while (in.ensure(Math.max(messageBytes, PREFIX_BYTES))) {
            ByteBuffer front = ByteBuffer.wrap(in.array(), in.position(), Math.max(messageBytes, PREFIX_BYTES))
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN);
            int length = metadataBytes(in, front);
            if (length == 0) {
                end(in);
            } else if (messageBytes == 0) {
                if (!in.ensure(PREFIX_BYTES + (long) length)) {
                    return null;
                }
                messageBytes = messageBytes(in, length);
            } else {
                ColumnBatch batch = read(in, front, length);
                messageBytes = 0;
                if (batch != null) {
                    return batch;
                }
            }
        }
        return null;
    }

    /** Reports empty input as truncated, because every stream begins with a schema, even a stream without batches. */
    @Override
    public @Nullable ColumnBatch decodeEnd(FrameBuffer in) {
        ColumnBatch batch = decode(in);
        if (batch == null && streamOffset < 0 && in.available() == 0) {
            throw in.truncated("expected a schema message, but the input ended");
        }
        return batch;
    }

    private int metadataBytes(FrameBuffer in, ByteBuffer front) {
        int prefix = front.getInt(0);
        if (prefix == ARROW_FILE) {
            throw in.corrupt("expected a stream, but got Arrow's file format (it begins with ARROW1)");
        }
        if (prefix != CONTINUATION) {
            boolean atStartPoint = streamOffset < 0 && in.offset() > 0;
            throw in.corrupt(
                    String.format(Locale.ROOT, "expected a message that begins with 0xffffffff, but got 0x%08x", prefix)
                            + (atStartPoint
                                    ? "; the start point does not belong to this stream: one that was read with a"
                                            + " batch belongs to the pipeline that built the batches"
                                    : ""));
        }
        int length = front.getInt(Integer.BYTES);
        in.checkLength(length);
        return length;
    }

    private void end(FrameBuffer in) {
        if (schema == null) {
            throw in.corrupt("expected a schema message, but got an end marker");
        }
        schema = null;
        in.skip(PREFIX_BYTES);
    }

    /**
     * Returns the length in bytes of the next message. The message's metadata must have arrived.
     *
     * @param length the length of the metadata in bytes
     */
    private static int messageBytes(FrameBuffer in, int length) {
        long body;
        try {
            body = message(ByteBuffer.wrap(in.array(), in.position() + PREFIX_BYTES, length))
                    .bodyLength();
        } catch (IndexOutOfBoundsException e) {
            throw illegal(in, e);
        }
        in.checkLength(body);
        in.checkLength(length + body);
        return (int) (PREFIX_BYTES + length + body);
    }

    /**
     * Returns the message. Makes the buffer read-only so that flatbuffers cannot access the backing array. Otherwise
     * flatbuffers might read a string past the end of the buffer, up to the end of the array.
     */
    private static Message message(ByteBuffer metadata) {
        return Message.getRootAsMessage(metadata.slice().asReadOnlyBuffer());
    }

    /** Removes the next message from the buffer. Returns the batch, or null if the message does not contain a batch. */
    private @Nullable ColumnBatch read(FrameBuffer in, ByteBuffer front, int length) {
        try {
            Message message = message(front.slice(PREFIX_BYTES, length));
            byte kind = message.headerType();
            if (kind == MessageHeader.Schema && schema == null) {
                Schema read = (Schema) present(message.header(new Schema()));
                List<StoredField> fields = SchemaReader.read(read, length, nulls);
                dictionaries = new Dictionaries(fields);
                schemaMetadata = CustomMetadata.all(read, length);
                schema = fields;
                streamOffset = in.offset();
                streamBatches = 0;
                in.skip(front.limit());
                return null;
            }
            if (kind == MessageHeader.RecordBatch && schema != null) {
                RecordBatch batch = (RecordBatch) present(message.header(new RecordBatch()));
                List<Column> columns = BatchReader.read(
                        schema, batch, body(front, length), dictionaries, nulls, decoded -> checkDecoded(in, decoded));
                return batch(in, columns, message, front.limit());
            }
            if (kind == MessageHeader.DictionaryBatch && schema != null) {
                DictionaryBatch dictionary = (DictionaryBatch) present(message.header(new DictionaryBatch()));
                dictionaries.read(dictionary, body(front, length), decoded -> checkDecoded(in, decoded));
                in.skip(front.limit());
                return null;
            }
            throw in.corrupt("expected a " + (schema == null ? "schema" : "record batch")
                    + " message, but got one of kind " + name(kind));
        } catch (UnsupportedOperationException e) {
            CorruptRecordException where = in.corrupt("unsupported");
            throw CoreAccess.exception(
                    SchemaMismatchException.class,
                    ErrorKind.WRONG_COLUMNS,
                    "Arrow stream: " + e.getMessage(),
                    where.source(),
                    where.position(),
                    null);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw illegal(in, e);
        }
    }

    private static ByteBuffer body(ByteBuffer front, int length) {
        int bodyAt = PREFIX_BYTES + length;
        return front.slice(bodyAt, front.limit() - bodyAt);
    }

    /**
     * Limits the size of the decoded columns, because a short message that uses dictionaries or views can become a very
     * large batch.
     */
    private static void checkDecoded(FrameBuffer in, long bytes) {
        in.checkLength(bytes);
    }

    private ColumnBatch batch(FrameBuffer in, List<Column> columns, Message message, int size) {
        String resume = CustomMetadata.find(message, RESUME);
        String padded = CustomMetadata.find(message, PADDED_ROWS);
        ResumePoint carried = resume == null ? null : ResumePoint.fromJson(resume);
        // The batch is built before the message is removed from the buffer, so that an error states the message's
        // position.
        ColumnBatch batch = ColumnBatch.of(
                columns, carried == null ? ResumePoint.START : carried, padded == null ? 0 : Integer.parseInt(padded));
        RawRecord record = in.record(size, 0, size);
        streamBatches++;
        ColumnBatch placed = carried != null ? batch : ColumnBatch.of(columns, resumeAfter(record), batch.paddedRows());
        return schemaMetadata.isEmpty() ? placed : placed.withMetadata(schemaMetadata);
    }

    /**
     * Returns the point at which reading resumes after a record. The point consists of the offset at which the record's
     * stream begins and the number of batches to drop from there. Reading must begin at the beginning of the stream,
     * because the stream's schema is needed.
     */
    private ResumePoint resumeAfter(RawRecord record) {
        return record.resumeFrom(streamOffset, record.position().recordOrdinal() + 1 - streamBatches);
    }

    private static String name(byte kind) {
        return kind >= 0 && kind < MessageHeader.names.length ? MessageHeader.name(kind) : Byte.toString(kind);
    }

    private static <T> T present(@Nullable T header) {
        if (header == null) {
            throw new IllegalArgumentException("a message has no header");
        }
        return header;
    }

    /**
     * Returns the exception for an invalid message. Does not use the message of an exception that the JVM throws,
     * because compiled code may throw such an exception without a message.
     */
    private static CorruptRecordException illegal(FrameBuffer in, RuntimeException cause) {
        return in.corrupt("invalid message: "
                + (cause instanceof IndexOutOfBoundsException
                        ? "expected offsets and lengths inside the message, but got one that leads out of it"
                        : cause.getMessage()));
    }
}
