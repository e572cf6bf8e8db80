package io.pipeflux.records.batch;

/** Floating-point numbers of 16 bits as floats, which have all of them exactly. */
final class Halves {

    private static final int FRACTION = 10;
    private static final int EXPONENTS = 0x1F;
    private static final int MORE_FRACTION = 23 - FRACTION;
    private static final int MORE_BIAS = 127 - 15;
    private static final float SUBNORMAL = 0x1p-24f;

    private Halves() {}

    /** IEEE 754 half precision; a NaN keeps the bits of its fraction. */
    static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >> FRACTION & EXPONENTS;
        int fraction = bits & (1 << FRACTION) - 1;
        if (exponent == 0) {
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * SUBNORMAL));
        }
        int wide = exponent == EXPONENTS ? 0xFF : exponent + MORE_BIAS;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << MORE_FRACTION);
    }

    /** The upper half of a float. */
    static float brain(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
