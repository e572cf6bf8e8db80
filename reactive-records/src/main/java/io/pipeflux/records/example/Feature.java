package io.pipeflux.records.example;

import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.DType;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Describes one feature of a {@link Schema}'s records, and the column that the feature becomes. Instances are
 * immutable.
 *
 * <pre>
 *   factory method             in TensorFlow                 column                if missing        other counts
 *   float32, int64, bytes ...  FixedLenFeature               [rows, ...]           error or default  error
 *   decodeRaw                    with tf.io.decode_raw       [rows, ...]           error or default  error
 *   ragged, raggedRaw          RaggedFeature, VarLenFeature  ragged                empty row         valid
 *     with row splits/lengths    with partitions             ragged in two levels  empty row         valid
 *   padded...                  FixedLenSequenceFeature       [rows, longest, ...]  padding           padded at the end
 *   sparse                     SparseFeature                 two or more, ragged   empty row         valid
 * </pre>
 *
 * <p>A padded feature has a second column, {@code name.lengths} of {@link DType#INT64}, which contains the number of
 * steps of each row without padding. {@link #withMask} adds a mask.
 *
 * <p>If a feature has a shape, the number of values must be the product of the dimensions. The values are in row-major
 * order. A feature with an empty shape has one value. The errors in the table cause a {@link
 * io.pipeflux.core.SchemaMismatchException}, and so does a record in which the feature's values are not of the expected
 * kind.
 */
public final class Feature {

    /** The possible layouts of a feature's column. */
    enum Layout {
        FIXED,
        RAGGED,
        PADDED,
        SPARSE
    }

    /**
     * Describes the indexes of a sparse feature.
     *
     * @param keys the key of each dimension's indexes; empty if the tensor itself contains the indexes
     * @param sizes the sizes of the dimensions
     */
    private record Indexes(List<String> keys, List<Long> sizes) {}

    /**
     * The properties of a feature. A method that returns a changed feature first copies the properties, and then
     * changes the copy.
     */
    private static final class Parts {
        String name;
        String key;
        Layout layout = Layout.FIXED;
        final ValueKind kind;
        DType source; // the type of the values in the record
        DType dtype; // the type of the column
        int[] shape = {};

        @Nullable
        ByteOrder raw;

        double scale = 1;

        @Nullable
        FillValues fill;

        @Nullable
        Indexes indexes;

        boolean masked;

        Partition.@Nullable Source partition;

        Parts(String name, ValueKind kind) {
            this.name = name;
            this.key = name;
            this.kind = kind;
            this.source = kind.dtype;
            this.dtype = kind.dtype;
        }

        Parts(Parts of) {
            this.name = of.name;
            this.key = of.key;
            this.layout = of.layout;
            this.kind = of.kind;
            this.source = of.source;
            this.dtype = of.dtype;
            this.shape = of.shape;
            this.raw = of.raw;
            this.scale = of.scale;
            this.fill = of.fill;
            this.indexes = of.indexes;
            this.masked = of.masked;
            this.partition = of.partition;
        }
    }

    private final Parts parts; // not modified after construction
    private final int size;
    private final byte @Nullable [][] fill;

    private Feature(Parts parts) {
        this.parts = parts;
        WholeText.of("name", parts.name);
        WholeText.of("key", parts.key);
        this.size = size(parts.name, Math.max(parts.dtype.bytes(), parts.source.bytes()), parts.shape);
        this.fill = parts.fill == null ? null : parts.fill.bytes(parts.name, parts.dtype);
    }

    private Feature with(Consumer<Parts> change) {
        Parts changed = new Parts(parts);
        change.accept(changed);
        return new Feature(changed);
    }

    private static Feature of(String name, ValueKind kind, Layout layout, int[] shape) {
        Parts parts = new Parts(name, kind);
        parts.layout = layout;
        parts.shape = shape.clone();
        return new Feature(parts);
    }

    private static Feature fixed(String name, ValueKind kind, int[] shape) {
        return of(name, kind, Layout.FIXED, shape);
    }

    /**
     * Returns a feature whose values are in {@code float_list} or {@code float32_tensor}. Its column has the type
     * {@link DType#FLOAT32}.
     *
     * @param shape the dimensions, none of them negative. Without dimensions, the feature has one value
     */
    public static Feature float32(String name, int... shape) {
        return fixed(name, ValueKind.FLOAT, shape);
    }

    /**
     * Returns a feature whose values are in {@code int64_list}. Its column has the type {@link DType#INT64}.
     *
     * @param shape the dimensions, none of them negative. Without dimensions, the feature has one value
     */
    public static Feature int64(String name, int... shape) {
        return fixed(name, ValueKind.INT64, shape);
    }

    /**
     * Returns a feature whose values are in {@code bytes_list} or {@code bytes}. Its column has the type {@link
     * DType#BYTES}.
     *
     * @param shape the dimensions, none of them negative. Without dimensions, the feature has one value
     */
    public static Feature bytes(String name, int... shape) {
        return fixed(name, ValueKind.BYTES, shape);
    }

    /**
     * Returns a feature whose values are in {@code bytes_list} or {@code bytes}. Its column has the type {@link
     * DType#UTF8}. Values that are not valid UTF-8 are an error.
     *
     * @param shape the dimensions, none of them negative. Without dimensions, the feature has one value
     */
    public static Feature utf8(String name, int... shape) {
        return fixed(name, ValueKind.BYTES, shape).castTo(DType.UTF8);
    }

    /**
     * Returns a feature whose values are in {@code float64_tensor}. Its column has the type {@link DType#FLOAT64}. Only
     * SageMaker's records ({@link Schema#ofTensors}) can have this feature.
     *
     * @param shape the dimensions, none of them negative. Without dimensions, the feature has one value
     */
    public static Feature float64(String name, int... shape) {
        return fixed(name, ValueKind.DOUBLE, shape);
    }

    /**
     * Returns a feature whose values are in {@code int32_tensor}. Its column has the type {@link DType#INT32}. Only
     * SageMaker's records ({@link Schema#ofTensors}) can have this feature.
     *
     * @param shape the dimensions, none of them negative. Without dimensions, the feature has one value
     */
    public static Feature int32(String name, int... shape) {
        return fixed(name, ValueKind.INT32, shape);
    }

    /**
     * Returns a feature of raw numbers, as {@code tf.io.decode_raw} reads them. The record has a single value in {@code
     * bytes_list}, and the bytes of this value are the numbers. They are little-endian unless {@link #order} changes
     * the byte order.
     *
     * @param dtype the type of the numbers, any type except {@link DType#BYTES} and {@link DType#UTF8}. With {@link
     *     DType#BOOL}, each byte must be 0 or 1
     * @param shape the dimensions, none of them negative. The byte string must have exactly the size of an array of
     *     this shape
     */
    public static Feature decodeRaw(String name, DType dtype, int... shape) {
        return raw(name, dtype, Layout.FIXED, shape);
    }

    /**
     * Returns a feature of raw numbers like {@link #decodeRaw}, but with any number of values. The feature becomes a
     * ragged column. The row of a record without the feature is empty.
     *
     * @param dtype the type of the numbers, any type except {@link DType#BYTES} and {@link DType#UTF8}
     */
    public static Feature raggedRaw(String name, DType dtype) {
        return raw(name, dtype, Layout.RAGGED);
    }

    /**
     * Returns a feature of raw numbers like {@link #decodeRaw}, but with any number of steps. Each row is padded with
     * zeros to the length of the longest row in the batch.
     *
     * <pre>{@code
     * Feature.paddedRaw("pcm", DType.INT16, 2).castTo(DType.FLOAT32).scaledBy(1 / 32768.0) // [rows, longest, 2]
     * }</pre>
     *
     * @param dtype the type of the numbers, any type except {@link DType#BYTES} and {@link DType#UTF8}
     * @param shape the dimensions of a step, each at least 1
     */
    public static Feature paddedRaw(String name, DType dtype, int... shape) {
        return padded(raw(name, dtype, Layout.PADDED, shape), FillValues.of(0L));
    }

    private static Feature raw(String name, DType dtype, Layout layout, int... shape) {
        if (dtype.hasOffsets()) {
            throw new IllegalArgumentException(
                    "decodeRaw(\"" + name + "\"): expected a type of numbers, but got " + dtype);
        }
        return of(name, ValueKind.BYTES, layout, shape).with(parts -> {
            parts.source = dtype;
            parts.dtype = dtype;
            parts.raw = ByteOrder.LITTLE_ENDIAN;
        });
    }

    /**
     * Returns a feature with any number of values. The feature becomes a ragged column. The row of a record without the
     * feature is empty.
     *
     * @param dtype {@link DType#FLOAT32}, {@link DType#INT64}, {@link DType#BYTES} or {@link DType#UTF8}. In
     *     SageMaker's records, {@link DType#FLOAT64} and {@link DType#INT32} are also permitted
     */
    public static Feature ragged(String name, DType dtype) {
        return of(name, ValueKind.of(dtype), Layout.RAGGED, new int[0]).castTo(dtype);
    }

    /**
     * Returns a feature of floats with any number of steps per row. Each row is padded to the length of the longest row
     * in the batch.
     *
     * @param pad the padding value. It must fit the type of the column, that is, {@link DType#FLOAT32} or the type that
     *     is passed to {@link #castTo}
     * @param shape the dimensions of a step, each at least 1
     */
    public static Feature paddedFloat32(String name, double pad, int... shape) {
        return padded(of(name, ValueKind.FLOAT, Layout.PADDED, shape), FillValues.of(pad));
    }

    /**
     * Returns a feature of integers with any number of steps per row. Each row is padded to the length of the longest
     * row in the batch.
     *
     * @param pad the padding value
     * @param shape the dimensions of a step, each at least 1
     */
    public static Feature paddedInt64(String name, long pad, int... shape) {
        return padded(of(name, ValueKind.INT64, Layout.PADDED, shape), FillValues.of(pad));
    }

    /**
     * Returns a feature of byte strings with any number of steps per row. Each row is padded to the length of the
     * longest row in the batch.
     *
     * @param pad the padding value. The array is copied
     * @param shape the dimensions of a step, each at least 1
     */
    public static Feature paddedBytes(String name, byte[] pad, int... shape) {
        return padded(of(name, ValueKind.BYTES, Layout.PADDED, shape), FillValues.of(pad));
    }

    private static Feature padded(Feature feature, FillValues pad) {
        if (feature.size == 0) {
            throw new IllegalArgumentException("feature \"" + feature.name()
                    + "\": expected steps of at least one value, but got "
                    + Arrays.toString(feature.parts.shape));
        }
        return feature.with(parts -> parts.fill = pad);
    }

    /**
     * Returns a feature for a sparse vector. In the record, one key contains the values, and a second key contains an
     * {@code int64_list} with the indexes of the values. The feature becomes two ragged columns with equal row splits:
     * {@code name} contains the values, and {@code name.indices} of type {@link DType#INT64} contains the indexes of
     * the values in the row, in ascending order. Values with equal indexes keep their order. The dense shape is {@code
     * [rows, size]}. In this shape, the coordinates of value {@code i} are the value's row and {@code indices[i]}.
     *
     * @param dtype the type of the values: {@link DType#FLOAT32}, {@link DType#INT64}, {@link DType#BYTES} or {@link
     *     DType#UTF8}
     * @param size the length of the vector. Indexes must be from 0 to {@code size - 1}
     */
    public static Feature sparse(String name, String indexKey, String valueKey, DType dtype, long size) {
        return sparse(name, List.of(indexKey), valueKey, dtype, size);
    }

    /**
     * Returns a feature for a sparse matrix, or for a sparse tensor with more dimensions. In the record, one key
     * contains the values, and one more key per dimension contains the indexes of the values in this dimension, in an
     * {@code int64_list}. The feature becomes ragged columns with equal row splits: {@code name} contains the values,
     * and {@code name.indices.0}, {@code name.indices.1} and so on contain the indexes of the values in the row. The
     * values are sorted by the first index, then by the second index, and so on. If there is only one index key, the
     * column of indexes is {@code name.indices}. {@link io.pipeflux.records.batch.ColumnBatch#coordinates} returns the
     * indexes in TensorFlow's layout.
     *
     * @param dtype the type of the values: {@link DType#FLOAT32}, {@link DType#INT64}, {@link DType#BYTES} or {@link
     *     DType#UTF8}
     * @param sizes for each index key, the size of its dimension. Indexes must be from 0 to the size minus 1
     */
    public static Feature sparse(String name, List<String> indexKeys, String valueKey, DType dtype, long... sizes) {
        if (indexKeys.isEmpty() || indexKeys.size() != sizes.length) {
            throw new IllegalArgumentException("feature \"" + name + "\": expected a size for each index key, but got "
                    + indexKeys + " and " + Arrays.toString(sizes));
        }
        indexKeys.forEach(key -> WholeText.of("indexKey", key));
        return sparse(
                name,
                valueKey,
                dtype,
                new Indexes(List.copyOf(indexKeys), Arrays.stream(sizes).boxed().toList()));
    }

    /**
     * Returns a feature for a sparse tensor in SageMaker's records ({@link Schema#ofTensors}). Such a tensor contains a
     * shape, values, and the index of each value in the flattened tensor. SageMaker calls these indexes keys. Like a
     * sparse vector, the feature becomes two ragged columns.
     *
     * @param dtype the type of the values: {@link DType#FLOAT32}, {@link DType#FLOAT64} or {@link DType#INT32}
     * @param size the number of values of the dense tensor, which is the product of the dimensions of the shape in the
     *     record
     */
    public static Feature sparse(String name, DType dtype, long size) {
        return sparse(name, name, dtype, new Indexes(List.of(), List.of(size)));
    }

    private static Feature sparse(String name, String key, DType dtype, Indexes indexes) {
        for (long size : indexes.sizes) {
            if (size < 1) {
                throw new IllegalArgumentException("feature \"" + name + "\": expected size >= 1, but got " + size);
            }
        }
        return of(name, ValueKind.of(dtype), Layout.SPARSE, new int[0])
                .castTo(dtype)
                .with(parts -> {
                    parts.key = key;
                    parts.indexes = indexes;
                });
    }

    /**
     * Returns a copy of this feature that is read from the given key of the record. By default, the key is the name of
     * the column. This method allows several features to read the same key. In a sequence, it also allows a feature of
     * the context and a feature of the steps to read keys with the same name.
     *
     * <pre>{@code
     * Schema.of(Feature.ragged("tokens", DType.INT64), Feature.paddedInt64("tokens_padded", 0).from("tokens"))
     * }</pre>
     *
     * @throws IllegalArgumentException if this feature is a sparse feature that already has keys
     */
    public Feature from(String key) {
        if (hasIndexKeys()) {
            throw new IllegalArgumentException("feature \"" + name() + "\": a sparse feature has its keys already");
        }
        return with(to -> to.key = key);
    }

    /**
     * Returns a copy of this ragged feature in which the values are divided into lists by the row splits in a second
     * key of the record. The column is ragged in two levels and has the shape {@code [rows, -1, -1]}. Corresponds to
     * {@code RowSplits} of {@code tf.io.RaggedFeature}.
     *
     * @param key the key of an {@code int64_list} that contains 0, followed by the end of each list. The end is the
     *     index after the list's last value, counted from the row's first value
     */
    public Feature withRowSplits(String key) {
        return parted(new Partition.Source(WholeText.of("key", key), true));
    }

    /**
     * Returns a copy of this ragged feature in which the values are divided into lists by the row lengths in a second
     * key of the record. The column is ragged in two levels and has the shape {@code [rows, -1, -1]}. Corresponds to
     * {@code RowLengths} of {@code tf.io.RaggedFeature}.
     *
     * @param key the key of an {@code int64_list} that contains the number of values of each list in the row
     */
    public Feature withRowLengths(String key) {
        return parted(new Partition.Source(WholeText.of("key", key), false));
    }

    private Feature parted(Partition.Source source) {
        if (layout() != Layout.RAGGED || partition() != null) {
            throw new IllegalArgumentException(
                    "feature \"" + name() + "\": only a ragged feature of one level is parted, not " + this);
        }
        return with(to -> to.partition = source);
    }

    /**
     * Returns a copy of this padded feature with an additional column {@code name.mask} of {@link DType#BOOL} and shape
     * {@code [rows, longest]}. The mask contains true for each step of the record and false for padding.
     */
    public Feature withMask() {
        if (layout() != Layout.PADDED) {
            throw new IllegalArgumentException(
                    "feature \"" + name() + "\": only a padded feature has a mask, not " + this);
        }
        return with(to -> to.masked = true);
    }

    /**
     * Returns a copy of this feature with a different column type. Values are converted while they are parsed, without
     * additional memory.
     *
     * <p>Integers can become other integers, {@link DType#BOOL} (from 0 and 1) or floating-point numbers.
     * Floating-point numbers can become other floating-point numbers. Results are rounded to the nearest value of the
     * type. {@link DType#BYTES} can become {@link DType#UTF8}. A value outside the range of the type causes a {@link
     * io.pipeflux.core.SchemaMismatchException}. In contrast, {@code tf.cast} wraps such a value around. Defaults and
     * padding are already values of the column, so they are not converted.
     *
     * @throws IllegalArgumentException if there is no such conversion: from floating-point numbers to integers, or
     *     between numbers and byte strings
     */
    public Feature castTo(DType dtype) {
        boolean fits = dtype.hasOffsets()
                ? source().hasOffsets()
                : !source().hasOffsets()
                        && (Conversion.isFloating(dtype) || (!Conversion.isFloating(source()) && parts.scale == 1));
        if (!fits) {
            throw new IllegalArgumentException("feature \"" + name() + "\": " + source()
                    + (parts.scale == 1 ? "" : " times " + parts.scale) + " is not cast to " + dtype);
        }
        return with(to -> to.dtype = dtype);
    }

    /**
     * Returns a copy of this floating-point feature, in which the values of the record are multiplied by a factor. The
     * product is computed as {@code double}, then rounded to the column's type. Defaults and padding are already values
     * of the column, so they are not multiplied.
     *
     * <pre>{@code
     * Feature.decodeRaw("image", DType.UINT8, 28, 28).castTo(DType.FLOAT32).scaledBy(1 / 255.0)
     * }</pre>
     *
     * @param factor a finite number, not 0
     * @throws IllegalArgumentException if the column does not have a floating-point type. For integers, call {@link
     *     #castTo} first
     */
    public Feature scaledBy(double factor) {
        if (!Conversion.isFloating(dtype())) {
            throw new IllegalArgumentException("feature \"" + name()
                    + "\": only a column of floating-point numbers is scaled, not " + this + ": use castTo before");
        }
        if (factor == 0 || !Double.isFinite(factor)) {
            throw new IllegalArgumentException(
                    "feature \"" + name() + "\": expected a finite factor other than 0, but got " + factor);
        }
        return with(to -> to.scale = factor);
    }

    /**
     * Returns a copy of this feature with a default for records without the feature.
     *
     * @param values one row of values. Their number must be the product of the shape's dimensions
     */
    public Feature withDefault(double... values) {
        return filled(FillValues.of(values));
    }

    /**
     * Returns a copy of this feature with a default for records without the feature.
     *
     * @param values one row of values. Their number must be the product of the shape's dimensions. With
     *     {@link DType#BOOL}, each value must be 0 or 1
     */
    public Feature withDefault(long... values) {
        return filled(FillValues.of(values));
    }

    /**
     * Returns a copy of this feature with a default for records without the feature.
     *
     * @param values one row of values. The arrays are copied. The number of values must be the product of the shape's
     *     dimensions
     */
    public Feature withDefault(byte[]... values) {
        return filled(FillValues.of(values));
    }

    /**
     * Returns a copy of this feature with a default for records without the feature. The default is encoded in UTF-8.
     *
     * @param values one row of values. Their number must be the product of the shape's dimensions
     */
    public Feature withDefault(String... values) {
        return filled(FillValues.of(Arrays.stream(values)
                .map(value -> WholeText.utf8("default", value))
                .toArray(byte[][]::new)));
    }

    private Feature filled(FillValues values) {
        values.bytes(name(), dtype());
        if (layout() != Layout.FIXED) {
            throw new IllegalArgumentException(
                    "feature \"" + name() + "\": only a feature of fixed length has a default, not " + this);
        }
        if (values.count() != size) {
            throw new IllegalArgumentException("feature \"" + name() + "\": def_value.shape() == [" + values.count()
                    + "] is not compatible with dense_shapes == " + shape() + ", which has " + size + " values");
        }
        return with(to -> to.fill = values);
    }

    /**
     * Returns a copy of this feature of raw numbers ({@link #decodeRaw}) for records in which the numbers have the
     * given byte order. Columns are always little-endian.
     */
    public Feature order(ByteOrder order) {
        if (!isRaw()) {
            throw new IllegalArgumentException(
                    "feature \"" + name() + "\": only decodeRaw has a byte order, not " + this);
        }
        return with(to -> to.raw = Objects.requireNonNull(order, "order"));
    }

    private static int size(String name, int bytes, int[] shape) {
        long size = 1;
        for (int dimension : shape) {
            size *= dimension;
            if (dimension < 0 || size * Math.max(1, bytes) > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("feature \"" + name
                        + "\": expected dimensions of at most 2 GiB, none of them negative, but got "
                        + Arrays.toString(shape));
            }
        }
        return (int) size;
    }

    /** Returns the column's name. */
    String name() {
        return parts.name;
    }

    /** Returns the key that contains the values in the record. */
    String key() {
        return parts.key;
    }

    Layout layout() {
        return parts.layout;
    }

    ValueKind kind() {
        return parts.kind;
    }

    DType dtype() {
        return parts.dtype;
    }

    /** Returns the dimensions of the values of a row or step, in TensorFlow's notation. */
    String shape() {
        return Arrays.toString(parts.shape).replace(" ", "");
    }

    /**
     * Returns the shape of a column.
     *
     * @param before the dimensions that precede those of this feature: rows, or rows and steps
     */
    int[] shapeOf(int... before) {
        int[] all = Arrays.copyOf(before, before.length + parts.shape.length);
        System.arraycopy(parts.shape, 0, all, before.length, parts.shape.length);
        return all;
    }

    /** Returns the number of values of a row or step. */
    int size() {
        return size;
    }

    /** Returns the type of the values in the record. */
    DType source() {
        return parts.source;
    }

    /**
     * Returns whether the column needs a {@link ConvertingWriter}. This is the case if the column's type differs from
     * the type in the record, if the values are scaled or checked, or if the feature has raw numbers and rows of
     * varying length.
     */
    boolean isConverted() {
        return source() != dtype()
                || parts.scale != 1
                || (isRaw() && (dtype() == DType.BOOL || layout() != Layout.FIXED));
    }

    /** Returns the conversion from the record's numbers to the column's numbers. */
    Conversion conversion() {
        return new Conversion(source(), dtype(), parts.scale, isSwapped());
    }

    /** Returns whether the numbers are decoded from one byte string (see {@link #decodeRaw}). */
    boolean isRaw() {
        return parts.raw != null;
    }

    /** Returns whether the numbers are big-endian in the record. */
    boolean isSwapped() {
        return parts.raw == ByteOrder.BIG_ENDIAN && source().bytes() > 1;
    }

    /**
     * Returns the default or padding values, encoded as the column stores them, or null if there are no such values.
     * For numbers, the result is one array that contains the bytes of all values. For byte strings, the result is one
     * array per value.
     */
    byte @Nullable [][] fill() {
        return fill;
    }

    /**
     * Returns whether this is a sparse feature whose indexes have keys of their own. For a sparse feature without such
     * keys, the tensor that contains the values also contains the indexes.
     */
    boolean hasIndexKeys() {
        return parts.indexes != null && !parts.indexes.keys.isEmpty();
    }

    /**
     * Returns the size of the first dimension of a sparse feature, or 0 for any other feature. For a feature
     * that {@link #indices} returns, this is the size of the dimension to which its indexes belong.
     */
    long sparseSize() {
        return parts.indexes == null ? 0 : parts.indexes.sizes.get(0);
    }

    /** Returns the features for the indexes of a sparse feature, one feature per dimension. */
    List<Feature> indices() {
        Indexes all = Objects.requireNonNull(parts.indexes, "indexes");
        List<Feature> indices = new ArrayList<>();
        for (int i = 0; i < all.sizes.size(); i++) {
            Parts to = new Parts(name() + ".indices" + (all.sizes.size() == 1 ? "" : "." + i), ValueKind.INT64);
            to.key = hasIndexKeys() ? all.keys.get(i) : key();
            to.layout = Layout.RAGGED;
            to.indexes = new Indexes(List.of(), List.of(all.sizes.get(i)));
            indices.add(new Feature(to));
        }
        return indices;
    }

    /**
     * Returns the keys from which the feature is read in a record without tensors. The keys have the same order as the
     * {@linkplain ColumnWriter#sinks sinks} of the feature's writers.
     */
    Stream<String> keys() {
        if (parts.partition != null) {
            return Stream.of(key(), parts.partition.key());
        }
        Stream<String> own = Stream.of(key());
        return layout() == Layout.SPARSE ? Stream.concat(indices().stream().map(Feature::key), own) : own;
    }

    /** Returns the names of the feature's columns. */
    Stream<String> columns() {
        return switch (layout()) {
            case FIXED, RAGGED -> Stream.of(name());
            case SPARSE -> Stream.concat(indices().stream().map(Feature::name), Stream.of(name()));
            case PADDED ->
                isMasked()
                        ? Stream.of(name(), lengths().name(), mask().name())
                        : Stream.of(name(), lengths().name());
        };
    }

    /**
     * Returns the source of the row splits or row lengths that divide a row's values into lists, or null if there is
     * none.
     */
    Partition.@Nullable Source partition() {
        return parts.partition;
    }

    /** Returns whether a padded feature has a mask. */
    boolean isMasked() {
        return parts.masked;
    }

    /** Returns a feature that describes the column of lengths of this padded feature. */
    Feature lengths() {
        return int64(name() + ".lengths");
    }

    /** Returns a feature that describes the mask of this padded feature. */
    Feature mask() {
        return decodeRaw(name() + ".mask", DType.BOOL);
    }

    /** Returns a copy of this feature with a different column name. */
    Feature named(String column) {
        return with(to -> to.name = column);
    }

    /** Returns the name, type and dimensions, such as {@code data FLOAT64[1024]} or {@code words BYTES[?]}. */
    @Override
    public String toString() {
        String dimensions = Arrays.toString(shapeOf());
        return name() + " " + dtype()
                + switch (layout()) {
                    case FIXED -> dimensions;
                    case RAGGED -> parts.partition == null ? "[?]" : "[?, ?]";
                    case PADDED -> parts.shape.length == 0 ? "[?]" : "[?, " + dimensions.substring(1);
                    case SPARSE ->
                        indices().stream()
                                .map(index -> Long.toString(index.sparseSize()))
                                .collect(Collectors.joining(", ", "[sparse ", "]"));
                };
    }
}
