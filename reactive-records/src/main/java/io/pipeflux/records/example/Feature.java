package io.pipeflux.records.example;

import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.DType;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A feature of the records of a {@link Schema}, and the column it becomes. Immutable.
 *
 * <pre>
 *   factory                   TensorFlow's                column                 missing           other count of values
 *   float32 int64 bytes ...   FixedLenFeature             [rows, ...]            error or default  error
 *   decodeRaw                 and tf.io.decode_raw        [rows, ...]            error or default  error
 *   ragged                    RaggedFeature, VarLen       ragged                 empty row         as it is
 *   padded...                 FixedLenSequenceFeature     [rows, longest, ...]   padding           padding behind
 *   sparse                    SparseFeature               two, ragged            empty row         as it is
 * </pre>
 *
 * <p>A feature of a shape has exactly as many values as the product of its dimensions, in row-major order; no dimensions
 * mean one value. A record that has the feature of another kind is refused ({@link
 * io.pipeflux.core.SchemaMismatchException}), as is what the table calls an error.
 */
public final class Feature {

    /** How rows of values become a column. */
    enum Layout {
        FIXED,
        RAGGED,
        PADDED,
        SPARSE
    }

    /** Where a sparse feature's indexes are: no key if they stand in the same tensor. */
    private record Indexes(@Nullable String key, long size) {}

    private final String name;
    private final String key;
    private final Layout layout;
    private final ValueKind kind;
    private final DType dtype;
    private final int[] shape;
    private final int size;
    private final @Nullable ByteOrder raw;
    private final byte @Nullable [][] fill;
    private final @Nullable Indexes indexes;

    private Feature(
            String name,
            String key,
            Layout layout,
            ValueKind kind,
            DType dtype,
            int[] shape,
            @Nullable ByteOrder raw,
            byte @Nullable [][] fill,
            @Nullable Indexes indexes) {
        this.name = WholeText.of("name", name);
        this.key = WholeText.of("key", key);
        this.layout = layout;
        this.kind = kind;
        this.dtype = dtype;
        this.shape = shape.clone();
        this.size = size(name, dtype, shape);
        this.raw = raw;
        this.fill = fill;
        this.indexes = indexes;
    }

    private static Feature fixed(String name, ValueKind kind, int[] shape) {
        return new Feature(name, name, Layout.FIXED, kind, kind.dtype, shape, null, null, null);
    }

    /**
     * Values of the record's {@code float_list} or {@code float32_tensor}, as {@link DType#FLOAT32}.
     *
     * @param shape dimensions, none negative
     */
    public static Feature float32(String name, int... shape) {
        return fixed(name, ValueKind.FLOAT, shape);
    }

    /**
     * Values of the record's {@code int64_list}, as {@link DType#INT64}.
     *
     * @param shape dimensions, none negative
     */
    public static Feature int64(String name, int... shape) {
        return fixed(name, ValueKind.INT64, shape);
    }

    /**
     * Values of the record's {@code bytes_list} or {@code bytes}, as {@link DType#BYTES}.
     *
     * @param shape dimensions, none negative
     */
    public static Feature bytes(String name, int... shape) {
        return fixed(name, ValueKind.BYTES, shape);
    }

    /**
     * Values of the record's {@code float64_tensor}, as {@link DType#FLOAT64}; only in SageMaker's records ({@link
     * Schema#ofTensors}).
     *
     * @param shape dimensions, none negative
     */
    public static Feature float64(String name, int... shape) {
        return fixed(name, ValueKind.DOUBLE, shape);
    }

    /**
     * Values of the record's {@code int32_tensor}, as {@link DType#INT32}; only in SageMaker's records ({@link
     * Schema#ofTensors}).
     *
     * @param shape dimensions, none negative
     */
    public static Feature int32(String name, int... shape) {
        return fixed(name, ValueKind.INT32, shape);
    }

    /**
     * Numbers that stand in a single value of the record's {@code bytes_list}: what {@code tf.io.decode_raw} reads.
     * Little-endian, unless {@link #order} says otherwise.
     *
     * @param dtype the numbers' type, any but {@link DType#BYTES} and {@link DType#UTF8}; of {@link DType#BOOL}, each
     *     byte must be 0 or 1
     * @param shape dimensions, none negative; the value must have exactly the bytes that the shape takes
     */
    public static Feature decodeRaw(String name, DType dtype, int... shape) {
        if (dtype.hasOffsets()) {
            throw new IllegalArgumentException(
                    "decodeRaw(\"" + name + "\"): a type of numbers required but it was " + dtype);
        }
        return new Feature(
                name, name, Layout.FIXED, ValueKind.BYTES, dtype, shape, ByteOrder.LITTLE_ENDIAN, null, null);
    }

    /**
     * As many values as the record has: a ragged column, in which a record without the feature has an empty row.
     *
     * @param dtype {@link DType#FLOAT32}, {@link DType#INT64} or {@link DType#BYTES}; in SageMaker's records also {@link
     *     DType#FLOAT64} and {@link DType#INT32}
     */
    public static Feature ragged(String name, DType dtype) {
        return new Feature(name, name, Layout.RAGGED, ValueKind.of(dtype), dtype, new int[0], null, null, null);
    }

    /**
     * Steps of floats, as many as the record has; behind the last, rows are filled up to the longest row of the batch.
     *
     * @param pad the value to fill with
     * @param shape dimensions of a step, at least 1 each
     */
    public static Feature paddedFloat32(String name, float pad, int... shape) {
        byte[] fill = FillValues.of(name, DType.FLOAT32, pad);
        return padded(name, ValueKind.FLOAT, fill, shape);
    }

    /**
     * Steps of integers, as many as the record has; behind the last, rows are filled up to the longest row of the batch.
     *
     * @param pad the value to fill with
     * @param shape dimensions of a step, at least 1 each
     */
    public static Feature paddedInt64(String name, long pad, int... shape) {
        return padded(name, ValueKind.INT64, FillValues.of(name, DType.INT64, pad), shape);
    }

    /**
     * Steps of byte strings, as many as the record has; behind the last, rows are filled up to the longest row of the
     * batch.
     *
     * @param pad the value to fill with; copied
     * @param shape dimensions of a step, at least 1 each
     */
    public static Feature paddedBytes(String name, byte[] pad, int... shape) {
        return padded(name, ValueKind.BYTES, pad.clone(), shape);
    }

    private static Feature padded(String name, ValueKind kind, byte[] pad, int[] shape) {
        Feature feature =
                new Feature(name, name, Layout.PADDED, kind, kind.dtype, shape, null, new byte[][] {pad}, null);
        if (feature.size == 0) {
            throw new IllegalArgumentException("feature \"" + name
                    + "\": steps of at least one value required but they were of " + Arrays.toString(shape));
        }
        return feature;
    }

    /**
     * A sparse vector, whose values stand under one key and their indexes, in {@code int64_list}, under another. It becomes
     * two ragged columns with equal row splits: {@code name} with the values and {@code name.indices} with their indexes in
     * the row, {@link DType#INT64}, ascending (equal ones as they stood). The coordinates of value {@code i} are the row it
     * is in and {@code indices[i]}, the dense shape is {@code [rows, size]}.
     *
     * @param dtype of the values: {@link DType#FLOAT32}, {@link DType#INT64} or {@link DType#BYTES}
     * @param size the vector's length: indexes are from 0 to {@code size - 1}
     */
    public static Feature sparse(String name, String indexKey, String valueKey, DType dtype, long size) {
        return sparse(name, valueKey, dtype, new Indexes(WholeText.of("indexKey", indexKey), size));
    }

    /**
     * A sparse tensor of SageMaker's records ({@link Schema#ofTensors}), which has keys and a shape. It becomes two ragged
     * columns as other sparse features do; the index is that in the tensor taken as one row.
     *
     * @param dtype of the values: {@link DType#FLOAT32}, {@link DType#FLOAT64} or {@link DType#INT32}
     * @param size how many values the dense tensor would have: the product of the shape in the record
     */
    public static Feature sparse(String name, DType dtype, long size) {
        return sparse(name, name, dtype, new Indexes(null, size));
    }

    private static Feature sparse(String name, String key, DType dtype, Indexes indexes) {
        if (indexes.size < 1) {
            throw new IllegalArgumentException(
                    "feature \"" + name + "\": size >= 1 required but it was " + indexes.size);
        }
        return new Feature(name, key, Layout.SPARSE, ValueKind.of(dtype), dtype, new int[0], null, null, indexes);
    }

    /**
     * The same feature with values for records that lack it.
     *
     * @param values exactly as many as the shape has
     */
    public Feature withDefault(double... values) {
        return filled(values.length, FillValues.of(name, dtype, values));
    }

    /**
     * The same feature with values for records that lack it.
     *
     * @param values exactly as many as the shape has
     */
    public Feature withDefault(long... values) {
        return filled(values.length, FillValues.of(name, dtype, values));
    }

    /**
     * The same feature with values for records that lack it.
     *
     * @param values exactly as many as the shape has; copied
     */
    public Feature withDefault(byte[]... values) {
        if (dtype != DType.BYTES) {
            throw new IllegalArgumentException(
                    "feature \"" + name + "\": a default of " + dtype + " required but it was of byte strings");
        }
        return filled(values.length, Arrays.stream(values).map(byte[]::clone).toArray(byte[][]::new));
    }

    private Feature filled(int count, byte[]... values) {
        if (layout != Layout.FIXED) {
            throw new IllegalArgumentException(
                    "feature \"" + name + "\": only a feature of fixed length has a default, not " + this);
        }
        if (count != size) {
            throw new IllegalArgumentException("feature \"" + name + "\": def_value.shape() == [" + count
                    + "] is not compatible with dense_shapes == " + shape() + ", which has " + size + " values");
        }
        return new Feature(name, key, layout, kind, dtype, shape, raw, values, indexes);
    }

    /**
     * The same {@link #decodeRaw} feature with numbers whose bytes stand in the order given. Columns are little-endian
     * always.
     */
    public Feature order(ByteOrder order) {
        if (!isRaw()) {
            throw new IllegalArgumentException(
                    "feature \"" + name + "\": only decodeRaw has a byte order, not " + this);
        }
        return new Feature(
                name, key, layout, kind, dtype, shape, Objects.requireNonNull(order, "order"), fill, indexes);
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

    /** The column's name. */
    String name() {
        return name;
    }

    /** The name the values have in the record. */
    String key() {
        return key;
    }

    Layout layout() {
        return layout;
    }

    ValueKind kind() {
        return kind;
    }

    DType dtype() {
        return dtype;
    }

    /** The dimensions of a row's or step's values, in TensorFlow's notation. */
    String shape() {
        return Arrays.toString(shape).replace(" ", "");
    }

    /** The shape of a column of rows, or of rows and steps. */
    int[] shapeOf(int... before) {
        int[] all = Arrays.copyOf(before, before.length + shape.length);
        System.arraycopy(shape, 0, all, before.length, shape.length);
        return all;
    }

    /** How many values a row or step has. */
    int size() {
        return size;
    }

    /** Says whether the numbers stand in the bytes of a single value. */
    boolean isRaw() {
        return raw != null;
    }

    /** Says whether those bytes have to be swapped. */
    boolean isSwapped() {
        return raw == ByteOrder.BIG_ENDIAN && dtype.bytes() > 1;
    }

    /**
     * What rows are filled with, null if with nothing: of numbers one array with the bytes of all, as they stand in the
     * column; of byte strings each.
     */
    byte @Nullable [][] fill() {
        return fill;
    }

    /** Of a sparse feature: the key of its indexes, null if they stand in the same tensor. */
    @Nullable
    String indexKey() {
        return indexes == null ? null : indexes.key;
    }

    /** Of a sparse feature: the length of the vector. */
    long sparseSize() {
        return indexes == null ? 0 : indexes.size;
    }

    /** Of a sparse feature: that of its indexes. */
    Feature indices() {
        String in = indexKey();
        return new Feature(
                name + ".indices",
                in == null ? key : in,
                Layout.RAGGED,
                ValueKind.INT64,
                DType.INT64,
                shape,
                null,
                null,
                indexes);
    }

    /** The same feature, whose column has another name. */
    Feature named(String column) {
        return new Feature(column, key, layout, kind, dtype, shape, raw, fill, indexes);
    }

    /** Name, type and dimensions: {@code data FLOAT64[1024]}, {@code words BYTES[?]}. */
    @Override
    public String toString() {
        String dimensions = Arrays.toString(shapeOf());
        return name + " " + dtype
                + switch (layout) {
                    case FIXED -> dimensions;
                    case RAGGED -> "[?]";
                    case PADDED -> shape.length == 0 ? "[?]" : "[?, " + dimensions.substring(1);
                    case SPARSE -> "[sparse " + sparseSize() + "]";
                };
    }
}
