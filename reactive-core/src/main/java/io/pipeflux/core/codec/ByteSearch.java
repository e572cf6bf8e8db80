package io.pipeflux.core.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds a byte in an array, comparing eight bytes at a time. */
final class ByteSearch {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private ByteSearch() {}

    /**
     * Returns the index of the first byte with the given value, from {@code from} to {@code to - 1}, or -1 if there is
     * none.
     */
    static int indexOf(byte[] array, int from, int to, byte value) {
        long eightTimes = (value & 0xff) * ONES;
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long zeroWhereEqual = (long) LONG.get(array, at) ^ eightTimes;
            // The result has the high bit set in each byte that is zero in zeroWhereEqual. After the first such byte,
            // the high bit of other bytes may also be set. Therefore, only the lowest set bit is used.
            long found = (zeroWhereEqual - ONES) & ~zeroWhereEqual & HIGH_BITS;
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        for (; at < to; at++) {
            if (array[at] == value) {
                return at;
            }
        }
        return -1;
    }
}
