package io.pipeflux.records.csv;

import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.DefaultFits;
import org.jspecify.annotations.Nullable;

/**
 * A field of the records of a {@link CsvSchema}, and the column that it becomes. The column has one value per row. A
 * record must have a value for the field unless the field has a default. The default replaces a value that is empty or
 * equals the {@link CsvSchema#naValue}. Immutable.
 *
 * <p>Numbers may have a sign, and white space around them. Integers are decimal and must fit their type. Floating-point
 * numbers are decimal, with or without an exponent, or hexadecimal integers of fewer than 32 characters, such as {@code
 * -0x1F}, or {@code inf}, {@code infinity} or {@code nan} in any case. They are rounded to the nearest value of their
 * type, and a number that is too large for the type becomes infinity. Bools are {@code true} or {@code false} in any
 * case, 1 or 0.
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

    /** Returns a field of floating-point numbers. Its column has the type {@link DType#FLOAT32}. */
    public static CsvField float32(String name) {
        return new CsvField(name, DType.FLOAT32, null);
    }

    /** Returns a field of floating-point numbers. Its column has the type {@link DType#FLOAT64}. */
    public static CsvField float64(String name) {
        return new CsvField(name, DType.FLOAT64, null);
    }

    /** Returns a field of integers from -2^31 to 2^31 - 1. Its column has the type {@link DType#INT32}. */
    public static CsvField int32(String name) {
        return new CsvField(name, DType.INT32, null);
    }

    /** Returns a field of integers from -2^63 to 2^63 - 1. Its column has the type {@link DType#INT64}. */
    public static CsvField int64(String name) {
        return new CsvField(name, DType.INT64, null);
    }

    /**
     * Returns a field of any type except {@link DType#FLOAT16} and {@link DType#BFLOAT16}. Integers must fit the type,
     * and text of {@link DType#UTF8} must be valid UTF-8.
     *
     * @throws IllegalArgumentException if the type is {@code FLOAT16} or {@code BFLOAT16}
     */
    public static CsvField of(String name, DType dtype) {
        if (dtype == DType.FLOAT16 || dtype == DType.BFLOAT16) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected a type other than " + dtype + ", such as FLOAT32");
        }
        return new CsvField(name, dtype, null);
    }

    /** Returns a field of bools. Its column has the type {@link DType#BOOL}. */
    public static CsvField bool(String name) {
        return new CsvField(name, DType.BOOL, null);
    }

    /**
     * Returns a field of text in valid UTF-8. Its column has the type {@link DType#UTF8}. Quotes around the text are
     * not part of the value.
     */
    public static CsvField utf8(String name) {
        return new CsvField(name, DType.UTF8, null);
    }

    /**
     * Returns a field of text in any charset. Its column has the type {@link DType#BYTES}. Quotes around the text are
     * not part of the value.
     */
    public static CsvField bytes(String name) {
        return new CsvField(name, DType.BYTES, null);
    }

    /**
     * Returns the same field of floating-point numbers with a default, which is rounded to the nearest value of the
     * field's type. For fields of integers, see {@link #withDefault(long)}.
     *
     * @throws IllegalArgumentException if the field has a different type, or the number is too large or too close to
     *     zero for the field's type
     */
    public CsvField withDefault(double value) {
        require(dtype == DType.FLOAT32 || dtype == DType.FLOAT64, "a floating-point number");
        require(DefaultFits.in(dtype, value), "the number " + value);
        return new CsvField(name, dtype, value);
    }

    /**
     * Returns the same field of numbers with a default.
     *
     * @throws IllegalArgumentException if the field's type cannot represent the number exactly
     */
    public CsvField withDefault(long value) {
        require(DefaultFits.in(dtype, value), "the integer " + value);
        return dtype == DType.FLOAT32 || dtype == DType.FLOAT64
                ? new CsvField(name, dtype, (double) value)
                : new CsvField(name, dtype, value);
    }

    /**
     * Returns the same field of bools with a default.
     *
     * @throws IllegalArgumentException if the field has a different type
     */
    public CsvField withDefault(boolean value) {
        require(dtype == DType.BOOL, "the bool " + value);
        return new CsvField(name, dtype, value ? 1L : 0L);
    }

    /**
     * Returns the same field of bytes or text with a default, which is copied.
     *
     * @throws IllegalArgumentException if the field has a different type, or if it is {@code UTF8} and the default is
     *     not valid UTF-8
     */
    public CsvField withDefault(byte[] value) {
        require(DefaultFits.in(dtype, value), "a byte string");
        return new CsvField(name, dtype, value.clone());
    }

    /**
     * Returns the same field of bytes or text with a default, which is encoded in UTF-8.
     *
     * @throws IllegalArgumentException if the field has a different type, or if the default contains half a surrogate
     *     pair
     */
    public CsvField withDefault(String value) {
        return withDefault(WholeText.utf8("default", value));
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

    DType dtype() {
        return dtype;
    }

    boolean hasDefault() {
        return fill != null;
    }

    /** Returns the default of a field of integers or bools, or 0 if it has none. */
    long integer() {
        return fill instanceof Long value ? value : 0;
    }

    /** Returns the default of a field of floating-point numbers, or 0 if it has none. */
    double number() {
        return fill instanceof Double value ? value : 0;
    }

    /** Returns the default of a field of bytes or text, or an empty array if it has none. */
    byte[] bytes() {
        return fill instanceof byte[] value ? value : new byte[0];
    }

    /** Returns the name and the type, such as {@code age INT32}. */
    @Override
    public String toString() {
        return name + " " + dtype;
    }
}
