package io.pipeflux.records.rows;

import io.pipeflux.core.internal.WholeText;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.DefaultFits;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Describes one field of a {@link RowSchema}'s rows, and the column that the field becomes. The column has one value
 * per row. Instances are immutable.
 *
 * <p>Numbers are stored as text in JSON's syntax: digits with an optional minus sign, fraction and exponent. White
 * space around a number is ignored. A number that is not finite, or that does not fit the field's type, is an error.
 */
public final class Field {

    /** The kinds of content that a field can have. */
    enum Kind {
        BYTES,
        UTF8,
        JSON,
        NUMBER,
        KEY
    }

    /** The magnitude up to which a double represents every integer exactly. */
    private static final double MOST_EXACT = 1L << 53;

    private final String name;
    private final Kind kind;
    private final DType dtype;
    private final List<String> extensions;
    private final @Nullable Object fill;

    private Field(String name, Kind kind, DType dtype, List<String> extensions, @Nullable Object fill) {
        this.name = WholeText.of("name", name);
        this.kind = kind;
        this.dtype = dtype;
        this.extensions = extensions;
        this.fill = fill;
    }

    private static Field of(String name, Kind kind, DType dtype) {
        return new Field(name, kind, dtype, List.of(name), null);
    }

    /** Returns a field that contains arbitrary bytes, such as an image. Its column has the type {@link DType#BYTES}. */
    public static Field bytes(String name) {
        return of(name, Kind.BYTES, DType.BYTES);
    }

    /**
     * Returns a text field. Its column has the type {@link DType#UTF8}. Bytes that are not valid UTF-8 are an error.
     */
    public static Field utf8(String name) {
        return of(name, Kind.UTF8, DType.UTF8);
    }

    /**
     * Returns a field that contains one JSON value of any type. Its column has the type {@link DType#UTF8} and contains
     * the JSON text as it was written. Text that is not JSON is an error.
     */
    public static Field json(String name) {
        return of(name, Kind.JSON, DType.UTF8);
    }

    /** Returns an integer field with values from -2^31 to 2^31 - 1. Its column has the type {@link DType#INT32}. */
    public static Field int32(String name) {
        return of(name, Kind.NUMBER, DType.INT32);
    }

    /** Returns an integer field with values from -2^63 to 2^63 - 1. Its column has the type {@link DType#INT64}. */
    public static Field int64(String name) {
        return of(name, Kind.NUMBER, DType.INT64);
    }

    /**
     * Returns a numeric field. Each number is rounded to the nearest float. Its column has the type {@link
     * DType#FLOAT32}.
     */
    public static Field float32(String name) {
        return of(name, Kind.NUMBER, DType.FLOAT32);
    }

    /**
     * Returns a numeric field. Each number is rounded to the nearest double. Its column has the type {@link
     * DType#FLOAT64}.
     */
    public static Field float64(String name) {
        return of(name, Kind.NUMBER, DType.FLOAT64);
    }

    /**
     * Returns a field that contains the row's key in a {@link WebDataset}. The key of a file is its path up to the
     * first dot in its name. All files of a row have the same key. The column has the type {@link DType#UTF8}.
     */
    public static Field key(String name) {
        return of(name, Kind.KEY, DType.UTF8);
    }

    /**
     * Returns a copy of this field for rows of a {@link WebDataset}. The copy is read from the file that has one of the
     * given extensions. By default, the extension is the field's name.
     *
     * @param extensions at least one extension, such as {@code jpg} or {@code seg.png}. An extension is the part of the
     *     file's name after the first dot. The case of ASCII letters is ignored. It is an error if a row has more than
     *     one file with an extension from this list
     */
    public Field from(String... extensions) {
        List<String> all = List.of(extensions);
        if (all.isEmpty() || kind == Kind.KEY) {
            throw new IllegalArgumentException("field \"" + name + "\": expected "
                    + (kind == Kind.KEY ? "no extension for a key" : "at least one extension") + ", but got " + all);
        }
        all.forEach(extension -> WholeText.of("extension", extension));
        return new Field(name, kind, dtype, all, fill);
    }

    /**
     * Returns a copy of this numeric field with a default for rows of a {@link WebDataset} that have no file for the
     * field. For {@code FLOAT32}, the default is rounded to the nearest float.
     *
     * @throws IllegalArgumentException if the field is not numeric, if the field's type cannot represent the default,
     *     or if the type is {@code INT64} and the default's magnitude exceeds 2^53
     */
    public Field withDefault(double value) {
        boolean isWhole = dtype == DType.INT64 || dtype == DType.INT32;
        boolean isExact = value == Math.rint(value) && Math.abs(value) <= MOST_EXACT;
        boolean fits = isWhole ? isExact && DefaultFits.in(dtype, (long) value) : DefaultFits.in(dtype, value);
        if (!fits) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected a default of " + dtype + ", but got the number " + value);
        }
        return new Field(name, kind, dtype, extensions, value);
    }

    /**
     * Returns a copy of this field with a default for rows of a {@link WebDataset} that have no file for the field. The
     * field must contain bytes, text or JSON. The default is encoded in UTF-8.
     *
     * @throws IllegalArgumentException if the field is numeric or a key, or if the default contains an unpaired
     *     surrogate
     */
    public Field withDefault(String value) {
        if (!dtype.hasOffsets() || kind == Kind.KEY) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected a default of " + dtype + ", but got a text");
        }
        WholeText.of("default", Objects.requireNonNull(value, "value"));
        return new Field(name, kind, dtype, extensions, value);
    }

    String name() {
        return name;
    }

    Kind kind() {
        return kind;
    }

    DType dtype() {
        return dtype;
    }

    List<String> extensions() {
        return extensions;
    }

    boolean hasDefault() {
        return fill != null;
    }

    /** Returns the default of a numeric field, or 0 if there is no default. */
    double number() {
        return fill instanceof Double value ? value : 0;
    }

    /** Returns the default of a bytes, text or JSON field, or an empty string if there is no default. */
    String text() {
        return fill instanceof String value ? value : "";
    }

    /** Returns the name and the type, such as {@code class INT64}. */
    @Override
    public String toString() {
        return name + " " + dtype;
    }
}
