package io.pipeflux.records.internal;

import io.pipeflux.core.internal.Utf8;
import io.pipeflux.records.batch.DType;

/** Checks whether a field's default fits the type of the field. */
public final class DefaultFits {

    private DefaultFits() {}

    /**
     * Returns whether the type is a floating-point type whose range contains the number. The type need not represent
     * the number exactly.
     */
    public static boolean in(DType dtype, double value) {
        float rounded = (float) value;
        boolean inFloats = (rounded != 0 || value == 0) && (!Float.isInfinite(rounded) || Double.isInfinite(value));
        return dtype == DType.FLOAT64 || (dtype == DType.FLOAT32 && inFloats);
    }

    /** Returns whether the type is a numeric type that can represent the integer exactly. */
    public static boolean in(DType dtype, long value) {
        return switch (dtype) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64 ->
                value >= IntegerTypes.least(dtype) && value <= IntegerTypes.most(dtype);
            case FLOAT32 -> isExact((float) value, value);
            case FLOAT64 -> isExact((double) value, value);
            case FLOAT16, BFLOAT16, BOOL, BYTES, UTF8 -> false;
        };
    }

    /** Returns whether the type is {@code BYTES}, or is {@code UTF8} and the bytes are valid UTF-8. */
    public static boolean in(DType dtype, byte[] value) {
        return dtype == DType.BYTES || (dtype == DType.UTF8 && Utf8.isLegal(value, 0, value.length));
    }

    /**
     * Returns whether the conversion of an integer was exact. A result of 2^63 is never exact. This case is checked
     * separately, because converting 2^63 back to a long gives {@link Long#MAX_VALUE}, which can equal the original
     * integer.
     */
    private static boolean isExact(double converted, long value) {
        return converted != 0x1p63 && (long) converted == value;
    }
}
