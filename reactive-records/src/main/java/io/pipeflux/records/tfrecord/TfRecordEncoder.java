package io.pipeflux.records.tfrecord;

import static io.pipeflux.records.tfrecord.TfRecordDecoder.FOOTER_BYTES;
import static io.pipeflux.records.tfrecord.TfRecordDecoder.HEADER_BYTES;
import static io.pipeflux.records.tfrecord.TfRecordDecoder.LENGTH_BYTES;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Encodes payloads as TFRecord frames. {@link TfRecords} shows the layout of a frame. Not thread-safe. */
final class TfRecordEncoder {

    private static final int MAX_PAYLOAD_BYTES = Integer.MAX_VALUE - 63;

    private final MaskedCrc32c checksum = new MaskedCrc32c();

    /** Returns a new heap buffer that contains the whole frame. The payload's buffer is not modified. */
    ByteBuffer encode(ByteBuffer payload) {
        int length = payload.remaining();
        if (length > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "expected a payload of at most " + MAX_PAYLOAD_BYTES + " bytes, but got " + length);
        }
        byte[] frame = new byte[HEADER_BYTES + length + FOOTER_BYTES];
        payload.duplicate().get(frame, HEADER_BYTES, length);
        ByteBuffer numbers = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        numbers.putLong(0, length);
        numbers.putInt(LENGTH_BYTES, checksum.of(frame, 0, LENGTH_BYTES));
        numbers.putInt(HEADER_BYTES + length, checksum.of(frame, HEADER_BYTES, length));
        return ByteBuffer.wrap(frame);
    }
}
