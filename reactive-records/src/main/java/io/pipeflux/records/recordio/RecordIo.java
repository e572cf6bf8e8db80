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
 * RecordIO (dmlc-core's src/recordio.cc; SageMaker's readers sagemaker-tensorflow-extensions and ml-io): records of one
 * or more parts, without a file header, so that files may be concatenated freely. All numbers are little-endian.
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
 * <p>What stands between the parts of a record depends on the {@link Dialect}: nothing, or the magic number.
 *
 * <p>A record, and a part, may be empty. A {@link io.pipeflux.core.CorruptRecordException} at the record's position is:
 * a wrong magic number, parts in another order, a record whose parts together are longer than {@link
 * FrameFormat#maxRecordBytes(long)}, 256 MiB by default. Input that ends inside a record, its padding or between its
 * parts is a {@link io.pipeflux.core.TruncatedInputException}. Padding may have any value: not every writer uses zero.
 *
 * <p>The format has no checksum. Changed data is not seen, and a changed length is seen only if no part begins where it
 * makes this one end: not if the padding takes up the difference.
 */
public final class RecordIo {

    private static final FrameFormat<RawRecord> CONCAT =
            FrameFormat.of("RecordIO", () -> new RecordIoDecoder(Dialect.CONCAT));
    private static final FrameFormat<RawRecord> DMLC =
            FrameFormat.of("RecordIO (DMLC)", () -> new RecordIoDecoder(Dialect.DMLC));

    private RecordIo() {}

    /** SageMaker's dialect, {@link Dialect#CONCAT}, to be decoded as it is or with another maximum length. */
    public static FrameFormat<RawRecord> format() {
        return CONCAT;
    }

    /** The format in a dialect, to be decoded as it is or with another maximum length. */
    public static FrameFormat<RawRecord> format(Dialect dialect) {
        return Objects.requireNonNull(dialect, "dialect") == Dialect.CONCAT ? CONCAT : DMLC;
    }

    /**
     * Returns the borders between the records of objects in {@link Dialect#DMLC}, so that several readers can share
     * one: records begin with the magic number, which this dialect takes out of payloads.
     */
    public static RecordBorders borders() {
        return RecordBorders.marked(DMLC, 0, PartHeader.HEADER_BYTES, RecordIo::isBegin);
    }

    /**
     * Returns the borders between the records of an object in a dialect, by its index. {@link Dialect#CONCAT} needs
     * one: its payloads may contain the magic number.
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

    /** Decodes one stream, such as an epoch read from a pipe, in SageMaker's dialect: {@code format().decode()}. */
    public static Function<Flux<ByteBuffer>, Flux<RawRecord>> decode() {
        return CONCAT.decode();
    }

    /** Decodes an epoch object by object, in SageMaker's dialect: {@code format().decodeObjects()}. */
    public static Function<Flux<ObjectBytes>, Flux<RawRecord>> decodeObjects() {
        return CONCAT.decodeObjects();
    }

    /** Puts each payload into a frame, in SageMaker's dialect: {@code encode(Dialect.CONCAT)}. */
    public static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode() {
        return encode(Dialect.CONCAT);
    }

    /**
     * Puts each payload into a frame: one buffer out for one in, as demanded, on the thread that brings it. The
     * payload, position to limit, is copied and its buffer left as it is, see the {@linkplain io.pipeflux.core contract
     * of bytes}.
     *
     * <p>{@link Dialect#CONCAT} splits a payload of more than 2^29 - 1 bytes. {@link Dialect#DMLC} splits at magic
     * numbers and fails with an {@link IllegalArgumentException} for a payload of more than 2^29 - 1 bytes, as
     * dmlc-core does.
     */
    public static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode(Dialect dialect) {
        return encode(dialect, PartHeader.MAX_BYTES);
    }

    static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode(Dialect dialect, int maxPartBytes) {
        RecordIoEncoder encoder = new RecordIoEncoder(Objects.requireNonNull(dialect, "dialect"), maxPartBytes);
        return payloads -> Guarded.map(payloads, encoder::encode);
    }

    /**
     * Wraps a whole object as one record in SageMaker's dialect, as its agent does for channels whose
     * {@code RecordWrapperType} is {@code RecordIO}; an object of more than 2^29 - 1 bytes becomes a record of several
     * parts.
     *
     * <p>Nothing is held back: the header comes first, then views of the object's chunks as they are asked for, then
     * the padding. Buffers are left as they are, see the {@linkplain io.pipeflux.core contract of bytes}. Fails with an
     * {@link IllegalArgumentException} if the object's size is not known, and with an {@link
     * io.pipeflux.core.ObjectReadException} if it has more or fewer bytes.
     */
    public static Function<ObjectBytes, Flux<ByteBuffer>> wrap() {
        return wrap(PartHeader.MAX_BYTES);
    }

    static Function<ObjectBytes, Flux<ByteBuffer>> wrap(int maxPartBytes) {
        return object -> Wrapping.wrap(object, maxPartBytes);
    }

    /**
     * What the first bytes of an object tell about its dialect: {@link Dialect#CONCAT} if a part that is not the last
     * of its record has a length that is no multiple of four, as {@link Dialect#DMLC} never writes it. Nothing if there
     * is no such part: both dialects are possible then.
     *
     * @param firstBytes position to limit; left as it is, and may end anywhere
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
