package io.pipeflux.records.batch;

import io.pipeflux.core.internal.Halves;
import java.nio.ByteBuffer;

/** Reads numbers of any type from the little-endian memory of a column. */
final class Numbers {

    private Numbers() {}

    /** Returns whether a long can represent all values of the type. */
    static boolean areLongs(DType dtype) {
        return switch (dtype) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, BOOL -> true;
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, BYTES, UTF8 -> false;
        };
    }

    /** Returns whether an int can represent all values of the type. */
    static boolean areInts(DType dtype) {
        return areLongs(dtype) && dtype != DType.INT64 && dtype != DType.UINT32;
    }

    static long integer(DType dtype, ByteBuffer values, int i) {
        return switch (dtype) {
            case INT8 -> values.get(i);
            case UINT8, BOOL -> values.get(i) & 0xFF;
            case INT16 -> values.getShort(i * Short.BYTES);
            case UINT16 -> values.getShort(i * Short.BYTES) & 0xFFFF;
            case INT32 -> values.getInt(i * Integer.BYTES);
            case UINT32 -> values.getInt(i * Integer.BYTES) & 0xFFFF_FFFFL;
            case INT64 -> values.getLong(i * Long.BYTES);
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, BYTES, UTF8 -> throw new IllegalStateException(dtype.name());
        };
    }

    static double number(DType dtype, ByteBuffer values, int i) {
        return switch (dtype) {
            case FLOAT16 -> Halves.half(values.getShort(i * Short.BYTES));
            case BFLOAT16 -> Halves.brain(values.getShort(i * Short.BYTES));
            case FLOAT32 -> values.getFloat(i * Float.BYTES);
            case FLOAT64 -> values.getDouble(i * Double.BYTES);
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, BOOL, BYTES, UTF8 ->
                (double) integer(dtype, values, i);
        };
    }

    /** Returns the float nearest to a number. The number is rounded only once, that is, not to a double first. */
    static float toFloat(DType dtype, ByteBuffer values, int i) {
        return dtype == DType.INT64 ? (float) values.getLong(i * Long.BYTES) : (float) number(dtype, values, i);
    }
}
