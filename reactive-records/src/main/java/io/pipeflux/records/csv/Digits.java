package io.pipeflux.records.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads up to eight decimal digits at a time, out of eight bytes in a long whose first byte is the lowest.
 *
 * <pre>
 *   "12345,67"   count 5;   shifted up to  0 0 0 1 2 3 4 5;   neighbours joined: 0  1  23  45;  1  2345;  12345
 * </pre>
 */
final class Digits {

    /** The most digits at a time, and the bytes that must be there. */
    static final int MOST = 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ZEROS = 0x3030303030303030L;
    private static final long ABOVE_NINE = 0x7676767676767676L; // added to 10 or more, it sets the highest bit
    private static final long HIGHEST_BITS = 0x8080808080808080L;

    private Digits() {}

    /** Returns eight bytes, in which digits have become their values. */
    static long word(byte[] text, int at) {
        return (long) LONG.get(text, at) ^ ZEROS;
    }

    /** Returns how many digits the word begins with. */
    static int count(long word) {
        long others = (((word & ~HIGHEST_BITS) + ABOVE_NINE) | word) & HIGHEST_BITS;
        return Long.numberOfTrailingZeros(others) / Byte.SIZE; // of 0 there are 64
    }

    /** Returns the number that the first digits are; 0 for none. */
    static long value(long word, int count) {
        long digits = count == 0 ? 0 : word << ((MOST - count) * Byte.SIZE);
        long pairs = (digits * 10 + (digits >>> 8)) & 0x00ff00ff00ff00ffL;
        long fours = (pairs * 100 + (pairs >>> 16)) & 0x0000ffff0000ffffL;
        return (fours * 10_000 + (fours >>> 32)) & 0xffffffffL;
    }
}
