package io.pipeflux.records.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Parses up to eight decimal digits in parallel. The digits are in one long, with the first digit in the lowest byte.
 *
 * <pre>
 *   "12345,67" has 5 digits, shifted to the end   0 0 0 1 2 3 4 5
 *   neighboring digits joined to pairs            0   1   23  45
 *   neighboring pairs joined                      1       2345
 *   both halves joined                            12345
 * </pre>
 */
final class Digits {

    /** The maximum number of digits, and the number of bytes that {@link #word} reads. */
    static final int MOST = 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ZEROS = 0x3030303030303030L;
    // adding this constant to a word sets the highest bit of each byte that is at least 10
    private static final long ABOVE_NINE = 0x7676767676767676L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;

    private Digits() {}

    /**
     * Returns eight bytes of text as a long in which each byte that is a digit has been replaced by the digit's value.
     */
    static long word(byte[] text, int at) {
        return (long) LONG.get(text, at) ^ ZEROS;
    }

    /** Returns the number of digits at the beginning of the word. */
    static int count(long word) {
        long others = (((word & ~HIGHEST_BITS) + ABOVE_NINE) | word) & HIGHEST_BITS;
        // if all bytes are digits, "others" is 0, and the result is 8
        return Long.numberOfTrailingZeros(others) / Byte.SIZE;
    }

    /** Returns the number formed by the first {@code count} digits, or 0 if {@code count} is 0. */
    static long value(long word, int count) {
        long digits = count == 0 ? 0 : word << ((MOST - count) * Byte.SIZE);
        long pairs = (digits * 10 + (digits >>> 8)) & 0x00ff00ff00ff00ffL;
        long fours = (pairs * 100 + (pairs >>> 16)) & 0x0000ffff0000ffffL;
        return (fours * 10_000 + (fours >>> 32)) & 0xffffffffL;
    }
}
