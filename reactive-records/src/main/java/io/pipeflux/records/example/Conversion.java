package io.pipeflux.records.example;

import io.pipeflux.core.internal.Halves;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Converts numbers from one type to another, directly from the wire to a column.
 *
 * <pre>
 *   integers          to integers          unchanged; an integer outside the range of the type does not fit
 *   integers, floats  to floating-point    rounded once, to the nearest value; with a scale, the product is computed
 *                                          as a double and then rounded. A finite number that would become infinite
 *                                          does not fit
 * </pre>
 */
final class Conversion {

    private static final int VALUES_OF_A_BYTE = 256;

    private final DType source;
    private final DType target;
    private final boolean swapped;
    private final double scale;
    private final boolean integers; // whether both types are integer types
    private final boolean same;
    private final float @Nullable [] table; // the results for all values of a one-byte source type, or null

    /**
     * Creates a conversion.
     *
     * @param swapped whether numbers on the wire are big-endian
     */
    Conversion(DType source, DType target, double scale, boolean swapped) {
        this.source = source;
        this.target = target;
        this.scale = scale;
        this.swapped = swapped;
        this.integers = !isFloating(target);
        this.same = source == target && scale == 1 && target != DType.BOOL;
        this.table = target == DType.FLOAT32 && source.bytes() == 1 && source != DType.BOOL ? table() : null;
    }

    private float[] table() {
        float[] all = new float[VALUES_OF_A_BYTE];
        IntStream.range(0, all.length).forEach(i -> all[i] = (float) ((source == DType.INT8 ? (byte) i : i) * scale));
        return all;
    }

    static boolean isFloating(DType dtype) {
        return dtype == DType.FLOAT32 || dtype == DType.FLOAT64 || dtype == DType.FLOAT16 || dtype == DType.BFLOAT16;
    }

    /**
     * Converts consecutive numbers.
     *
     * @param to the byte index in {@code column} at which the first number is written
     * @return the index of the first number that does not fit, or -1 if all numbers fit. If a number does not fit, the
     *     numbers after it might not be written to the column
     */
    int numbers(byte[] wire, int from, int count, ByteBuffer column, int to) {
        if (same) {
            int bytes = count * source.bytes();
            column.put(to, wire, from, bytes);
            if (swapped) {
                LittleEndian.swap(column, source.bytes(), to, to + bytes);
            }
            return -1;
        }
        if (target == DType.FLOAT32 && !swapped) {
            float[] floats = table;
            if (floats != null) {
                for (int i = 0; i < count; i++) {
                    column.putFloat(to + i * Float.BYTES, floats[wire[from + i] & 0xFF]);
                }
                return -1;
            }
            if (source == DType.FLOAT64) {
                return doubles(wire, from, count, column, to);
            }
        }
        for (int i = 0; i < count; i++) {
            int at = from + i * source.bytes();
            int next = to + i * target.bytes();
            if (!(integers ? put(integer(wire, at), column, next) : put(number(wire, at), column, next))) {
                return i;
            }
        }
        return -1;
    }

    private int doubles(byte[] wire, int from, int count, ByteBuffer column, int to) {
        for (int i = 0; i < count; i++) {
            double value = Double.longBitsToDouble(LittleEndian.getLong(wire, from + i * Double.BYTES));
            float rounded = (float) (value * scale);
            if (Float.isInfinite(rounded) && !Double.isInfinite(value)) {
                return i;
            }
            column.putFloat(to + i * Float.BYTES, rounded);
        }
        return -1;
    }

    /** Converts an integer, and returns whether the result fits the target type. */
    boolean integer(long value, ByteBuffer column, int to) {
        if (integers) {
            return put(value, column, to);
        }
        if (target == DType.FLOAT32 && scale == 1) {
            column.putFloat(to, (float) value); // rounded only once
            return true;
        }
        return put(inDouble(value), column, to);
    }

    /** Returns a number as text for an error message. */
    String text(byte[] wire, int from, int index) {
        int at = from + index * source.bytes();
        return isFloating(source) ? Double.toString(number(wire, at)) : Long.toString(integer(wire, at));
    }

    private long bits(byte[] wire, int at) {
        return switch (source.bytes()) {
            case 1 -> wire[at];
            case Short.BYTES -> {
                short bits = LittleEndian.getShort(wire, at);
                yield swapped ? Short.reverseBytes(bits) : bits;
            }
            case Integer.BYTES -> {
                int bits = LittleEndian.getInt(wire, at);
                yield swapped ? Integer.reverseBytes(bits) : bits;
            }
            default -> {
                long bits = LittleEndian.getLong(wire, at);
                yield swapped ? Long.reverseBytes(bits) : bits;
            }
        };
    }

    private long integer(byte[] wire, int at) {
        long bits = bits(wire, at);
        return switch (source) {
            case UINT8, BOOL -> bits & 0xFF;
            case UINT16 -> bits & 0xFFFF;
            case UINT32 -> bits & 0xFFFF_FFFFL;
            default -> bits;
        };
    }

    private double number(byte[] wire, int at) {
        return switch (source) {
            case FLOAT16 -> Halves.half((short) bits(wire, at));
            case BFLOAT16 -> Halves.brain((short) bits(wire, at));
            case FLOAT32 -> Float.intBitsToFloat((int) bits(wire, at));
            case FLOAT64 -> Double.longBitsToDouble(bits(wire, at));
            default -> inDouble(integer(wire, at));
        };
    }

    /**
     * Returns an integer as a double. If the target type is smaller than a double and there is no scale, the caller
     * rounds the double again. In this case, this method rounds to an odd significand, so that the second rounding
     * gives the same result as if the integer had been rounded only once.
     */
    private double inDouble(long value) {
        double nearest = (double) value;
        if (target == DType.FLOAT64 || scale != 1 || (nearest != 0x1p63 && (long) nearest == value)) {
            return nearest;
        }
        long bits = Double.doubleToRawLongBits(nearest);
        // whether "nearest" is farther from 0 than the value
        boolean beyond = nearest == 0x1p63 || (value < (long) nearest) == (value > 0);
        return (bits & 1) == 1 ? nearest : Double.longBitsToDouble(beyond ? bits - 1 : bits + 1);
    }

    private boolean put(long value, ByteBuffer column, int to) {
        if (source == DType.BOOL && (value & ~1) != 0) {
            return false;
        }
        switch (target) {
            case INT8 -> column.put(to, (byte) value);
            case UINT8, BOOL -> column.put(to, (byte) value);
            case INT16, UINT16 -> column.putShort(to, (short) value);
            case INT32, UINT32 -> column.putInt(to, (int) value);
            default -> column.putLong(to, value);
        }
        return switch (target) {
            case INT8 -> value == (byte) value;
            case UINT8 -> value == (value & 0xFF);
            case BOOL -> value == (value & 1);
            case INT16 -> value == (short) value;
            case UINT16 -> value == (value & 0xFFFF);
            case INT32 -> value == (int) value;
            case UINT32 -> value == (value & 0xFFFF_FFFFL);
            default -> true;
        };
    }

    private boolean put(double value, ByteBuffer column, int to) {
        double scaled = value * scale;
        double written = scaled;
        switch (target) {
            case FLOAT16 -> {
                short half = Halves.toHalf(scaled);
                column.putShort(to, half);
                written = Halves.half(half);
            }
            case BFLOAT16 -> {
                short half = Halves.toBrain(scaled);
                column.putShort(to, half);
                written = Halves.brain(half);
            }
            case FLOAT32 -> {
                written = (float) scaled;
                column.putFloat(to, (float) scaled);
            }
            default -> column.putDouble(to, scaled);
        }
        return (!Double.isInfinite(written) || Double.isInfinite(value))
                && (source != DType.BOOL || value == 0 || value == 1);
    }
}
