package io.pipeflux.records.json;

import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.DefaultFits;
import io.pipeflux.records.internal.IntegerTypes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Describes a value in the records of a {@link JsonSchema}, and the column that the value becomes. The value is found
 * by its path. Unless the field has a default, each record must have the value. The default replaces a value that is
 * missing or null. Instances are immutable.
 *
 * <pre>
 *   path             value                                    column
 *   $.item.price     a number, a string, true or false        [rows]
 *   $.point          an array of the field's shape: [3]       [rows, 3]
 *   $.tags[*]        an array of any length                   ragged: [rows, -1]
 *   $.items[*].id    one value per object of an array         ragged: [rows, -1]
 *   $.items[0].id    a value in an array's first element      [rows]
 *   $['a.b'].c       a value whose path has other characters  [rows]
 *   $['it\'s']       the value named it's (escapes: \' \\)    [rows]
 *   $                the record itself
 * </pre>
 *
 * <p>Integers may be written with a decimal point or an exponent ({@code 2.0}, {@code 1e3}), but the field's type must
 * be able to represent the number exactly. Floating-point numbers are rounded to the nearest value of the field's type,
 * and a number that is too large for the type is an error. {@code NaN}, {@code Infinity} and {@code -Infinity}, which
 * Python writes, are accepted as floating-point numbers. Types are not converted: a string is not a number, and a
 * number is neither a string nor a boolean. Text that contains an unpaired surrogate is an error.
 *
 * <p>If the path of a field contains {@code [*]} and the field has a default, a list that is missing or null becomes an
 * empty list, and an element that is missing or null becomes the default.
 */
public final class JsonField {

    private final String name;
    private final JsonPath path;
    private final DType dtype;
    private final int[] shape;
    private final @Nullable Object fill;

    private JsonField(String name, JsonPath path, DType dtype, int[] shape, @Nullable Object fill) {
        this.name = WholeText.of("name", name);
        this.path = path;
        this.dtype = dtype;
        this.shape = shape;
        this.fill = fill;
    }

    /**
     * Returns a field of any type except {@link DType#FLOAT16} and {@link DType#BFLOAT16}. For {@link DType#BYTES} and
     * {@link DType#UTF8}, the values in the record are strings. For both types, the column contains these strings
     * encoded in UTF-8.
     *
     * @param name the column's name
     * @param path the path of the value
     * @param shape the lengths of the value's nested arrays, outermost first; empty if the value is not an array
     * @throws IllegalArgumentException if the path is invalid, if a length is less than 1, if a value would need more
     *     than 2 GiB, or if a shape is given although the path contains {@code [*]}
     */
    public static JsonField of(String name, String path, DType dtype, int... shape) {
        JsonPath parsed = JsonPath.parse(path);
        if (dtype == DType.FLOAT16 || dtype == DType.BFLOAT16) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected a type other than " + dtype + ", such as FLOAT32");
        }
        if (Arrays.stream(shape).anyMatch(length -> length < 1)) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected a shape of lengths >= 1, but got " + Arrays.toString(shape));
        }
        long bytes = Math.max(1, dtype.bytes());
        for (int length : shape) {
            bytes *= length;
            if (bytes > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("field \"" + name + "\": expected a shape of at most 2 GiB, but got "
                        + Arrays.toString(shape) + " of " + dtype);
            }
        }
        if (parsed.hasList() && shape.length > 0) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected a path without [*] or no shape, but got " + path + " and "
                            + Arrays.toString(shape));
        }
        return new JsonField(name, parsed, dtype, shape.clone(), null);
    }

    /** Returns a floating-point field. Its column has the type {@link DType#FLOAT32}. See {@link #of}. */
    public static JsonField float32(String name, String path, int... shape) {
        return of(name, path, DType.FLOAT32, shape);
    }

    /** Returns a floating-point field. Its column has the type {@link DType#FLOAT64}. See {@link #of}. */
    public static JsonField float64(String name, String path, int... shape) {
        return of(name, path, DType.FLOAT64, shape);
    }

    /** Returns an integer field. Its column has the type {@link DType#INT32}. See {@link #of}. */
    public static JsonField int32(String name, String path, int... shape) {
        return of(name, path, DType.INT32, shape);
    }

    /** Returns an integer field. Its column has the type {@link DType#INT64}. See {@link #of}. */
    public static JsonField int64(String name, String path, int... shape) {
        return of(name, path, DType.INT64, shape);
    }

    /**
     * Returns a boolean field, with the values {@code true} and {@code false}. Its column has the type {@link
     * DType#BOOL}. See {@link #of}.
     */
    public static JsonField bool(String name, String path, int... shape) {
        return of(name, path, DType.BOOL, shape);
    }

    /** Returns a string field. Its column has the type {@link DType#UTF8}. See {@link #of}. */
    public static JsonField utf8(String name, String path, int... shape) {
        return of(name, path, DType.UTF8, shape);
    }

    /** Returns a string field. Its column has the type {@link DType#BYTES}. See {@link #of}. */
    public static JsonField bytes(String name, String path, int... shape) {
        return of(name, path, DType.BYTES, shape);
    }

    /**
     * Returns a copy of this floating-point field with a default, which is rounded to the nearest value of the field's
     * type. The default replaces each missing value, including missing elements of arrays.
     *
     * @throws IllegalArgumentException if this is not a floating-point field, or if the number is too large or too
     *     close to zero for the field's type
     */
    public JsonField withDefault(double value) {
        require(DefaultFits.in(dtype, value), "the number " + value);
        return new JsonField(name, path, dtype, shape, value);
    }

    /**
     * Returns a copy of this numeric field with a default. The default replaces each missing value, including missing
     * elements of arrays.
     *
     * @throws IllegalArgumentException if the field's type cannot represent the number exactly
     */
    public JsonField withDefault(long value) {
        require(DefaultFits.in(dtype, value), "the integer " + value);
        return IntegerTypes.isInteger(dtype)
                ? new JsonField(name, path, dtype, shape, value)
                : new JsonField(name, path, dtype, shape, (double) value);
    }

    /**
     * Returns a copy of this boolean field with a default. The default replaces each missing value, including missing
     * elements of arrays.
     *
     * @throws IllegalArgumentException if this is not a boolean field
     */
    public JsonField withDefault(boolean value) {
        require(dtype == DType.BOOL, "the bool " + value);
        return new JsonField(name, path, dtype, shape, value ? 1L : 0L);
    }

    /**
     * Returns a copy of this string field with a default. The default replaces each missing value, including missing
     * elements of arrays.
     *
     * @throws IllegalArgumentException if this is not a string field, or if the default contains an unpaired surrogate
     */
    public JsonField withDefault(String value) {
        require(dtype.hasOffsets(), "a string");
        return new JsonField(name, path, dtype, shape, WholeText.utf8("default", value));
    }

    /**
     * Returns a copy of this string field with a default. The default replaces each missing value, including missing
     * elements of arrays. The array is copied.
     *
     * @throws IllegalArgumentException if this is not a string field, or if its type is {@code UTF8} and the default is
     *     not valid UTF-8
     */
    public JsonField withDefault(byte[] value) {
        require(DefaultFits.in(dtype, value), "a byte string");
        return new JsonField(name, path, dtype, shape, value.clone());
    }

    private void require(boolean fits, String found) {
        if (!fits) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected a default of " + dtype + ", but got " + found);
        }
    }

    String name() {
        return name;
    }

    JsonPath path() {
        return path;
    }

    DType dtype() {
        return dtype;
    }

    int[] shape() {
        return shape;
    }

    boolean hasDefault() {
        return fill != null;
    }

    /** Returns the default of an integer or boolean field, or 0 if there is no default. */
    long integer() {
        return fill instanceof Long value ? value : 0;
    }

    /** Returns the default of a floating-point field, or 0 if there is no default. */
    double number() {
        return fill instanceof Double value ? value : 0;
    }

    /** Returns the default of a string field, or an empty array if there is no default. */
    byte[] string() {
        return fill instanceof byte[] value ? value : new byte[0];
    }

    /** Returns the name, type, shape and path, such as {@code price FLOAT32 $.item.price}. */
    @Override
    public String toString() {
        return name + " " + dtype + (shape.length == 0 ? "" : Arrays.toString(shape)) + " " + path;
    }
}
