package io.pipeflux.records.example;

import io.pipeflux.core.internal.Halves;
import io.pipeflux.core.internal.Utf8;
import io.pipeflux.records.batch.DType;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The default or padding values of a feature. Converts these values to the bytes of a column. It is an error if the
 * column's type cannot represent an integer exactly, or if a floating-point number is outside the range of the column's
 * type. Fractions are rounded to the nearest value of the type, as in all floating-point columns. Immutable.
 */
final class FillValues {

    /** The values, as {@code double[]}, {@code long[]} or {@code byte[][]}. */
    private final Object values;

    private FillValues(Object values) {
        this.values = values;
    }

    static FillValues of(double... values) {
        return new FillValues(values.clone());
    }

    static FillValues of(long... values) {
        return new FillValues(values.clone());
    }

    static FillValues of(byte[]... values) {
        return new FillValues(Arrays.stream(values).map(byte[]::clone).toArray(byte[][]::new));
    }

    int count() {
        return Array.getLength(values);
    }

    /**
     * Returns the bytes that represent the values in a column. For numbers, the result is one array that contains the
     * bytes of all values. For byte strings, the result is one array per value.
     *
     * @throws IllegalArgumentException if the type cannot represent a value
     */
    byte[][] bytes(String name, DType dtype) {
        if (values instanceof byte[][] strings) {
            return strings(name, dtype, strings);
        }
        if (dtype.hasOffsets()) {
            throw wrongType(name, dtype, values instanceof long[] ? "integers" : "floating-point numbers");
        }
        byte[] array = new byte[count() * dtype.bytes()];
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        if (values instanceof long[] integers) {
            for (long value : integers) {
                put(bytes, name, dtype, value);
            }
        } else {
            for (double value : (double[]) values) {
                put(bytes, name, dtype, value);
            }
        }
        return new byte[][] {array};
    }

    private static byte[][] strings(String name, DType dtype, byte[][] strings) {
        if (!dtype.hasOffsets()) {
            throw wrongType(name, dtype, "byte strings");
        }
        for (byte[] string : strings) {
            if (dtype == DType.UTF8 && !Utf8.isLegal(string, 0, string.length)) {
                throw new IllegalArgumentException(
                        "feature \"" + name + "\": expected valid UTF-8 as the default of UTF8, but got other bytes");
            }
        }
        return strings;
    }

    private static void put(ByteBuffer bytes, String name, DType dtype, double value) {
        switch (dtype) {
            case FLOAT64 -> bytes.putDouble(value);
            case FLOAT32 -> bytes.putFloat((float) inRange(name, dtype, (float) value, value));
            case FLOAT16, BFLOAT16 -> {
                short half = half(dtype, value);
                inRange(name, dtype, number(dtype, half), value);
                bytes.putShort(half);
            }
            default -> throw wrongType(name, dtype, "floating-point numbers");
        }
    }

    private static void put(ByteBuffer bytes, String name, DType dtype, long value) {
        switch (dtype) {
            case FLOAT64 -> bytes.putDouble(exact(name, dtype, (double) value, value));
            case FLOAT32 -> bytes.putFloat((float) exact(name, dtype, (float) value, value));
            case FLOAT16, BFLOAT16 -> {
                short half = half(dtype, (double) value);
                exact(name, dtype, number(dtype, half), value);
                bytes.putShort(half);
            }
            case INT64 -> bytes.putLong(value);
            case INT32 -> bytes.putInt((int) inRange(name, dtype, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT32 -> bytes.putInt((int) inRange(name, dtype, value, 0, 0xFFFF_FFFFL));
            case INT16 -> bytes.putShort((short) inRange(name, dtype, value, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT16 -> bytes.putShort((short) inRange(name, dtype, value, 0, 0xFFFF));
            case INT8 -> bytes.put((byte) inRange(name, dtype, value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> bytes.put((byte) inRange(name, dtype, value, 0, 0xFF));
            case BOOL -> bytes.put((byte) inRange(name, dtype, value, 0, 1));
            case BYTES, UTF8 -> throw wrongType(name, dtype, "integers");
        }
    }

    private static short half(DType dtype, double value) {
        return dtype == DType.FLOAT16 ? Halves.toHalf(value) : Halves.toBrain(value);
    }

    private static double number(DType dtype, short half) {
        return dtype == DType.FLOAT16 ? Halves.half(half) : Halves.brain(half);
    }

    private static long inRange(String name, DType dtype, long value, long least, long most) {
        if (value < least || value > most) {
            throw outOfRange(name, dtype, "an integer from " + least + " to " + most, value);
        }
        return value;
    }

    private static double inRange(String name, DType dtype, double rounded, double value) {
        boolean lost = (rounded == 0 && value != 0) || (Double.isInfinite(rounded) && !Double.isInfinite(value));
        if (lost) {
            throw outOfRange(name, dtype, "a number in the range of its type", value);
        }
        return rounded;
    }

    /**
     * Checks that the conversion of an integer was exact. A result of 2^63 is never exact. This case is checked
     * separately, because converting 2^63 back to a long gives {@link Long#MAX_VALUE}, which can equal the original
     * integer.
     */
    private static double exact(String name, DType dtype, double converted, long value) {
        if (converted == 0x1p63 || (long) converted != value || Double.isInfinite(converted)) {
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
                "feature \"" + name + "\": expected a default of " + dtype + ", but got " + found);
    }
}
