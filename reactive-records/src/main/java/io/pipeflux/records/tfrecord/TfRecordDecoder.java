package io.pipeflux.records.tfrecord;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.internal.LeavesChunks;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Decodes TFRecords from a byte stream and verifies both checksums. {@link TfRecords} shows the layout of a record. */
final class TfRecordDecoder implements FrameDecoder<RawRecord>, LeavesChunks {

    static final int LENGTH_BYTES = Long.BYTES;
    static final int HEADER_BYTES = LENGTH_BYTES + Integer.BYTES;
    static final int FOOTER_BYTES = Integer.BYTES;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final MaskedCrc32c checksum = new MaskedCrc32c();

    // The latest valid length and its checksum, initially those of an empty record. Most records are as long as the
    // previous record, and then the checksum of the length need not be computed again.
    private long knownLength = 0;
    private int knownLengthCrc = 0x07980329;

    @Override
    public @Nullable RawRecord decode(FrameBuffer in) {
        if (!in.ensure(HEADER_BYTES)) {
            return null;
        }
        long length = (long) LONG.get(in.array(), in.position());
        checkLength(in, length, (int) INT.get(in.array(), in.position() + LENGTH_BYTES));
        int frameBytes = HEADER_BYTES + (int) length + FOOTER_BYTES;
        if (!in.ensure(frameBytes)) {
            return null;
        }
        checkData(in, (int) length);
        return in.record(frameBytes, HEADER_BYTES, (int) length);
    }

    private void checkLength(FrameBuffer in, long length, int found) {
        if (length == knownLength && found == knownLengthCrc) {
            return;
        }
        int expected = checksum.of(in.array(), in.position(), LENGTH_BYTES);
        if (found != expected) {
            throw in.corrupt(wrongChecksum("length", expected, found));
        }
        in.checkLength(length);
        knownLength = length;
        knownLengthCrc = found;
    }

    private void checkData(FrameBuffer in, int length) {
        int data = in.position() + HEADER_BYTES;
        int expected = checksum.of(in.array(), data, length);
        int found = (int) INT.get(in.array(), data + length);
        if (found != expected) {
            // The length has been verified by a separate checksum, so the position of the next record is known.
            throw in.corruptFrame(HEADER_BYTES + length + FOOTER_BYTES, wrongChecksum("data", expected, found));
        }
    }

    private static String wrongChecksum(String of, int expected, int found) {
        return String.format(
                Locale.ROOT,
                "corrupted record: the checksum of its %s is 0x%08x but the record says 0x%08x",
                of,
                expected,
                found);
    }
}
