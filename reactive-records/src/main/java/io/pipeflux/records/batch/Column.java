package io.pipeflux.records.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The values of one feature in all rows of a batch: contiguous, row after row, little-endian, in Apache Arrow's layout
 * (arrow.apache.org/docs/format/Columnar.html). Shape {@code [rows, ...]}: {@code [64, 3]} has three values a row.
 *
 * <pre>
 *   FLOAT32, shape [2, 3]   values   | r0 v0 | r0 v1 | r0 v2 | r1 v0 | r1 v1 | r1 v2 |      4 bytes each
 *
 *   BYTES, shape [3]        offsets  |   0   |   5   |   5   |   8   |                      int32, one more than values
 *                           values   |h e l l o|x y z|                                      value 1 is empty
 * </pre>
 *
 * <p>All views share the column's memory, which belongs to whoever received the batch: it is never reused, and may be
 * written to. A getter for another type than {@link #dtype} throws {@link IllegalStateException}.
 */
public final class Column {

    private final String name;
    private final DType dtype;
    private final int[] shape;
    private final int size;
    private final ByteBuffer values;
    private final @Nullable IntBuffer offsets;

    private Column(String name, DType dtype, int[] shape, ByteBuffer values, @Nullable ByteBuffer offsets) {
        this.name = Objects.requireNonNull(name, "name");
        this.dtype = dtype;
        this.shape = shape.clone();
        this.size = size(name, shape);
        this.values = values.slice().order(ByteOrder.LITTLE_ENDIAN);
        this.offsets = offsets == null
                ? null
                : offsets.slice().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    }

    /**
     * A column of numbers.
     *
     * @param shape the rows, then the dimensions of a row's values
     * @param values the values, position to limit; not copied
     * @throws IllegalArgumentException if that is not exactly the space which the shape takes
     */
    public static Column of(String name, DType dtype, int[] shape, ByteBuffer values) {
        if (dtype == DType.BYTES) {
            throw new IllegalArgumentException(name + ": BYTES need offsets");
        }
        Column column = new Column(name, dtype, shape, values, null);
        column.require("values", values.remaining(), (long) column.size * dtype.bytes());
        return column;
    }

    /**
     * A column of byte strings.
     *
     * @param shape the rows, then the dimensions of a row's values
     * @param offsets where in {@code values} each value begins, and behind the last where it ends: int32, position to
     *     limit; not copied
     * @param values the values' bytes, position to limit; not copied
     * @throws IllegalArgumentException if there is not one offset more than the shape has values, or an offset is out of
     *     order or range
     */
    public static Column ofBytes(String name, int[] shape, ByteBuffer offsets, ByteBuffer values) {
        Column column = new Column(name, DType.BYTES, shape, values, offsets);
        column.require("offsets", offsets.remaining(), (column.size + 1L) * Integer.BYTES);
        IntBuffer at = column.offsets();
        int end = 0;
        for (int i = 0; i <= column.size; i++) {
            int begin = end;
            end = at.get(i);
            if (end < begin || end > values.remaining()) {
                throw new IllegalArgumentException(name + ": offset " + i + " from " + begin + " to "
                        + values.remaining() + " required but it was " + end);
            }
        }
        return column;
    }

    private static int size(String name, int[] shape) {
        if (shape.length == 0) {
            throw new IllegalArgumentException(name + ": a shape with the rows first required but it was []");
        }
        long size = 1;
        for (int dimension : shape) {
            size *= dimension;
            if (dimension < 0 || size > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        name + ": a shape of 0 to 2147483647 values required but it was " + Arrays.toString(shape));
            }
        }
        return (int) size;
    }

    private void require(String what, long found, long expected) {
        if (found != expected) {
            throw new IllegalArgumentException(
                    this + ": " + expected + " bytes of " + what + " required but it had " + found);
        }
    }

    /** The feature's name. */
    public String name() {
        return name;
    }

    /** The type of the values. */
    public DType dtype() {
        return dtype;
    }

    /** The rows, then the dimensions of a row's values; a new array. */
    public int[] shape() {
        return shape.clone();
    }

    /** How many rows there are. */
    public int rows() {
        return shape[0];
    }

    /** How many values there are: the product of the shape. */
    public int size() {
        return size;
    }

    /** The memory of all values, little-endian; of {@code BYTES} the bytes of all, one behind the other. A new view. */
    public ByteBuffer values() {
        return values.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Of {@code BYTES}: where in {@link #values} each value begins, and behind the last where it ends. A new view. */
    public IntBuffer offsets() {
        if (offsets == null) {
            throw wrongType(DType.BYTES);
        }
        return offsets.duplicate();
    }

    /** The bytes of value {@code i}, counted over all rows. A new view, big-endian as every new {@link ByteBuffer}. */
    public ByteBuffer bytes(int i) {
        if (offsets == null) {
            throw wrongType(DType.BYTES);
        }
        Objects.checkIndex(i, size);
        int begin = offsets.get(i);
        return values.slice(begin, offsets.get(i + 1) - begin);
    }

    /** The values of {@code FLOAT32}. A new view. */
    public FloatBuffer asFloatBuffer() {
        return of(DType.FLOAT32).asFloatBuffer();
    }

    /** The values of {@code FLOAT64}. A new view. */
    public DoubleBuffer asDoubleBuffer() {
        return of(DType.FLOAT64).asDoubleBuffer();
    }

    /** The values of {@code INT32}. A new view. */
    public IntBuffer asIntBuffer() {
        return of(DType.INT32).asIntBuffer();
    }

    /** The values of {@code INT64}. A new view. */
    public LongBuffer asLongBuffer() {
        return of(DType.INT64).asLongBuffer();
    }

    /** Copies the values of {@code FLOAT32} to the beginning of an array, which must have room for all. */
    public void copyTo(float[] target) {
        asFloatBuffer().get(target, 0, room(target.length));
    }

    /** Copies the values of {@code FLOAT64} to the beginning of an array, which must have room for all. */
    public void copyTo(double[] target) {
        asDoubleBuffer().get(target, 0, room(target.length));
    }

    /** Copies the values of {@code INT32} to the beginning of an array, which must have room for all. */
    public void copyTo(int[] target) {
        asIntBuffer().get(target, 0, room(target.length));
    }

    /** Copies the values of {@code INT64} to the beginning of an array, which must have room for all. */
    public void copyTo(long[] target) {
        asLongBuffer().get(target, 0, room(target.length));
    }

    /** Copies the values of {@code UINT8} to the beginning of an array, which must have room for all. */
    public void copyTo(byte[] target) {
        of(DType.UINT8).get(0, target, 0, room(target.length));
    }

    private ByteBuffer of(DType type) {
        if (dtype != type) {
            throw wrongType(type);
        }
        return values;
    }

    private IllegalStateException wrongType(DType wanted) {
        return new IllegalStateException("column \"" + name + "\" has values of " + dtype + ", not " + wanted);
    }

    private int room(int length) {
        if (length < size) {
            throw new IllegalArgumentException(
                    "room for the " + size + " values of column \"" + name + "\" required but the array has " + length);
        }
        return size;
    }

    /** Name, type and shape: {@code data FLOAT64[64, 1024]}. */
    @Override
    public String toString() {
        return name + " " + dtype + Arrays.toString(shape);
    }
}
