package io.pipeflux.s3;

/**
 * Computes the CRC of two concatenated byte sequences from their two CRCs, without the bytes. It supports reflected
 * CRCs of up to 64 bits whose initial value and final XOR have all bits set, such as CRC32, CRC32C and CRC64NVME.
 *
 * <p>A CRC is a polynomial over GF(2), modulo the polynomial of its kind. The highest bit is the coefficient of x^0.
 * Appending n bytes multiplies the CRC by x^8n.
 */
final class CrcCombination {

    private final long polynomial;
    private final long one;

    /** @param polynomial the polynomial in reflected form */
    CrcCombination(int bits, long polynomial) {
        this.polynomial = polynomial;
        this.one = 1L << (bits - 1);
    }

    /**
     * Returns the CRC of the concatenation.
     *
     * @param lengthOfSecond the number of bytes of the second sequence
     */
    long combine(long first, long second, long lengthOfSecond) {
        return product(powerOfX8(lengthOfSecond), first) ^ second;
    }

    private long powerOfX8(long exponent) {
        long power = one;
        long square = one >>> Byte.SIZE;
        for (long left = exponent; left != 0; left >>>= 1) {
            if ((left & 1) != 0) {
                power = product(power, square);
            }
            square = product(square, square);
        }
        return power;
    }

    private long product(long a, long b) {
        long product = 0;
        long shifted = b;
        for (long bit = one; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
        }
        return product;
    }
}
