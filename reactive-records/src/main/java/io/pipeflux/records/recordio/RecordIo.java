package io.pipeflux.records.recordio;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Reads and writes RecordIO, as defined by dmlc-core (src/recordio.cc) and by SageMaker's readers
 * (sagemaker-tensorflow-extensions and ml-io). A record consists of one or more parts. A file has no header, so files
 * can be concatenated freely. All numbers are little-endian.
 *
 * <pre>
 *    0               4                8                 8+length
 *   +---------------+----------------+-----------------+--------------------------+
 *   | magic (4)     | kind, length   | data (length)   | padding to a multiple    |
 *   | 0xced7230a    | 3 and 29 bits  |                 | of four bytes (0 to 3)   |
 *   +---------------+----------------+-----------------+--------------------------+
 *
 *   record = part of kind 0  |  part of kind 1, any number of kind 2, one of kind 3
 * </pre>
 *
 * <p>The {@link Dialect} determines what a decoder inserts between the parts of a record: nothing, or the magic number.
 *
 * <p>Records and parts may be empty. A wrong magic number, parts in the wrong order, and a record whose total length
 * exceeds {@link FrameFormat#maxRecordBytes(long)} (256 MiB by default) cause a {@link
 * io.pipeflux.core.CorruptRecordException} with the record's position. Input that ends inside a record or its padding,
 * or between two parts of a record, causes a {@link io.pipeflux.core.TruncatedInputException}. The padding may contain
 * any bytes, because some writers do not use zeros.
 *
 * <p>The format has no checksum, so a decoder cannot detect corrupt data. A corrupt length is detected only if no part
 * begins at the position where a part of this length would end. For example, a corrupt length remains undetected if the
 * padding makes up for the difference.
 */
public final class RecordIo {

    private static final FrameFormat<RawRecord> CONCAT =
            FrameFormat.of("RecordIO", () -> new RecordIoDecoder(Dialect.CONCAT));
    private static final FrameFormat<RawRecord> DMLC =
            FrameFormat.of("RecordIO (DMLC)", () -> new RecordIoDecoder(Dialect.DMLC));

    private RecordIo() {}

    /**
     * Returns the format in SageMaker's dialect, {@link Dialect#CONCAT}. To change the maximum record length or the
     * compression, use the methods of {@link FrameFormat}.
     */
    public static FrameFormat<RawRecord> format() {
        return CONCAT;
    }

    /**
     * Returns the format in the given dialect. To change the maximum record length or the compression, use the methods
     * of {@link FrameFormat}.
     */
    public static FrameFormat<RawRecord> format(Dialect dialect) {
        return Objects.requireNonNull(dialect, "dialect") == Dialect.CONCAT ? CONCAT : DMLC;
    }

    /**
     * Returns the boundaries between records in {@link Dialect#DMLC}, so that several readers can share an object.
     * Readers find the boundaries by the magic number, because each record begins with this number, and the encoder of
     * this dialect removes it from the payloads.
     */
    public static RecordBorders borders() {
        return RecordBorders.marked(DMLC, 0, PartHeader.HEADER_BYTES, RecordIo::isBegin);
    }

    /**
     * Returns the boundaries between the records of an object according to the object's index, so that several readers
     * can share the object. {@link Dialect#CONCAT} requires an index, because payloads in this dialect may contain the
     * magic number.
     *
     * @param index the object's index
     */
    public static RecordBorders borders(Dialect dialect, RecordIndex index) {
        return RecordBorders.indexed(format(dialect), index);
    }

    private static boolean isBegin(ByteBuffer bytes, int at, long offset) {
        if (offset % Integer.BYTES != 0 || bytes.getInt(at) != PartHeader.MAGIC) {
            return false;
        }
        int kind = PartHeader.kind(bytes.getInt(at + Integer.BYTES));
        return kind == PartHeader.WHOLE || kind == PartHeader.FIRST;
    }

    /**
     * Decodes one stream, such as an epoch read from a pipe, in SageMaker's dialect. Equivalent to {@code
     * format().decode()}.
     */
    public static Function<Flux<ByteBuffer>, Flux<RawRecord>> decode() {
        return CONCAT.decode();
    }

    /**
     * Decodes each object of an epoch separately, in SageMaker's dialect. Equivalent to {@code
     * format().decodeObjects()}.
     */
    public static Function<Flux<ObjectBytes>, Flux<RawRecord>> decodeObjects() {
        return CONCAT.decodeObjects();
    }

    /** Encodes each payload as a frame in SageMaker's dialect. Equivalent to {@code encode(Dialect.CONCAT)}. */
    public static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode() {
        return encode(Dialect.CONCAT);
    }

    /**
     * Encodes each payload as a frame. Emits one new buffer per payload, on the thread that emitted the payload, and
     * passes the downstream demand upstream unchanged. Copies the payload's bytes between position and limit, and does
     * not modify the payload's buffer (see the {@linkplain io.pipeflux.core contract of bytes}).
     *
     * <p>{@link Dialect#CONCAT} splits a payload of more than 2^29 - 1 bytes. {@link Dialect#DMLC} splits a payload at
     * magic numbers. As in dmlc-core, a payload of more than 2^29 - 1 bytes is an error in this dialect ({@link
     * IllegalArgumentException}).
     */
    public static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode(Dialect dialect) {
        return encode(dialect, PartHeader.MAX_BYTES);
    }

    static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode(Dialect dialect, int maxPartBytes) {
        RecordIoEncoder encoder = new RecordIoEncoder(Objects.requireNonNull(dialect, "dialect"), maxPartBytes);
        return payloads -> Guarded.map(payloads, encoder::encode);
    }

    /**
     * Wraps a whole object as one record in SageMaker's dialect. SageMaker's agent does the same for channels whose
     * {@code RecordWrapperType} is {@code RecordIO}. An object of more than 2^29 - 1 bytes becomes a record of several
     * parts.
     *
     * <p>The object is not buffered. The operator first emits the header, then the object's chunks on request, then the
     * padding. A chunk is emitted as a view, or as a copy if a new part begins inside it. The operator does not modify
     * the object's buffers (see the {@linkplain io.pipeflux.core contract of bytes}). Fails with an {@link
     * IllegalArgumentException} if the object's size is not known, and with an {@link
     * io.pipeflux.core.ObjectReadException} if the object has more or fewer bytes than its stated size.
     */
    public static Function<ObjectBytes, Flux<ByteBuffer>> wrap() {
        return wrap(PartHeader.MAX_BYTES);
    }

    static Function<ObjectBytes, Flux<ByteBuffer>> wrap(int maxPartBytes) {
        return object -> Wrapping.wrap(object, maxPartBytes);
    }

    /**
     * Detects an object's dialect from its first bytes. In {@link Dialect#DMLC}, every part except the last part of a
     * record has a length that is a multiple of four. If a part breaks this rule, the dialect is {@link
     * Dialect#CONCAT}. Otherwise both dialects are possible, and the result is empty.
     *
     * @param firstBytes the object's first bytes, from position to limit. They may end anywhere, even inside a part.
     *     The buffer is not modified
     */
    public static Optional<Dialect> dialectOf(ByteBuffer firstBytes) {
        ByteBuffer bytes = firstBytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        long at = 0;
        while (at <= bytes.limit() - PartHeader.HEADER_BYTES && bytes.getInt((int) at) == PartHeader.MAGIC) {
            int word = bytes.getInt((int) at + Integer.BYTES);
            int padding = PartHeader.padding(PartHeader.length(word));
            boolean followed = PartHeader.kind(word) == PartHeader.FIRST || PartHeader.kind(word) == PartHeader.MIDDLE;
            if (followed && padding != 0) {
                return Optional.of(Dialect.CONCAT);
            }
            at += PartHeader.HEADER_BYTES + PartHeader.length(word) + padding;
        }
        return Optional.empty();
    }
}
