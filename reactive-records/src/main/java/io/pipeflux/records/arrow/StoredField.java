package io.pipeflux.records.arrow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of a decoded schema. Describes the column that the field becomes, and how the field's values are stored in
 * the stream.
 *
 * @param nullable true if a value may be null, or if the column is not ragged and a list of values may be null
 * @param lists the levels of a ragged column, outermost first; empty for other columns
 * @param storage how the field's values are stored or, if the field has a dictionary, how the dictionary's values are
 *     stored
 * @param width the length of a value in bytes, or 0 if the length varies
 * @param index the field's dictionary and the type of the indexes into it, or null if the field has no dictionary
 */
record StoredField(
        ArrowField column,
        boolean nullable,
        List<StoredList> lists,
        Storage storage,
        int width,
        @Nullable Index index) {

    /** The ways in which values can be stored. */
    enum Storage {
        /** Values have the same layout as in a column. */
        PLAIN,
        /** Values have 8 bytes and are unsigned. A value of more than 2^63 - 1 is an error. */
        UINT64,
        /** Each value has one bit. */
        BITS,
        /** Byte strings all have the same length, so there are no offsets. */
        FIXED_BINARY,
        /** Byte strings have int32 offsets. */
        BINARY,
        /** Byte strings have int64 offsets. */
        LARGE_BINARY,
        /** Each value has 16 bytes, which contain either a short string or the position of a long string. */
        VIEWS
    }

    /**
     * Describes the lists of one level.
     *
     * @param size the number of elements of each list, or {@link #ANY} if the number varies
     * @param large whether the offsets of the lists are stored as int64
     */
    record StoredList(int size, boolean large, boolean nullable) {

        static final int ANY = -1;

        boolean isFixed() {
            return size != ANY;
        }
    }

    /** A reference to a dictionary, and the type of the indexes into the dictionary. */
    record Index(long dictionary, int width, boolean signed) {}

    String name() {
        return column.name();
    }

    /** Returns the length of a decoded value in bytes, or 0 for byte strings. */
    int decodedWidth() {
        return column.dtype().bytes();
    }

    /** Returns whether this field and the given field can share a dictionary. */
    boolean hasDictionaryOf(StoredField other) {
        return storage == other.storage && width == other.width && column.dtype() == other.column.dtype();
    }

    /**
     * Throws an exception if the schema does not permit the nulls that were found in this field.
     *
     * @param nullable whether the schema permits nulls
     */
    void requireNullable(boolean nullable) {
        if (!nullable) {
            throw new IllegalArgumentException(
                    name() + ": expected no nulls, because the field is not nullable in the schema, but got some");
        }
    }
}
