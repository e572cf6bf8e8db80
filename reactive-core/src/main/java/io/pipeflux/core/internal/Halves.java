package io.pipeflux.core.internal;

/**
 * Converts 16-bit floating-point numbers of two formats, half precision and bfloat16 ("brain float"). A float can
 * represent each of them exactly.
 *
 * <pre>
 *   half    | sign | exponent: 5 bits | fraction: 10 bits |     IEEE 754
 *   brain   | sign | exponent: 8 bits | fraction:  7 bits |     the upper half of a float
 * </pre>
 */
public final class Halves {

    private static final int HALF_FRACTION = 10;
    private static final int HALF_BIAS = 15;
    private static final int HALF_INFINITY = 0x7C00;
    private static final int BRAIN_FRACTION = 7;
    private static final int BRAIN_BIAS = 127;
    private static final int BRAIN_INFINITY = 0x7F80;
    private static final int DOUBLE_FRACTION = 52;
    private static final float SUBNORMAL = 0x1p-24f;

    private Halves() {}

    /** Returns the value of a half-precision number. A NaN keeps the bits of its fraction. */
    public static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int magnitude = bits & 0x7FFF;
        if (magnitude < 1 << HALF_FRACTION) {
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude * SUBNORMAL));
        }
        int wide = magnitude + ((BRAIN_BIAS - HALF_BIAS) << HALF_FRACTION);
        if (magnitude >= HALF_INFINITY) {
            wide = magnitude + ((0xFF - 0x1F) << HALF_FRACTION);
        }
        return Float.intBitsToFloat(sign | (wide << (23 - HALF_FRACTION)));
    }

    /** Returns the value of a bfloat16 number. The number's bits are the upper half of the resulting float. */
    public static float brain(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /**
     * Returns the half-precision number that is nearest to a number, with ties to even. If the number is too large,
     * returns infinity.
     */
    public static short toHalf(double value) {
        return rounded(value, HALF_FRACTION, HALF_BIAS, HALF_INFINITY);
    }

    /**
     * Returns the bfloat16 number that is nearest to a number, with ties to even. If the number is too large, returns
     * infinity.
     */
    public static short toBrain(double value) {
        return rounded(value, BRAIN_FRACTION, BRAIN_BIAS, BRAIN_INFINITY);
    }

    private static short rounded(double value, int fraction, int bias, int infinity) {
        long bits = Double.doubleToRawLongBits(value);
        int sign = (int) (bits >>> 48) & 0x8000;
        if (Double.isNaN(value)) {
            int kept = (int) (bits >>> (DOUBLE_FRACTION - fraction)) & ((1 << fraction) - 1);
            return (short) (sign | infinity | (1 << (fraction - 1)) | kept);
        }
        double magnitude = Math.abs(value);
        int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
        if (exponent > bias) {
            return (short) (sign | infinity);
        }
        int units = (int) Math.rint(magnitude * Math.scalb(1.0, fraction - exponent));
        return (short)
                // rounding up may carry into the exponent, and even result in infinity
                (sign | ((exponent + bias - 1) << fraction) + units);
    }
}
