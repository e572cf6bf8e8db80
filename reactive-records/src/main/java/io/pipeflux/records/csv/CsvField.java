package io.pipeflux.records.csv;

import io.pipeflux.core.internal.Utf8;
import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.IntegerTypes;
import org.jspecify.annotations.Nullable;

/**
 * A field of the records of a {@link CsvSchema}, and the column it becomes: one value a row. Required, unless it has a
 * default, which then stands for a field that is empty or has the {@link CsvSchema#naValue}. Immutable.
 *
 * <p>Numbers may have white space around them and a sign. Integers are decimal and must fit their type. Floating-point
 * numbers are decimal with or without an exponent, hexadecimal integers of fewer than 32 characters such as {@code
 * -0x1F}, {@code inf}, {@code infinity} or {@code nan} in any case; they are rounded to the nearest, beyond the largest
 * to infinity. Bools are {@code true} or {@code false} in any case, 1 or 0.
 */
public final class CsvField {

    private final String name;
    private final DType dtype;
    private final @Nullable Object fill;

    private CsvField(String name, DType dtype, @Nullable Object fill) {
        this.name = WholeText.of("name", name);
        this.dtype = dtype;
        this.fill = fill;
    }

    /** A number, as {@link DType#FLOAT32}. */
    public static CsvField float32(String name) {
        return new CsvField(name, DType.FLOAT32, null);
    }

    /** A number, as {@link DType#FLOAT64}. */
    public static CsvField float64(String name) {
        return new CsvField(name, DType.FLOAT64, null);
    }

    /** An integer from -2^31 to 2^31 - 1, as {@link DType#INT32}. */
    public static CsvField int32(String name) {
        return new CsvField(name, DType.INT32, null);
    }

    /** An integer from -2^63 to 2^63 - 1, as {@link DType#INT64}. */
    public static CsvField int64(String name) {
        return new CsvField(name, DType.INT64, null);
    }

    /**
     * A value of any type but {@link DType#FLOAT16} and {@link DType#BFLOAT16}: integers must fit it, and
     * {@link DType#UTF8} must be valid.
     *
     * @throws IllegalArgumentException if it is one of these two
     */
    public static CsvField of(String name, DType dtype) {
        if (dtype == DType.FLOAT16 || dtype == DType.BFLOAT16) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected another type than " + dtype + ", such as FLOAT32");
        }
        return new CsvField(name, dtype, null);
    }

    /** A bool, as {@link DType#BOOL}. */
    public static CsvField bool(String name) {
        return new CsvField(name, DType.BOOL, null);
    }

    /** The field's text, which must be valid UTF-8, as {@link DType#UTF8}; of a quoted one without its quotes. */
    public static CsvField utf8(String name) {
        return new CsvField(name, DType.UTF8, null);
    }

    /** The field's bytes, whatever their charset, as {@link DType#BYTES}; of a quoted one without its quotes. */
    public static CsvField bytes(String name) {
        return new CsvField(name, DType.BYTES, null);
    }

    /**
     * The same field of numbers, with a default, rounded to the nearest. An integer field has {@link
     * #withDefault(long)}.
     *
     * @throws IllegalArgumentException if the number is beyond the range of the field's type
     */
    public CsvField withDefault(double value) {
        require(dtype == DType.FLOAT32 || dtype == DType.FLOAT64, "a floating-point number");
        require(dtype == DType.FLOAT64 || isInRange(value), "the number " + value);
        return new CsvField(name, dtype, value);
    }

    /**
     * The same field of numbers, with a default.
     *
     * @throws IllegalArgumentException if the field's type has no such number
     */
    public CsvField withDefault(long value) {
        boolean fits = switch (dtype) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64 ->
                value >= IntegerTypes.least(dtype) && value <= IntegerTypes.most(dtype);
            case FLOAT32 -> isExact((float) value, value);
            case FLOAT64 -> isExact((double) value, value);
            case FLOAT16, BFLOAT16, BOOL, BYTES, UTF8 -> false;
        };
        require(fits, "the integer " + value);
        return dtype == DType.FLOAT32 || dtype == DType.FLOAT64
                ? new CsvField(name, dtype, (double) value)
                : new CsvField(name, dtype, value);
    }

    /** The same field of bools, with a default. */
    public CsvField withDefault(boolean value) {
        require(dtype == DType.BOOL, "the bool " + value);
        return new CsvField(name, dtype, value ? 1L : 0L);
    }

    /** The same field of bytes, with a default; copied. */
    public CsvField withDefault(byte[] value) {
        require(dtype == DType.BYTES || (dtype == DType.UTF8 && Utf8.isLegal(value, 0, value.length)), "a byte string");
        return new CsvField(name, dtype, value.clone());
    }

    /**
     * The same field of bytes, with a default in UTF-8.
     *
     * @throws IllegalArgumentException if it has half a surrogate pair
     */
    public CsvField withDefault(String value) {
        return withDefault(WholeText.utf8("default", value));
    }

    private static boolean isInRange(double value) {
        float rounded = (float) value;
        return (rounded != 0 || value == 0) && (!Float.isInfinite(rounded) || Double.isInfinite(value));
    }

    /** 2^63 is not a long: converted back, it would be the largest. */
    private static boolean isExact(double converted, long value) {
        return converted != 0x1p63 && (long) converted == value;
    }

    private void require(boolean fits, String found) {
        if (!fits) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": a default of " + dtype + " required but it was " + found);
        }
    }

    String name() {
        return name;
    }

    DType dtype() {
        return dtype;
    }

    boolean hasDefault() {
        return fill != null;
    }

    /** The default of a field of integers or bools, 0 without one. */
    long integer() {
        return fill instanceof Long value ? value : 0;
    }

    /** The default of a floating-point field, 0 without one. */
    double number() {
        return fill instanceof Double value ? value : 0;
    }

    /** The default of a field of bytes, nothing without one. */
    byte[] bytes() {
        return fill instanceof byte[] value ? value : new byte[0];
    }

    /** Name and type: {@code age INT32}. */
    @Override
    public String toString() {
        return name + " " + dtype;
    }
}
