package io.pipeflux.records.internal;

import io.pipeflux.core.internal.Utf8;
import io.pipeflux.records.batch.DType;

/** Determines whether the values of a type can represent the default of a field. */
public final class DefaultFits {

    private DefaultFits() {}

    /** Returns whether a type of floating-point numbers has the number, rounded to the nearest, in its range. */
    public static boolean in(DType dtype, double value) {
        float rounded = (float) value;
        boolean inFloats = (rounded != 0 || value == 0) && (!Float.isInfinite(rounded) || Double.isInfinite(value));
        return dtype == DType.FLOAT64 || (dtype == DType.FLOAT32 && inFloats);
    }

    /** Returns whether a type of numbers has exactly this integer. */
    public static boolean in(DType dtype, long value) {
        return switch (dtype) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64 ->
                value >= IntegerTypes.least(dtype) && value <= IntegerTypes.most(dtype);
            case FLOAT32 -> isExact((float) value, value);
            case FLOAT64 -> isExact((double) value, value);
            case FLOAT16, BFLOAT16, BOOL, BYTES, UTF8 -> false;
        };
    }

    /** Returns whether a type of byte strings has these bytes. Text must be UTF-8. */
    public static boolean in(DType dtype, byte[] value) {
        return dtype == DType.BYTES || (dtype == DType.UTF8 && Utf8.isLegal(value, 0, value.length));
    }

    /** Returns whether a conversion was exact. 2^63 is excluded because converting it back gives the largest long. */
    private static boolean isExact(double converted, long value) {
        return converted != 0x1p63 && (long) converted == value;
    }
}
