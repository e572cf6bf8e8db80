package io.pipeflux.records.tfrecord;

import java.util.zip.CRC32C;

/**
 * Computes the checksum of TFRecords: CRC32C, rotated right by 15 bits, plus a constant. This masking avoids a weakness
 * of CRCs: the plain CRC of any bytes followed by their own CRC is always the same number. Not thread-safe.
 */
final class MaskedCrc32c {

    private static final int MASK = 0xa282ead8;

    private final CRC32C crc = new CRC32C();

    /** Returns the checksum of {@code count} bytes of an array. */
    int of(byte[] array, int from, int count) {
        crc.reset();
        crc.update(array, from, count);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }
}
