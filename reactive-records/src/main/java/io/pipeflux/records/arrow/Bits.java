package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Converts between Arrow's bitmaps and arrays with one byte, 0 or 1, for each bit. In a bitmap, the first bit is the
 * least significant bit of the first byte.
 */
final class Bits {

    private static final long EVERY_BYTE = 0x0101_0101_0101_0101L;
    private static final long EACH_ITS_BIT = 0x8040_2010_0804_0201L;
    private static final long HIGH_BITS = 0x7F7F_7F7F_7F7F_7F7FL;

    private Bits() {}

    static int bytes(int bits) {
        return (int) ((bits + 7L) / Byte.SIZE);
    }

    /** Returns an array with one byte, 0 or 1, for each of the first {@code count} bits. */
    static byte[] unpack(ByteBuffer bitmap, int count) {
        byte[] unpacked = new byte[count];
        ByteBuffer to = ByteBuffer.wrap(unpacked).order(ByteOrder.LITTLE_ENDIAN);
        int i = 0;
        for (; i + Byte.SIZE <= count; i += Byte.SIZE) {
            long bits = (bitmap.get(i / Byte.SIZE) & 0xFF) * EVERY_BYTE & EACH_ITS_BIT;
            to.putLong(i, (bits + HIGH_BITS | bits) >>> 7 & EVERY_BYTE); // turns each nonzero byte into 1
        }
        for (; i < count; i++) {
            unpacked[i] = (byte) (bitmap.get(i / Byte.SIZE) >> i % Byte.SIZE & 1);
        }
        return unpacked;
    }

    /** Returns the bitmap for bytes that are 0 or 1. Reads the buffer from index 0 to its limit. */
    static ByteBuffer pack(ByteBuffer unpacked) {
        ByteBuffer bitmap = ByteBuffer.allocate(bytes(unpacked.limit()));
        for (int i = 0; i < unpacked.limit(); i++) {
            int at = i / Byte.SIZE;
            bitmap.put(at, (byte) (bitmap.get(at) | unpacked.get(i) << i % Byte.SIZE));
        }
        return bitmap;
    }

    /** Returns the given array, or null if the array contains no 0. */
    static byte @Nullable [] unlessAllSet(byte[] unpacked) {
        for (byte bit : unpacked) {
            if (bit == 0) {
                return unpacked;
            }
        }
        return null;
    }

    static int countZeros(byte[] unpacked) {
        int zeros = 0;
        for (byte bit : unpacked) {
            zeros += 1 - bit;
        }
        return zeros;
    }

    /**
     * Combines the validity of lists with the validity of the values in the lists. If {@code lists} is null, all lists
     * are valid. If {@code values} is null, all values are valid.
     *
     * @param listSize the number of values in each list
     * @return an array that contains 1 for each valid value in a valid list and 0 for all other values; null if it
     *     would contain no 0
     */
    static byte @Nullable [] and(byte @Nullable [] lists, int listSize, byte @Nullable [] values) {
        if (lists == null) {
            return values;
        }
        byte[] both = new byte[lists.length * listSize];
        for (int i = 0; i < both.length; i++) {
            both[i] = values == null ? lists[i / listSize] : (byte) (lists[i / listSize] & values[i]);
        }
        return both;
    }
}
