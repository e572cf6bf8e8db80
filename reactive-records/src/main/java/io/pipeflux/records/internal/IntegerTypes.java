package io.pipeflux.records.internal;

import io.pipeflux.records.batch.DType;

/** Defines which types are integer types, and their ranges. */
public final class IntegerTypes {

    private IntegerTypes() {}

    /** Returns whether the type is an integer type. {@code BOOL} is not an integer type. */
    public static boolean isInteger(DType dtype) {
        return switch (dtype) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64 -> true;
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, BOOL, BYTES, UTF8 -> false;
        };
    }

    /** Returns the smallest value of an integer type, or 0 for other types. */
    public static long least(DType dtype) {
        return switch (dtype) {
            case INT8 -> Byte.MIN_VALUE;
            case INT16 -> Short.MIN_VALUE;
            case INT32 -> Integer.MIN_VALUE;
            case INT64 -> Long.MIN_VALUE;
            default -> 0;
        };
    }

    /** Returns the largest value of an integer type, or 0 for other types. */
    public static long most(DType dtype) {
        return switch (dtype) {
            case INT8 -> Byte.MAX_VALUE;
            case UINT8 -> 0xFF;
            case INT16 -> Short.MAX_VALUE;
            case UINT16 -> 0xFFFF;
            case INT32 -> Integer.MAX_VALUE;
            case UINT32 -> 0xFFFF_FFFFL;
            case INT64 -> Long.MAX_VALUE;
            default -> 0;
        };
    }
}
