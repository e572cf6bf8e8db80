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
 * A feature of the records of a {@link Schema}, and the column it becomes. Immutable.
 *
 * <pre>
 *   factory                   TensorFlow's                column                 missing           other count of values
 *   float32 int64 bytes ...   FixedLenFeature             [rows, ...]            error or default  error
 *   decodeRaw                 and tf.io.decode_raw        [rows, ...]            error or default  error
 *   ragged raggedRaw          RaggedFeature, VarLen       ragged                 empty row         as it is
 *     withRowSplits, -Lengths   with partitions           ragged twice           empty row         as it is
 *   padded...                 FixedLenSequenceFeature     [rows, longest, ...]   padding           padding behind
 *   sparse                    SparseFeature               two, ragged            empty row         as it is
 * </pre>
 *
 * <p>A padded feature brings another column, {@code name.lengths}, {@link DType#INT64}: how many steps each row has
 * that are no padding. On request, it brings a {@linkplain #withMask mask}, too.
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

    /**
     * Where a sparse feature's indexes are.
     *
     * @param keys one for each dimension; none if they stand in the same tensor
     * @param sizes of the dimensions
     */
    private record Indexes(List<String> keys, List<Long> sizes) {}

    /** What a feature is made of; each method that makes another one changes a copy. */
    private static final class Parts {
        String name;
        String key;
        Layout layout = Layout.FIXED;
        final ValueKind kind;
        DType source; // of numbers as they are in the record
        DType dtype;
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

    private final Parts parts; // which nobody changes any more
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
     * Values of the record's {@code bytes_list} or {@code bytes}, as {@link DType#UTF8}: a record with another value
     * than valid UTF-8 is refused.
     *
     * @param shape dimensions, none negative
     */
    public static Feature utf8(String name, int... shape) {
        return fixed(name, ValueKind.BYTES, shape).castTo(DType.UTF8);
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
        return raw(name, dtype, Layout.FIXED, shape);
    }

    /**
     * Numbers that stand in a single value of the record's {@code bytes_list}, as many as it has bytes for: a ragged
     * column, in which a record without the feature has an empty row. Otherwise as {@link #decodeRaw}.
     *
     * @param dtype the numbers' type, any but {@link DType#BYTES} and {@link DType#UTF8}
     */
    public static Feature raggedRaw(String name, DType dtype) {
        return raw(name, dtype, Layout.RAGGED);
    }

    /**
     * Steps of numbers that stand in a single value of the record's {@code bytes_list}, as many as it has bytes for;
     * after the last, rows are filled with zeros up to the longest row of the batch. Otherwise as {@link #decodeRaw}.
     *
     * <pre>{@code
     * Feature.paddedRaw("pcm", DType.INT16, 2).castTo(DType.FLOAT32).scaledBy(1 / 32768.0) // [rows, longest, 2]
     * }</pre>
     *
     * @param dtype the numbers' type, any but {@link DType#BYTES} and {@link DType#UTF8}
     * @param shape dimensions of a step, at least 1 each
     */
    public static Feature paddedRaw(String name, DType dtype, int... shape) {
        return padded(raw(name, dtype, Layout.PADDED, shape), FillValues.of(0L));
    }

    private static Feature raw(String name, DType dtype, Layout layout, int... shape) {
        if (dtype.hasOffsets()) {
            throw new IllegalArgumentException(
                    "decodeRaw(\"" + name + "\"): a type of numbers required but it was " + dtype);
        }
        return of(name, ValueKind.BYTES, layout, shape).with(parts -> {
            parts.source = dtype;
            parts.dtype = dtype;
            parts.raw = ByteOrder.LITTLE_ENDIAN;
        });
    }

    /**
     * As many values as the record has: a ragged column, in which a record without the feature has an empty row.
     *
     * @param dtype {@link DType#FLOAT32}, {@link DType#INT64}, {@link DType#BYTES} or {@link DType#UTF8}; in
     *     SageMaker's records also {@link DType#FLOAT64} and {@link DType#INT32}
     */
    public static Feature ragged(String name, DType dtype) {
        return of(name, ValueKind.of(dtype), Layout.RAGGED, new int[0]).castTo(dtype);
    }

    /**
     * Steps of floats, as many as the record has; behind the last, rows are filled up to the longest row of the batch.
     *
     * @param pad the value to fill with, of the column's type: see {@link #castTo}
     * @param shape dimensions of a step, at least 1 each
     */
    public static Feature paddedFloat32(String name, double pad, int... shape) {
        return padded(of(name, ValueKind.FLOAT, Layout.PADDED, shape), FillValues.of(pad));
    }

    /**
     * Steps of integers, as many as the record has; behind the last, rows are filled up to the longest row of the batch.
     *
     * @param pad the value to fill with
     * @param shape dimensions of a step, at least 1 each
     */
    public static Feature paddedInt64(String name, long pad, int... shape) {
        return padded(of(name, ValueKind.INT64, Layout.PADDED, shape), FillValues.of(pad));
    }

    /**
     * Steps of byte strings, as many as the record has; behind the last, rows are filled up to the longest row of the
     * batch.
     *
     * @param pad the value to fill with; copied
     * @param shape dimensions of a step, at least 1 each
     */
    public static Feature paddedBytes(String name, byte[] pad, int... shape) {
        return padded(of(name, ValueKind.BYTES, Layout.PADDED, shape), FillValues.of(pad));
    }

    private static Feature padded(Feature feature, FillValues pad) {
        if (feature.size == 0) {
            throw new IllegalArgumentException("feature \"" + feature.name()
                    + "\": steps of at least one value required but they were of "
                    + Arrays.toString(feature.parts.shape));
        }
        return feature.with(parts -> parts.fill = pad);
    }

    /**
     * A sparse vector, whose values stand under one key and their indexes, in {@code int64_list}, under another. It becomes
     * two ragged columns with equal row splits: {@code name} with the values and {@code name.indices} with their indexes in
     * the row, {@link DType#INT64}, ascending (equal ones as they stood). The coordinates of value {@code i} are the row it
     * is in and {@code indices[i]}, the dense shape is {@code [rows, size]}.
     *
     * @param dtype of the values: {@link DType#FLOAT32}, {@link DType#INT64}, {@link DType#BYTES} or {@link DType#UTF8}
     * @param size the vector's length: indexes are from 0 to {@code size - 1}
     */
    public static Feature sparse(String name, String indexKey, String valueKey, DType dtype, long size) {
        return sparse(name, List.of(indexKey), valueKey, dtype, size);
    }

    /**
     * A sparse matrix, or tensor of more dimensions, whose values stand under one key and their indexes, in {@code
     * int64_list}, under one more for each dimension. It becomes ragged columns with equal row splits: {@code name}
     * with the values, and {@code name.indices.0}, {@code name.indices.1} and so on with their indexes in the row; the
     * first index ascending, equal ones by the next. With one index key it is {@code name.indices}. {@link
     * io.pipeflux.records.batch.ColumnBatch#coordinates} has them as TensorFlow does.
     *
     * @param dtype of the values: {@link DType#FLOAT32}, {@link DType#INT64}, {@link DType#BYTES} or {@link DType#UTF8}
     * @param sizes the dimensions, one for each index key: indexes are from 0 to the size less 1
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
     * A sparse tensor of SageMaker's records ({@link Schema#ofTensors}), which has keys and a shape. It becomes two ragged
     * columns as other sparse features do; the index is that in the tensor taken as one row.
     *
     * @param dtype of the values: {@link DType#FLOAT32}, {@link DType#FLOAT64} or {@link DType#INT32}
     * @param size how many values the dense tensor would have: the product of the shape in the record
     */
    public static Feature sparse(String name, DType dtype, long size) {
        return sparse(name, name, dtype, new Indexes(List.of(), List.of(size)));
    }

    private static Feature sparse(String name, String key, DType dtype, Indexes indexes) {
        for (long size : indexes.sizes) {
            if (size < 1) {
                throw new IllegalArgumentException("feature \"" + name + "\": size >= 1 required but it was " + size);
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
     * The same feature, whose values stand under another key of the record than its column's name. So several features
     * may have one key, and features of a sequence's context and steps the same.
     *
     * <pre>{@code
     * Schema.of(Feature.ragged("tokens", DType.INT64), Feature.paddedInt64("tokens_padded", 0).from("tokens"))
     * }</pre>
     *
     * @throws IllegalArgumentException if it is a sparse feature that has its keys already
     */
    public Feature from(String key) {
        if (hasIndexKeys()) {
            throw new IllegalArgumentException("feature \"" + name() + "\": a sparse feature has its keys already");
        }
        return with(to -> to.key = key);
    }

    /**
     * The same ragged feature, whose values are parted into lists by another key of the record: the column is ragged in
     * two levels, {@code [rows, -1, -1]}. This is what {@code tf.io.RaggedFeature} has {@code RowSplits} for.
     *
     * @param key that of an {@code int64_list}: 0, then where each list of the row ends, counted in values
     */
    public Feature withRowSplits(String key) {
        return parted(new Partition.Source(WholeText.of("key", key), true));
    }

    /**
     * The same ragged feature, whose values are parted into lists by another key of the record: the column is ragged in
     * two levels, {@code [rows, -1, -1]}. This is what {@code tf.io.RaggedFeature} has {@code RowLengths} for.
     *
     * @param key that of an {@code int64_list}: how many values each list of the row has
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
     * The same padded feature, with another column: {@code name.mask}, {@link DType#BOOL} of shape {@code [rows,
     * longest]}, true for a step of the record, false for padding.
     */
    public Feature withMask() {
        if (layout() != Layout.PADDED) {
            throw new IllegalArgumentException(
                    "feature \"" + name() + "\": only a padded feature has a mask, not " + this);
        }
        return with(to -> to.masked = true);
    }

    /**
     * The same feature of numbers, whose column has another type; or the same feature of {@link DType#BYTES} as {@link
     * DType#UTF8}. The record's values are converted while they are parsed, at no cost in memory.
     *
     * <p>Integers become other integers ({@link DType#BOOL} of 0 and 1), or floating-point numbers, rounded to the
     * nearest. Floating-point numbers become others, rounded to the nearest. A record with a value beyond the range of
     * the type is refused ({@link io.pipeflux.core.SchemaMismatchException}), not wrapped as by {@code tf.cast}.
     * Defaults and padding are values of the column: they are not converted.
     *
     * @throws IllegalArgumentException if floating-point numbers were to become integers, or numbers byte strings
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
     * The same feature of floating-point numbers, the record's multiplied by a factor: computed as {@code double}, then
     * rounded to the column's type. Defaults and padding are values of the column: they are not multiplied.
     *
     * <pre>{@code
     * Feature.decodeRaw("image", DType.UINT8, 28, 28).castTo(DType.FLOAT32).scaledBy(1 / 255.0)
     * }</pre>
     *
     * @param factor finite, not 0
     * @throws IllegalArgumentException if the column is of another type: integers need {@link #castTo} first
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
     * The same feature with values for records that lack it.
     *
     * @param values exactly as many as the shape has
     */
    public Feature withDefault(double... values) {
        return filled(FillValues.of(values));
    }

    /**
     * The same feature with values for records that lack it.
     *
     * @param values exactly as many as the shape has; of {@link DType#BOOL}, 0 and 1
     */
    public Feature withDefault(long... values) {
        return filled(FillValues.of(values));
    }

    /**
     * The same feature with values for records that lack it.
     *
     * @param values exactly as many as the shape has; copied
     */
    public Feature withDefault(byte[]... values) {
        return filled(FillValues.of(values));
    }

    /**
     * The same feature with values for records that lack it, in UTF-8.
     *
     * @param values exactly as many as the shape has
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
     * The same {@link #decodeRaw} feature with numbers whose bytes stand in the order given. Columns are little-endian
     * always.
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
                        + "\": dimensions of at most 2 GiB, none negative, required but they were "
                        + Arrays.toString(shape));
            }
        }
        return (int) size;
    }

    /** The column's name. */
    String name() {
        return parts.name;
    }

    /** The name the values have in the record. */
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

    /** The dimensions of a row's or step's values, in TensorFlow's notation. */
    String shape() {
        return Arrays.toString(parts.shape).replace(" ", "");
    }

    /** The shape of a column of rows, or of rows and steps. */
    int[] shapeOf(int... before) {
        int[] all = Arrays.copyOf(before, before.length + parts.shape.length);
        System.arraycopy(parts.shape, 0, all, before.length, parts.shape.length);
        return all;
    }

    /** How many values a row or step has. */
    int size() {
        return size;
    }

    /** The type of the values in the record. */
    DType source() {
        return parts.source;
    }

    /** Returns whether values are not just copied: of another type, scaled, checked, or of any number in one value. */
    boolean isConverted() {
        return source() != dtype()
                || parts.scale != 1
                || (isRaw() && (dtype() == DType.BOOL || layout() != Layout.FIXED));
    }

    /** Of numbers: how those of the record become those of the column. */
    Conversion conversion() {
        return new Conversion(source(), dtype(), parts.scale, isSwapped());
    }

    /** Says whether the numbers stand in the bytes of a single value. */
    boolean isRaw() {
        return parts.raw != null;
    }

    /** Says whether those bytes have to be swapped. */
    boolean isSwapped() {
        return parts.raw == ByteOrder.BIG_ENDIAN && source().bytes() > 1;
    }

    /**
     * What rows are filled with, null if with nothing: of numbers one array with the bytes of all, as they stand in the
     * column; of byte strings each.
     */
    byte @Nullable [][] fill() {
        return fill;
    }

    /**
     * Returns whether its indexes have keys of their own: of a sparse feature, unless they stand in the same tensor.
     */
    boolean hasIndexKeys() {
        return parts.indexes != null && !parts.indexes.keys.isEmpty();
    }

    /** Of a sparse feature of one dimension, or of the indexes of one: its size. */
    long sparseSize() {
        return parts.indexes == null ? 0 : parts.indexes.sizes.get(0);
    }

    /** Of a sparse feature: those of its indexes, one for each dimension. */
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

    /** The keys of a record in which its values are, if it has no tensors, in the order of what takes them. */
    Stream<String> keys() {
        if (parts.partition != null) {
            return Stream.of(key(), parts.partition.key());
        }
        Stream<String> own = Stream.of(key());
        return layout() == Layout.SPARSE ? Stream.concat(indices().stream().map(Feature::key), own) : own;
    }

    /** The names of its columns. */
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

    /** Where the lists of a row are that have a key of their own, null if there are none. */
    Partition.@Nullable Source partition() {
        return parts.partition;
    }

    /** Of a padded feature: whether it brings a mask. */
    boolean isMasked() {
        return parts.masked;
    }

    /** Of a padded feature: the column of its lengths. */
    Feature lengths() {
        return int64(name() + ".lengths");
    }

    /** Of a padded feature: the column that tells steps from padding. */
    Feature mask() {
        return decodeRaw(name() + ".mask", DType.BOOL);
    }

    /** The same feature, whose column has another name. */
    Feature named(String column) {
        return with(to -> to.name = column);
    }

    /** Name, type and dimensions: {@code data FLOAT64[1024]}, {@code words BYTES[?]}. */
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
