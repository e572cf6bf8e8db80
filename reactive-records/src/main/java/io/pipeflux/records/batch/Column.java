package io.pipeflux.records.batch;

import io.pipeflux.core.internal.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The values of one feature in all rows of a batch. The values are in contiguous memory, row after row, little-endian,
 * in Apache Arrow's layout (arrow.apache.org/docs/format/Columnar.html). The shape is {@code [rows, ...]}. For example,
 * a column of shape {@code [64, 3]} has three values per row. In a ragged column, the number of values varies from row
 * to row, and the shape is {@code [rows, -1]}. In a column that is ragged in two levels, a row is a list of lists. The
 * number of lists in a row and the lengths of these lists vary, and the shape is {@code [rows, -1, -1]}.
 *
 * <pre>
 *   FLOAT32, shape [2, 3]   values   | r0 v0 | r0 v1 | r0 v2 | r1 v0 | r1 v1 | r1 v2 |      4 bytes each
 *
 *   BYTES, shape [3]        offsets  |   0   |   5   |   5   |   8   |                      int32, one more than values
 *                           values   |h e l l o|x y z|                                      value 1 is empty
 *
 *   INT64, ragged, 3 rows   splits   |   0   |   2   |   2   |   3   |                      int32, one more than rows
 *                           values   | r0 v0 | r0 v1 | r2 v0 |                              row 1 is empty
 *
 *   BYTES, ragged           splits (indexes of offsets), offsets, and values
 *
 *   ragged in two levels    row splits (indexes of lists), list splits (indexes of values), and values
 * </pre>
 *
 * <p>{@code UTF8} has the layout of {@code BYTES}.
 *
 * <p>Columns are equal if they have equal names, types, shapes, values (floats are compared by their bits) and row
 * splits. A getter for a type other than {@link #dtype} throws {@link IllegalStateException}.
 *
 * <p>All views that the getters return share the column's memory. The memory belongs to the receiver of the batch, who
 * may write to it. The memory is not reused before {@link ColumnBatch#release} is called. After the release, if the
 * batch's {@linkplain ColumnAllocator allocator} reuses memory, all methods that return or copy values throw {@link
 * IllegalStateException}, and views that were created earlier might show the values of other batches. The name, type
 * and shape remain available.
 */
public final class Column {

    private final String name;
    private final DType dtype;
    private final int[] shape;
    private final int size;
    private final ByteBuffer values;
    private final @Nullable IntBuffer offsets;
    // one buffer per ragged level, the level of the rows first; empty if the column is not ragged
    private final List<IntBuffer> rowSplits;
    private final @Nullable Lifetime lifetime; // null if the garbage collector frees the memory

    private Column(
            String name,
            DType dtype,
            int[] shape,
            int size,
            ByteBuffer values,
            @Nullable IntBuffer offsets,
            List<IntBuffer> rowSplits) {
        this.name = requireWhole(name);
        this.dtype = Objects.requireNonNull(dtype, "dtype");
        this.shape = shape.clone();
        this.size = size;
        this.values = values.slice().order(ByteOrder.LITTLE_ENDIAN);
        this.offsets = offsets;
        this.rowSplits = rowSplits;
        this.lifetime = null;
    }

    private Column(Column of, DType dtype, @Nullable Lifetime lifetime) {
        this.name = of.name;
        this.dtype = dtype;
        this.shape = of.shape;
        this.size = of.size;
        this.values = of.values;
        this.offsets = of.offsets;
        this.rowSplits = of.rowSplits;
        this.lifetime = lifetime;
    }

    /**
     * Returns a copy of this column. The copy's values are available only until the batch is released. Both columns
     * share their memory.
     */
    Column during(Lifetime batch) {
        return new Column(this, dtype, batch);
    }

    /**
     * Returns a numeric column.
     *
     * @param shape the number of rows, followed by the dimensions of a row's values
     * @param values the values, between the buffer's position and limit. They are not copied
     * @throws IllegalArgumentException if the number of bytes does not match the shape and type, or a value of {@code
     *     BOOL} is neither 0 nor 1
     */
    public static Column of(String name, DType dtype, int[] shape, ByteBuffer values) {
        requireNumbers(name, dtype);
        Column column = new Column(name, dtype, shape, size(name, shape), values, null, List.of());
        column.requireValues();
        return column;
    }

    /**
     * Returns a byte-string column.
     *
     * @param shape the number of rows, followed by the dimensions of a row's values
     * @param offsets the index in {@code values} at which each value begins, followed by the end of the last value. The
     *     indexes are int32, between the buffer's position and limit. They are not copied
     * @param values the values' bytes, between the buffer's position and limit. They are not copied
     * @throws IllegalArgumentException if the number of offsets is not the number of values plus 1, or an offset is out
     *     of order or out of range
     */
    public static Column ofBytes(String name, int[] shape, ByteBuffer offsets, ByteBuffer values) {
        IntBuffer at = ints(name, "offsets", offsets);
        Column column = new Column(name, DType.BYTES, shape, size(name, shape), values, at, List.of());
        column.requireOffsets();
        return column;
    }

    /**
     * Returns a ragged numeric column, in which the number of values varies from row to row.
     *
     * @param rowSplits the index of each row's first value, followed by the total number of values. The first index is
     *     0. The indexes are int32, between the buffer's position and limit. They are not copied
     * @param values the values, between the buffer's position and limit. They are not copied
     * @throws IllegalArgumentException if the splits are out of order or do not end where the values end, or a value of
     *     {@code BOOL} is neither 0 nor 1
     */
    public static Column ragged(String name, DType dtype, ByteBuffer rowSplits, ByteBuffer values) {
        return ragged(name, dtype, List.of(rowSplits), values);
    }

    /**
     * Returns a numeric column that is ragged in several levels. A row has any number of lists. At the last level, a
     * list has any number of values. At every other level, a list has any number of lists.
     *
     * @param rowSplits one buffer per level, the level of the rows first. The splits of the last level are indexes of
     *     values. The splits of every other level are indexes of lists of the next level. Each buffer has the form
     *     described for {@link #ragged(String, DType, ByteBuffer, ByteBuffer)}
     * @param values the values, between the buffer's position and limit. They are not copied
     * @throws IllegalArgumentException if the splits of a level are out of order or do not end at the end of the next
     *     level, or a value of {@code BOOL} is neither 0 nor 1
     */
    public static Column ragged(String name, DType dtype, List<ByteBuffer> rowSplits, ByteBuffer values) {
        requireNumbers(name, dtype);
        Column column = ragged(name, dtype, rowSplits, values, null);
        column.requireValues();
        return column;
    }

    /**
     * Returns a ragged byte-string column, in which the number of values varies from row to row.
     *
     * @param rowSplits as for {@link #ragged(String, DType, ByteBuffer, ByteBuffer)}
     * @param offsets as for {@link #ofBytes}
     * @param values as for {@link #ofBytes}
     * @throws IllegalArgumentException if the number of offsets is not the number of values plus 1, or if splits or
     *     offsets are out of order or out of range
     */
    public static Column raggedBytes(String name, ByteBuffer rowSplits, ByteBuffer offsets, ByteBuffer values) {
        return raggedBytes(name, List.of(rowSplits), offsets, values);
    }

    /**
     * Returns a byte-string column that is ragged in several levels.
     *
     * @param rowSplits as for {@link #ragged(String, DType, List, ByteBuffer)}
     * @param offsets as for {@link #ofBytes}
     * @param values as for {@link #ofBytes}
     * @throws IllegalArgumentException if the number of offsets is not the number of values plus 1, or if splits or
     *     offsets are out of order or out of range
     */
    public static Column raggedBytes(String name, List<ByteBuffer> rowSplits, ByteBuffer offsets, ByteBuffer values) {
        Column column = ragged(name, DType.BYTES, rowSplits, values, ints(name, "offsets", offsets));
        column.requireOffsets();
        return column;
    }

    private static Column ragged(
            String name, DType dtype, List<ByteBuffer> rowSplits, ByteBuffer values, @Nullable IntBuffer offsets) {
        if (rowSplits.isEmpty()) {
            throw new IllegalArgumentException(name + ": expected row splits of at least one level, but got none");
        }
        List<IntBuffer> levels = new ArrayList<>();
        int size = -1;
        for (ByteBuffer level : rowSplits) {
            IntBuffer splits = ints(name, "row splits", level);
            int count = splits.limit() - 1;
            if (size >= 0 && count != size) {
                throw new IllegalArgumentException(name + ": expected row splits of " + size
                        + " lists, like the end of the previous level's splits, but got " + count);
            }
            if (count < 0 || splits.get(0) != 0) {
                throw new IllegalArgumentException(name + ": expected row splits that begin with 0, but got "
                        + (count < 0 ? "none" : splits.get(0)));
            }
            requireAscending(name, "row split", splits, Integer.MAX_VALUE);
            levels.add(splits);
            size = splits.get(count);
        }
        int[] shape = new int[1 + levels.size()];
        Arrays.fill(shape, -1);
        shape[0] = levels.get(0).limit() - 1;
        return new Column(name, dtype, shape, size, values, offsets, List.copyOf(levels));
    }

    /** Rejects a name with an unpaired surrogate, because the surrogate would become a question mark in UTF-8. */
    private static String requireWhole(String name) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(Objects.requireNonNull(name, "name"))) {
            throw new IllegalArgumentException(
                    "expected whole characters as a column's name, but got half a surrogate pair");
        }
        return name;
    }

    private static void requireNumbers(String name, DType dtype) {
        if (dtype.hasOffsets()) {
            throw new IllegalArgumentException(name + ": " + dtype + " need offsets");
        }
    }

    private static IntBuffer ints(String name, String what, ByteBuffer bytes) {
        if (bytes.remaining() % Integer.BYTES != 0) {
            throw new IllegalArgumentException(
                    name + ": expected a multiple of 4 bytes of " + what + ", but got " + bytes.remaining());
        }
        return bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    }

    private void requireOffsets() {
        IntBuffer at = offsets();
        require("offsets", (long) at.limit() * Integer.BYTES, (size + 1L) * Integer.BYTES);
        requireAscending(name, "offset", at, values.limit());
    }

    /**
     * Returns a byte-string column with the same content and the type {@link DType#UTF8}. Both columns share their
     * memory.
     *
     * @throws IllegalArgumentException if a value is not valid UTF-8
     * @throws IllegalStateException if the column is not a byte-string column
     */
    public Column asUtf8() {
        IntBuffer at = offsets();
        for (int i = 0; dtype != DType.UTF8 && i < size; i++) {
            if (!Utf8.isLegal(values, at.get(i), at.get(i + 1))) {
                throw new IllegalArgumentException(
                        this + ": expected valid UTF-8 as value " + i + ", but got other bytes");
            }
        }
        return dtype == DType.UTF8 ? this : new Column(this, DType.UTF8, lifetime);
    }

    private void requireValues() {
        require("values", values.limit(), (long) size * dtype.bytes());
        for (int i = 0; dtype == DType.BOOL && i < size; i++) {
            if ((values.get(i) & ~1) != 0) {
                throw new IllegalArgumentException(
                        this + ": expected 0 or 1 as value " + i + ", but got " + (values.get(i) & 0xFF));
            }
        }
    }

    private static void requireAscending(String name, String what, IntBuffer at, int most) {
        int end = 0;
        for (int i = 0; i < at.limit(); i++) {
            int begin = end;
            end = at.get(i);
            if (end < begin || end > most) {
                throw new IllegalArgumentException(
                        name + ": expected " + what + " " + i + " from " + begin + " to " + most + ", but got " + end);
            }
        }
    }

    private static int size(String name, int[] shape) {
        if (shape.length == 0) {
            throw new IllegalArgumentException(name + ": expected a shape that begins with the rows, but got []");
        }
        long size = 1;
        for (int dimension : shape) {
            size *= dimension;
            if (dimension < 0 || size > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        name + ": expected a shape of 0 to 2147483647 values, but got " + Arrays.toString(shape));
            }
        }
        return (int) size;
    }

    private void require(String what, long found, long expected) {
        if (found != expected) {
            throw new IllegalArgumentException(
                    this + ": expected " + expected + " bytes of " + what + ", but got " + found);
        }
    }

    /** Returns the feature's name. */
    public String name() {
        return name;
    }

    /** Returns the type of the values. */
    public DType dtype() {
        return dtype;
    }

    /**
     * Returns a new array that contains the number of rows, followed by the dimensions of a row's values. For a ragged
     * column, the number of rows is followed by -1 for each ragged level.
     */
    public int[] shape() {
        return shape.clone();
    }

    /** Returns the number of rows. */
    public int rows() {
        return shape[0];
    }

    /**
     * Returns the total number of values in all rows. Unless the column is ragged, this number is the product of the
     * dimensions of {@link #shape}.
     */
    public int size() {
        return size;
    }

    /** Returns whether the number of values varies from row to row. Ragged columns have {@link #rowSplits}. */
    public boolean isRagged() {
        return !rowSplits.isEmpty();
    }

    /**
     * Returns a new view of the row splits: the index of each row's first value among the values of all rows, followed
     * by the total number of values. Row {@code r} has the values from {@code rowSplits().get(r)} to {@code
     * rowSplits().get(r + 1)}, exclusive.
     *
     * @throws IllegalStateException if the column is not ragged, or is ragged in several levels. For a column that is
     *     ragged in several levels, see {@link #rowSplits(int)}
     */
    public IntBuffer rowSplits() {
        if (rowSplits.size() > 1) {
            throw new IllegalStateException(
                    "column \"" + this + "\" is ragged in " + rowSplits.size() + " levels: see rowSplits(int)");
        }
        return rowSplits(0);
    }

    /**
     * Returns a new view of the row splits of one level of a ragged column. The elements of a level are its rows or
     * lists. For each element of this level, the splits contain the index of the element's first list or value in the
     * next level. The last split is the number of lists or values in the next level.
     *
     * <pre>
     *   [[[1, 2], []], [[3]]]   level 0   | 0 | 2 | 3 |         two rows, with 2 lists and 1 list
     *   shape [2, -1, -1]       level 1   | 0 | 2 | 2 | 3 |     three lists, with 2, 0 and 1 values
     * </pre>
     *
     * @param level the level, 0 for the rows
     * @throws IllegalStateException if the column is not ragged
     * @throws IndexOutOfBoundsException if the column does not have this level. The number of levels is the number of
     *     dimensions of {@link #shape} minus 1
     */
    public IntBuffer rowSplits(int level) {
        if (rowSplits.isEmpty()) {
            throw new IllegalStateException("column \"" + this + "\" is not ragged");
        }
        Objects.checkIndex(level, rowSplits.size());
        requireMemory();
        return rowSplits.get(level).duplicate();
    }

    /**
     * Returns a new little-endian view of the memory of all values. For a byte-string column, the view contains the
     * bytes of all values, one value after the other.
     */
    public ByteBuffer values() {
        requireMemory();
        return values.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Returns a new view of the offsets: the index in {@link #values} at which each byte string begins, followed by the
     * index at which the last byte string ends.
     *
     * @throws IllegalStateException if the column is not a byte-string column
     */
    public IntBuffer offsets() {
        if (offsets == null) {
            throw wrongType(DType.BYTES);
        }
        requireMemory();
        return offsets.duplicate();
    }

    /**
     * Returns a new view of the bytes of value {@code i}. The first value of the first row has index 0, and the
     * numbering continues across rows. Like every new {@link ByteBuffer}, the view is big-endian.
     *
     * @throws IllegalStateException if the column is not a byte-string column
     */
    public ByteBuffer bytes(int i) {
        if (offsets == null) {
            throw wrongType(DType.BYTES);
        }
        requireMemory();
        Objects.checkIndex(i, size);
        int begin = offsets.get(i);
        return values.slice(begin, offsets.get(i + 1) - begin);
    }

    /**
     * Returns value {@code i} of a {@code UTF8} column as a string. The first value of the first row has index 0, and
     * the numbering continues across rows.
     *
     * @throws IllegalStateException if the column's type is not {@code UTF8}. For {@code BYTES}, call {@link #asUtf8}
     *     first
     */
    public String string(int i) {
        if (dtype != DType.UTF8) {
            throw wrongType(DType.UTF8);
        }
        return StandardCharsets.UTF_8.decode(bytes(i)).toString();
    }

    /** Returns a new view of the values of a {@code FLOAT32} column. */
    public FloatBuffer asFloatBuffer() {
        return of(DType.FLOAT32).asFloatBuffer();
    }

    /** Returns a new view of the values of a {@code FLOAT64} column. */
    public DoubleBuffer asDoubleBuffer() {
        return of(DType.FLOAT64).asDoubleBuffer();
    }

    /**
     * Returns a new view of the values of an {@code INT32} or {@code UINT32} column. Unsigned values from 2^31 on
     * appear as negative numbers.
     */
    public IntBuffer asIntBuffer() {
        return of(DType.INT32, DType.UINT32).asIntBuffer();
    }

    /** Returns a new view of the values of an {@code INT64} column. */
    public LongBuffer asLongBuffer() {
        return of(DType.INT64).asLongBuffer();
    }

    /**
     * Returns a new view of the values of an {@code INT16} or {@code UINT16} column, or of the bits of a {@code
     * FLOAT16} or {@code BFLOAT16} column. Unsigned values from 2^15 on appear as negative numbers.
     */
    public ShortBuffer asShortBuffer() {
        return of(DType.INT16, DType.UINT16, DType.FLOAT16, DType.BFLOAT16).asShortBuffer();
    }

    /**
     * Copies the values of a numeric or {@code BOOL} column to the beginning of an array, which must have room for all
     * values. Values of {@code FLOAT64}, {@code INT64}, {@code INT32} and {@code UINT32} are rounded to the nearest
     * float, and {@code BOOL} becomes 0 or 1.
     */
    public void copyTo(float[] target) {
        requireNumbers(DType.FLOAT32);
        int length = room(target.length);
        if (dtype == DType.FLOAT32) {
            asFloatBuffer().get(target, 0, length);
            return;
        }
        for (int i = 0; i < length; i++) {
            target[i] = Numbers.toFloat(dtype, values, i);
        }
    }

    /**
     * Copies the values of a numeric or {@code BOOL} column to the beginning of an array, which must have room for all
     * values. Values of {@code INT64} are rounded to the nearest double, and {@code BOOL} becomes 0 or 1.
     */
    public void copyTo(double[] target) {
        requireNumbers(DType.FLOAT64);
        int length = room(target.length);
        if (dtype == DType.FLOAT64) {
            asDoubleBuffer().get(target, 0, length);
            return;
        }
        for (int i = 0; i < length; i++) {
            target[i] = Numbers.number(dtype, values, i);
        }
    }

    /**
     * Copies the values of an integer or {@code BOOL} column to the beginning of an array, which must have room for all
     * values. The column's type must not be {@code UINT32} or {@code INT64}, because an int cannot represent all their
     * values. {@code BOOL} becomes 0 or 1.
     */
    public void copyTo(int[] target) {
        if (!Numbers.areInts(dtype)) {
            throw wrongType(DType.INT32);
        }
        requireMemory();
        int length = room(target.length);
        if (dtype == DType.INT32) {
            asIntBuffer().get(target, 0, length);
            return;
        }
        for (int i = 0; i < length; i++) {
            target[i] = (int) Numbers.integer(dtype, values, i);
        }
    }

    /**
     * Copies the values of an integer or {@code BOOL} column to the beginning of an array, which must have room for all
     * values. {@code BOOL} becomes 0 or 1.
     */
    public void copyTo(long[] target) {
        if (!Numbers.areLongs(dtype)) {
            throw wrongType(DType.INT64);
        }
        requireMemory();
        int length = room(target.length);
        if (dtype == DType.INT64) {
            asLongBuffer().get(target, 0, length);
            return;
        }
        for (int i = 0; i < length; i++) {
            target[i] = Numbers.integer(dtype, values, i);
        }
    }

    /**
     * Copies the values of a {@code UINT8}, {@code INT8} or {@code BOOL} column to the beginning of an array, which
     * must have room for all values.
     */
    public void copyTo(byte[] target) {
        of(DType.UINT8, DType.INT8, DType.BOOL).get(0, target, 0, room(target.length));
    }

    private void requireNumbers(DType wanted) {
        if (dtype.hasOffsets()) {
            throw wrongType(wanted);
        }
        requireMemory();
    }

    private ByteBuffer of(DType... types) {
        if (!Arrays.asList(types).contains(dtype)) {
            throw wrongType(types[0]);
        }
        requireMemory();
        return values;
    }

    private void requireMemory() {
        if (lifetime != null) {
            lifetime.require(this);
        }
    }

    private boolean isReleased() {
        return lifetime != null && lifetime.isOver();
    }

    private IllegalStateException wrongType(DType wanted) {
        return new IllegalStateException("column \"" + name + "\" has values of " + dtype + ", not " + wanted);
    }

    private int room(int length) {
        if (length < size) {
            throw new IllegalArgumentException("expected room for the " + size + " values of column \"" + name
                    + "\", but got an array of " + length);
        }
        return size;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o == this
                || (o instanceof Column other && !isReleased() && !other.isReleased() && equalsWithMemory(other));
    }

    private boolean equalsWithMemory(Column other) {
        return name.equals(other.name)
                && dtype == other.dtype
                && size == other.size
                && Arrays.equals(shape, other.shape)
                && rowSplits.equals(other.rowSplits)
                && equalValues(other);
    }

    private boolean equalValues(Column other) {
        if (!dtype.hasOffsets()) {
            return values.equals(other.values);
        }
        for (int i = 0; i < size; i++) {
            if (!bytes(i).equals(other.bytes(i))) {
                return false;
            }
        }
        return true;
    }

    /** The hash code does not depend on the values, because there can be many values and they can change. */
    @Override
    public int hashCode() {
        return Objects.hash(name, dtype, size, Arrays.hashCode(shape));
    }

    /** Returns the name, type and shape, such as {@code data FLOAT64[64, 1024]}. */
    @Override
    public String toString() {
        return name + " " + dtype + Arrays.toString(shape);
    }
}
