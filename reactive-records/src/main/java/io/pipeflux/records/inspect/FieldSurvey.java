package io.pipeflux.records.inspect;

import io.pipeflux.records.batch.DType;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects the properties of one field from the records surveyed so far. */
final class FieldSurvey {

    /** The parts of a record that can contain a field. */
    enum Place {
        /** The record itself: an example, a CSV record or a JSON value. */
        RECORD(""),
        /** The context of a {@code SequenceExample}, which applies to all its steps. */
        CONTEXT("context "),
        /** The feature lists of a {@code SequenceExample}, which contain values for each step. */
        STEPS("steps "),
        /** The features of an {@code aialgs.data.Record}. */
        FEATURES("features "),
        /** The labels of an {@code aialgs.data.Record}. */
        LABELS("labels ");

        final String shown;

        Place(String shown) {
            this.shown = shown;
        }
    }

    /** Counts the occurrences of a JSON array, and the elements in all occurrences together. */
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
    long present; // the number of records that have the field
    long least = Long.MAX_VALUE; // the smallest number of values in a record
    long most;
    long leastSteps = Long.MAX_VALUE;
    long mostSteps;
    boolean sparse;
    long size; // the size of a sparse tensor
    boolean nested; // whether a list contains a list, which cannot become a column
    boolean isList; // JSON: whether the field is an array or inside an array
    boolean holes; // JSON: whether a list contains nulls
    long values; // the total number of values in all records

    @Nullable
    Elements elements; // JSON: the counts for the array that contains the field

    String refused = ""; // the reason why the field cannot become a column; empty if it can
    long leastBytes = Long.MAX_VALUE; // the length of the shortest byte string
    long mostBytes;
    private String example = "";

    FieldSurvey(Place place, String name, String path) {
        this.place = place;
        this.name = name;
        this.path = path;
    }

    /** Counts a record in which the field has {@code count} values. */
    void values(long count) {
        present++;
        values += count;
        length(count);
    }

    /** Returns whether the field belongs to objects that are elements of an array. */
    private boolean isOfObjects() {
        return elements != null && !nested && !path.endsWith("[*]");
    }

    /**
     * Returns how many times the field is missing: the number of times that it could occur, according to {@link
     * #places}, minus the number of times that it occurs.
     *
     * @param rows the number of records
     */
    long missing(long rows) {
        Elements all = elements;
        return all != null && isOfObjects() ? Math.max(0, places(rows) - values) : rows - present;
    }

    /**
     * Returns how many times the field could occur. Usually, this is once per record. If the field is in objects that
     * are the elements of an array, it could occur once per object. In this case, a record without the array counts as
     * one possible occurrence.
     *
     * @param rows the number of records
     */
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

    /**
     * Returns the first of the types {@code INT64}, {@code FLOAT32} and {@code FLOAT64} that can represent the number
     * in a text.
     */
    static DType numberType(String text) {
        double nearest = Double.parseDouble(text);
        boolean zeros = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        if (Double.isInfinite(nearest) || (nearest == 0 && !zeros)) {
            return DType.FLOAT64; // returned early, because the exponent may be too large for BigDecimal
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

    /** Returns the type of the values, or null if there are no values or the values have different types. */
    @Nullable
    DType type() {
        return kinds.size() == 1 ? kinds.iterator().next() : null;
    }

    /**
     * Returns the type of the values of a field in CSV or JSON. If the values have different numeric types, the type is
     * {@code FLOAT64}. Otherwise it is the result of {@link #type}.
     */
    @Nullable
    DType textType() {
        Set<DType> numbers = EnumSet.of(DType.INT64, DType.FLOAT32, DType.FLOAT64);
        return kinds.size() > 1 && numbers.containsAll(kinds) ? DType.FLOAT64 : type();
    }
}
