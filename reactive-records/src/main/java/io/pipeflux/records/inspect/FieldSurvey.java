package io.pipeflux.records.inspect;

import io.pipeflux.records.batch.DType;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is known of one field. */
final class FieldSurvey {

    /** Where in a record the field is. */
    enum Place {
        /** Of an example, of CSV and of JSON. */
        RECORD(""),
        /** Of all of a sequence. */
        CONTEXT("context "),
        /** Of each step of a sequence. */
        STEPS("steps "),
        /** A tensor. */
        FEATURES("features "),
        /** A tensor, too. */
        LABELS("labels ");

        final String shown;

        Place(String shown) {
            this.shown = shown;
        }
    }

    /** Of an array: how many records have it, and the elements of all. */
    static final class Elements {
        long records;
        long count;
    }

    private static final int LONGEST_EXAMPLE = 60;
    private static final int FLOAT_DIGITS = 7;
    private static final double MOST_FLOAT = Float.MAX_VALUE;

    final Place place;
    final String name;
    final String path;
    final Set<DType> kinds = EnumSet.noneOf(DType.class);
    long present;
    long least = Long.MAX_VALUE; // values
    long most;
    long leastSteps = Long.MAX_VALUE;
    long mostSteps;
    boolean sparse;
    long size; // of a sparse tensor
    boolean nested; // lists in lists, which no column has
    boolean isList; // of JSON: an array, or in one
    boolean holes; // of JSON: nulls in lists
    long values; // of all records

    @Nullable
    Elements elements; // of JSON: of the array that it is in

    String refused = ""; // why no column has its values, if so
    boolean others; // of JSON: also objects or values of another kind
    long leastBytes = Long.MAX_VALUE; // of a byte string
    long mostBytes;
    private String example = "";

    FieldSurvey(Place place, String name, String path) {
        this.place = place;
        this.name = name;
        this.path = path;
    }

    /** Notes that a record has the field, with that many values. */
    void values(long count) {
        present++;
        values += count;
        length(count);
    }

    /** Whether it is a value of each object in an array. */
    private boolean isOfObjects() {
        return elements != null && !nested && !path.endsWith("[*]");
    }

    /**
     * Returns of how many places it is missing: of records, or of the objects in arrays and of records without array.
     */
    long missing(long rows) {
        Elements all = elements;
        return all != null && isOfObjects() ? Math.max(0, places(rows) - values) : rows - present;
    }

    /** Returns in how many places it could be. */
    long places(long rows) {
        Elements all = elements;
        return all != null && isOfObjects() ? all.count + rows - all.records : rows;
    }

    void length(long count) {
        least = Math.min(least, count);
        most = Math.max(most, count);
    }

    void steps(long count) {
        present++;
        leastSteps = Math.min(leastSteps, count);
        mostSteps = Math.max(mostSteps, count);
    }

    void bytes(long length) {
        leastBytes = Math.min(leastBytes, length);
        mostBytes = Math.max(mostBytes, length);
    }

    void example(String text) {
        if (example.isEmpty()) {
            example = text.length() > LONGEST_EXAMPLE ? text.substring(0, LONGEST_EXAMPLE) + "..." : text;
        }
    }

    String example() {
        return example;
    }

    boolean hasOneLength() {
        return least == most;
    }

    /** Returns the narrowest of the types that text is written in and that hold a number exactly, or nearly. */
    static DType numberType(String text) {
        double nearest = Double.parseDouble(text);
        boolean zeros = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        if (Double.isInfinite(nearest) || (nearest == 0 && !zeros)) {
            return DType.FLOAT64; // and its exponent perhaps longer than a decimal has it
        }
        BigDecimal number = new BigDecimal(text);
        boolean integer = text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0;
        if (integer && number.unscaledValue().bitLength() < Long.SIZE) {
            return DType.INT64;
        }
        double value = Math.abs(number.doubleValue());
        boolean isFloat = number.stripTrailingZeros().precision() <= FLOAT_DIGITS
                && value <= MOST_FLOAT
                && (value == 0 || value >= Float.MIN_NORMAL);
        return isFloat ? DType.FLOAT32 : DType.FLOAT64;
    }

    /** Returns the type of the records' values, or null if there are none or several. */
    @Nullable
    DType type() {
        return kinds.size() == 1 ? kinds.iterator().next() : null;
    }

    /** Returns the type that has the values of text: one for all kinds of numbers. */
    @Nullable
    DType textType() {
        Set<DType> numbers = EnumSet.of(DType.INT64, DType.FLOAT32, DType.FLOAT64);
        return kinds.size() > 1 && numbers.containsAll(kinds) ? DType.FLOAT64 : type();
    }
}
