package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** TFRecords; with option 0 their checksums are put right, or none would get past them. */
class TfRecordsFuzzTest {

    private static final int HEADER = 12;
    private static final int FOOTER = 4;

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        if (input.option(0)) {
            input = input.with(withChecksums(input.data()));
        }
        FuzzCheck.decodes(input, TfRecords.format(), 512, FuzzRecords::hash);
    }

    private static byte[] withChecksums(byte[] data) {
        ByteBuffer frames = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (at + HEADER <= data.length) {
            frames.putInt(at + Long.BYTES, masked(data, at, Long.BYTES));
            long length = frames.getLong(at);
            if (length < 0 || length > data.length - at - HEADER - FOOTER) {
                return data;
            }
            frames.putInt(at + HEADER + (int) length, masked(data, at + HEADER, (int) length));
            at += HEADER + (int) length + FOOTER;
        }
        return data;
    }

    private static int masked(byte[] data, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(data, from, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }
}
