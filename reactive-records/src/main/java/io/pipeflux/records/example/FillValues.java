package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Default and padding values as the bytes of a column. An integer that the column's type does not have exactly is
 * refused, and so is a floating-point number beyond its range; fractions are rounded to the nearest, as in all
 * floating-point columns.
 */
final class FillValues {

    private FillValues() {}

    static byte[] of(String name, DType dtype, double... values) {
        if (dtype != DType.FLOAT32 && dtype != DType.FLOAT64) {
            throw wrongType(name, dtype, "floating-point numbers");
        }
        byte[] array = new byte[values.length * dtype.bytes()];
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            if (dtype == DType.FLOAT32) {
                bytes.putFloat(inRange(name, value));
            } else {
                bytes.putDouble(value);
            }
        }
        return array;
    }

    static byte[] of(String name, DType dtype, long... values) {
        byte[] array = new byte[values.length * dtype.bytes()];
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            switch (dtype) {
                case FLOAT32 -> bytes.putFloat((float) exact(name, dtype, (float) value, value));
                case FLOAT64 -> bytes.putDouble(exact(name, dtype, (double) value, value));
                case INT32 -> bytes.putInt((int) inRange(name, dtype, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case INT64 -> bytes.putLong(value);
                case UINT8 -> bytes.put((byte) inRange(name, dtype, value, 0, 0xFF));
                case INT8 -> bytes.put((byte) inRange(name, dtype, value, Byte.MIN_VALUE, Byte.MAX_VALUE));
                case INT16 -> bytes.putShort((short) inRange(name, dtype, value, Short.MIN_VALUE, Short.MAX_VALUE));
                case UINT16 -> bytes.putShort((short) inRange(name, dtype, value, 0, 0xFFFF));
                case UINT32 -> bytes.putInt((int) inRange(name, dtype, value, 0, 0xFFFF_FFFFL));
                case BOOL -> bytes.put((byte) inRange(name, dtype, value, 0, 1));
                case FLOAT16, BFLOAT16, BYTES, UTF8 -> throw wrongType(name, dtype, "integers");
            }
        }
        return array;
    }

    private static long inRange(String name, DType dtype, long value, long least, long most) {
        if (value < least || value > most) {
            throw outOfRange(name, dtype, "an integer from " + least + " to " + most, value);
        }
        return value;
    }

    private static float inRange(String name, double value) {
        float rounded = (float) value;
        boolean lost = (rounded == 0 && value != 0) || (Float.isInfinite(rounded) && !Double.isInfinite(value));
        if (lost) {
            throw outOfRange(name, DType.FLOAT32, "a number in the range of its type", value);
        }
        return rounded;
    }

    /** 2^63 is not a long: converted back, it would be the largest. */
    private static double exact(String name, DType dtype, double converted, long value) {
        if (converted == 0x1p63 || (long) converted != value) {
            throw outOfRange(name, dtype, "an integer that its type has exactly", value);
        }
        return converted;
    }

    private static IllegalArgumentException outOfRange(String name, DType dtype, String expected, Object found) {
        return new IllegalArgumentException("feature \"" + name + "\": expected as the default of " + dtype + " "
                + expected + ", but got " + found);
    }

    private static IllegalArgumentException wrongType(String name, DType dtype, String found) {
        return new IllegalArgumentException(
                "feature \"" + name + "\": a default of " + dtype + " required but it was of " + found);
    }
}
