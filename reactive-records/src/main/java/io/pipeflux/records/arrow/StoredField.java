package io.pipeflux.records.arrow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of a schema that has been read: the column that it becomes, and the way in which its values are stored in the
 * stream.
 *
 * @param nullable whether a value or, if the column is not ragged, a list of values may be null
 * @param lists the levels of a ragged column, from the rows inwards; empty for other columns
 * @param storage the way in which the field's values or, if it has a dictionary, the dictionary's values are stored
 * @param width the length of a value in bytes, or 0 if it varies
 * @param index the type of indexes into a dictionary, or null if the field has no dictionary
 */
record StoredField(
        ArrowField column,
        boolean nullable,
        List<StoredList> lists,
        Storage storage,
        int width,
        @Nullable Index index) {

    /** The way in which values are stored. */
    enum Storage {
        /** Values are stored in the layout of the column. */
        PLAIN,
        /** Values have 8 bytes and are unsigned. A value of more than 2^63 - 1 is an error. */
        UINT64,
        /** Each value has one bit. */
        BITS,
        /** Byte strings have one length and no offsets. */
        FIXED_BINARY,
        /** Byte strings have offsets of int32. */
        BINARY,
        /** Byte strings have offsets of int64. */
        LARGE_BINARY,
        /** Each value has 16 bytes, which are a short string or the position of a long string. */
        VIEWS
    }

    /**
     * The lists of one level.
     *
     * @param size the number of elements of each list, or {@link #ANY} if it varies
     * @param large whether the offsets of the lists are stored as int64
     */
    record StoredList(int size, boolean large, boolean nullable) {

        static final int ANY = -1;

        boolean isFixed() {
            return size != ANY;
        }
    }

    /** The type of indexes into a dictionary. */
    record Index(long dictionary, int width, boolean signed) {}

    String name() {
        return column.name();
    }

    /** Returns the length of a decoded value in bytes, or 0 for byte strings. */
    int decodedWidth() {
        return column.dtype().bytes();
    }

    /** Returns whether this field and the given field can have the same dictionary. */
    boolean hasDictionaryOf(StoredField other) {
        return storage == other.storage && width == other.width && column.dtype() == other.column.dtype();
    }

    /**
     * Reports nulls that were found in a field.
     *
     * @param nullable whether the schema permits nulls; if not, this method throws an exception
     */
    void requireNullable(boolean nullable) {
        if (!nullable) {
            throw new IllegalArgumentException(
                    name() + ": expected no nulls, because the field is not nullable in the schema, but got some");
        }
    }
}
