package io.pipeflux.records.tfrecord;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Reads and writes TensorFlow's TFRecord format (tensorflow/core/lib/io/record_reader.cc). A file consists of frames
 * and has no header, so files can be concatenated freely. All numbers are little-endian.
 *
 * <pre>
 *    0               8          12                  12+length    16+length
 *   +---------------+----------+-------------------+------------+
 *   | length (8)    | crc (4)  | data (length)     | crc (4)    |
 *   +---------------+----------+-------------------+------------+
 *                    of the length                  of the data
 *
 *   crc = rotateRight(CRC32C(bytes), 15) + 0xa282ead8
 * </pre>
 *
 * <p>A record may be empty. Both checksums are verified. The checksum of the length is verified before the length is
 * used. A wrong checksum causes a {@link io.pipeflux.core.CorruptRecordException} with the record's position, and so
 * does a length of more than {@link FrameFormat#maxRecordBytes(long)} (256 MiB by default). Input that ends inside a
 * record causes a {@link io.pipeflux.core.TruncatedInputException}.
 */
public final class TfRecords {

    private static final FrameFormat<RawRecord> FORMAT = FrameFormat.of("TFRecord", TfRecordDecoder::new);

    private TfRecords() {}

    /**
     * Returns the format. To change the maximum record length or the compression, use the methods of {@link
     * FrameFormat}.
     */
    public static FrameFormat<RawRecord> format() {
        return FORMAT;
    }

    /** Decodes one stream, such as an epoch read from a pipe. Equivalent to {@code format().decode()}. */
    public static Function<Flux<ByteBuffer>, Flux<RawRecord>> decode() {
        return FORMAT.decode();
    }

    /** Decodes each object of an epoch separately. Equivalent to {@code format().decodeObjects()}. */
    public static Function<Flux<ObjectBytes>, Flux<RawRecord>> decodeObjects() {
        return FORMAT.decodeObjects();
    }

    /**
     * Returns the boundaries between the records of an object, so that several readers can share the object. Without an
     * index, a TFRecord object cannot be divided and must be read as {@linkplain RecordBorders#whole one range},
     * because the format has no marker at the beginning of a record, and a payload may contain bytes that look like a
     * record.
     *
     * @param index the object's index
     */
    public static RecordBorders borders(RecordIndex index) {
        return RecordBorders.indexed(FORMAT, index);
    }

    /**
     * Returns the length in bytes of the frame that {@link #encode} writes for a payload. The payload consists of the
     * bytes between the buffer's position and limit. This method is useful for writing an index of records.
     */
    public static long encodedBytes(ByteBuffer payload) {
        return TfRecordDecoder.HEADER_BYTES + (long) payload.remaining() + TfRecordDecoder.FOOTER_BYTES;
    }

    /**
     * Encodes each payload as a frame. Emits one new buffer per payload, on the thread that emitted the payload, and
     * passes the downstream demand upstream unchanged. Copies the payload's bytes between position and limit, and does
     * not modify the payload's buffer (see the {@linkplain io.pipeflux.core contract of bytes}).
     */
    public static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode() {
        return payloads -> Flux.defer(() -> {
            TfRecordEncoder encoder = new TfRecordEncoder();
            return Guarded.map(payloads, encoder::encode);
        });
    }
}
