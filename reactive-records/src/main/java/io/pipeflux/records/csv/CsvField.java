package io.pipeflux.records.csv;

import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.DefaultFits;
import org.jspecify.annotations.Nullable;

/**
 * Describes one field of a {@link CsvSchema}'s records, and the column that the field becomes. The column has one value
 * per row. Unless the field has a default, each record must have a value for the field. The default replaces a value
 * that is empty or equals the {@link CsvSchema#naValue}. Instances are immutable.
 *
 * <p>Numbers may have a sign and may be surrounded by white space. Integers are decimal and must fit the field's type.
 * Floating-point numbers have one of three forms: decimal, with or without an exponent; a hexadecimal integer of fewer
 * than 32 characters, such as {@code -0x1F}; or {@code inf}, {@code infinity} or {@code nan} in upper or lower case. A
 * floating-point number is rounded to the nearest value of the field's type, and a number that is too large for the
 * type becomes infinity. Booleans are {@code true} or {@code false} (in upper or lower case), {@code 1} or {@code 0}.
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

    /** Returns a floating-point field. Its column has the type {@link DType#FLOAT32}. */
    public static CsvField float32(String name) {
        return new CsvField(name, DType.FLOAT32, null);
    }

    /** Returns a floating-point field. Its column has the type {@link DType#FLOAT64}. */
    public static CsvField float64(String name) {
        return new CsvField(name, DType.FLOAT64, null);
    }

    /** Returns an integer field with values from -2^31 to 2^31 - 1. Its column has the type {@link DType#INT32}. */
    public static CsvField int32(String name) {
        return new CsvField(name, DType.INT32, null);
    }

    /** Returns an integer field with values from -2^63 to 2^63 - 1. Its column has the type {@link DType#INT64}. */
    public static CsvField int64(String name) {
        return new CsvField(name, DType.INT64, null);
    }

    /**
     * Returns a field of any type except {@link DType#FLOAT16} and {@link DType#BFLOAT16}. Integers must fit the type.
     * For {@link DType#UTF8}, the text must be valid UTF-8.
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

    /** Returns a boolean field. Its column has the type {@link DType#BOOL}. */
    public static CsvField bool(String name) {
        return new CsvField(name, DType.BOOL, null);
    }

    /**
     * Returns a text field, whose values must be valid UTF-8. Its column has the type {@link DType#UTF8}. Quotes around
     * the text are not part of the value.
     */
    public static CsvField utf8(String name) {
        return new CsvField(name, DType.UTF8, null);
    }

    /**
     * Returns a field of arbitrary bytes, such as text in any charset. Its column has the type {@link DType#BYTES}.
     * Quotes around the text are not part of the value.
     */
    public static CsvField bytes(String name) {
        return new CsvField(name, DType.BYTES, null);
    }

    /**
     * Returns a copy of this floating-point field with a default. The default is rounded to the nearest value of the
     * field's type. For integer fields, see {@link #withDefault(long)}.
     *
     * @throws IllegalArgumentException if this is not a floating-point field, or if the number is too large or too
     *     close to zero for the field's type
     */
    public CsvField withDefault(double value) {
        require(dtype == DType.FLOAT32 || dtype == DType.FLOAT64, "a floating-point number");
        require(DefaultFits.in(dtype, value), "the number " + value);
        return new CsvField(name, dtype, value);
    }

    /**
     * Returns a copy of this numeric field with a default.
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
     * Returns a copy of this boolean field with a default.
     *
     * @throws IllegalArgumentException if this is not a boolean field
     */
    public CsvField withDefault(boolean value) {
        require(dtype == DType.BOOL, "the bool " + value);
        return new CsvField(name, dtype, value ? 1L : 0L);
    }

    /**
     * Returns a copy of this bytes or text field with a default. The array is copied.
     *
     * @throws IllegalArgumentException if this is not a bytes or text field, or if this is a text field and the default
     *     is not valid UTF-8
     */
    public CsvField withDefault(byte[] value) {
        require(DefaultFits.in(dtype, value), "a byte string");
        return new CsvField(name, dtype, value.clone());
    }

    /**
     * Returns a copy of this bytes or text field with a default. The default is encoded in UTF-8.
     *
     * @throws IllegalArgumentException if this is not a bytes or text field, or if the default contains an unpaired
     *     surrogate
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

    /** Returns the default of an integer or boolean field, or 0 if there is no default. */
    long integer() {
        return fill instanceof Long value ? value : 0;
    }

    /** Returns the default of a floating-point field, or 0 if there is no default. */
    double number() {
        return fill instanceof Double value ? value : 0;
    }

    /** Returns the default of a bytes or text field, or an empty array if there is no default. */
    byte[] bytes() {
        return fill instanceof byte[] value ? value : new byte[0];
    }

    /** Returns the name and the type, such as {@code age INT32}. */
    @Override
    public String toString() {
        return name + " " + dtype;
    }
}
