package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;
import java.util.Arrays;
import java.util.Objects;

/**
 * A feature that each record of a {@link Schema} has to have, and the column it becomes. Immutable.
 *
 * <p>A feature of a shape has exactly as many values as the product of its dimensions, in row-major order; no dimensions
 * mean one value. Its column has the shape {@code [rows, ...]}. A record that lacks the feature, or has it of another
 * kind or with another number of values, is refused ({@link io.pipeflux.core.SchemaMismatchException}). These are the
 * rules of TensorFlow's {@code tf.io.FixedLenFeature}.
 */
public final class Feature {

    private final String name;
    private final ValueKind kind;
    private final DType dtype;
    private final int[] shape;
    private final int size;
    private final boolean raw;

    private Feature(String name, ValueKind kind, DType dtype, int[] shape, boolean raw) {
        this.name = Objects.requireNonNull(name, "name");
        this.kind = kind;
        this.dtype = dtype;
        this.shape = shape.clone();
        this.size = size(name, dtype, shape);
        this.raw = raw;
    }

    /**
     * Values of the record's {@code float_list}, as {@link DType#FLOAT32}.
     *
     * @param shape dimensions, none negative
     */
    public static Feature float32(String name, int... shape) {
        return new Feature(name, ValueKind.FLOAT, DType.FLOAT32, shape, false);
    }

    /**
     * Values of the record's {@code int64_list}, as {@link DType#INT64}.
     *
     * @param shape dimensions, none negative
     */
    public static Feature int64(String name, int... shape) {
        return new Feature(name, ValueKind.INT64, DType.INT64, shape, false);
    }

    /**
     * Values of the record's {@code bytes_list}, as {@link DType#BYTES}.
     *
     * @param shape dimensions, none negative
     */
    public static Feature bytes(String name, int... shape) {
        return new Feature(name, ValueKind.BYTES, DType.BYTES, shape, false);
    }

    /**
     * Numbers that stand, little-endian, in a single value of the record's {@code bytes_list}: what
     * {@code tf.io.decode_raw} reads.
     *
     * @param dtype the numbers' type, not {@link DType#BYTES}
     * @param shape dimensions, none negative; the value must have exactly the bytes that the shape takes
     */
    public static Feature decodeRaw(String name, DType dtype, int... shape) {
        if (dtype == DType.BYTES) {
            throw new IllegalArgumentException(
                    "decodeRaw(\"" + name + "\"): a type of numbers required but it was BYTES");
        }
        return new Feature(name, ValueKind.BYTES, dtype, shape, true);
    }

    private static int size(String name, DType dtype, int[] shape) {
        long size = 1;
        for (int dimension : shape) {
            size *= dimension;
            if (dimension < 0 || size * Math.max(1, dtype.bytes()) > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("feature \"" + name
                        + "\": dimensions of at most 2 GiB, none negative, required but they were "
                        + Arrays.toString(shape));
            }
        }
        return (int) size;
    }

    String name() {
        return name;
    }

    ValueKind kind() {
        return kind;
    }

    DType dtype() {
        return dtype;
    }

    /** The dimensions of a row's values, in TensorFlow's notation. */
    String shape() {
        return Arrays.toString(shape).replace(" ", "");
    }

    /** The shape of the column. */
    int[] shapeOf(int rows) {
        int[] all = new int[shape.length + 1];
        all[0] = rows;
        System.arraycopy(shape, 0, all, 1, shape.length);
        return all;
    }

    /** How many values a row has. */
    int size() {
        return size;
    }

    /** Says whether the numbers stand in the bytes of a single value. */
    boolean isRaw() {
        return raw;
    }

    /** Name, type and dimensions: {@code data FLOAT64[1024]}. */
    @Override
    public String toString() {
        return name + " " + dtype + Arrays.toString(shape);
    }
}
