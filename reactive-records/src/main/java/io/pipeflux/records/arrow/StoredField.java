package io.pipeflux.records.arrow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of a schema that was read: the column that it becomes, and how its values are stored in the stream.
 *
 * @param nullable whether a value may be null or, if the column is not ragged, a list of values
 * @param lists the levels of a ragged column, from the rows inwards; empty for other columns
 * @param storage how values are stored; with a dictionary, how its values are
 * @param width the length of a value in bytes, or 0 if it varies
 * @param index the type of indices into a dictionary; null if the field has no dictionary
 */
record StoredField(
        ArrowField column,
        boolean nullable,
        List<StoredList> lists,
        Storage storage,
        int width,
        @Nullable Index index) {

    /** How values are stored. */
    enum Storage {
        /** In the layout of the column. */
        PLAIN,
        /** 8 bytes, unsigned. Values of more than 2^63 - 1 are an error. */
        UINT64,
        /** One bit per value. */
        BITS,
        /** Byte strings of one length, without offsets. */
        FIXED_BINARY,
        /** Byte strings with offsets of int32. */
        BINARY,
        /** Byte strings with offsets of int64. */
        LARGE_BINARY,
        /** 16 bytes per value: a short string, or the position of a long one. */
        VIEWS
    }

    /**
     * The lists of one level.
     *
     * @param size the number of elements of each list; {@link #ANY} if it varies
     * @param large whether their offsets are stored as int64
     */
    record StoredList(int size, boolean large, boolean nullable) {

        static final int ANY = -1;

        boolean isFixed() {
            return size != ANY;
        }
    }

    /** The type of indices into a dictionary. */
    record Index(long dictionary, int width, boolean signed) {}

    String name() {
        return column.name();
    }

    /** Returns the length of a decoded value in bytes; 0 for byte strings. */
    int decodedWidth() {
        return column.dtype().bytes();
    }

    /** Returns whether this field and another may have the same dictionary. */
    boolean hasDictionaryOf(StoredField other) {
        return storage == other.storage && width == other.width && column.dtype() == other.column.dtype();
    }

    /** Throws an exception because there are nulls, if they are not permitted. */
    void requireNullable(boolean nullable) {
        if (!nullable) {
            throw new IllegalArgumentException(name() + ": the schema has it not nullable, but there are nulls");
        }
    }
}
