package io.pipeflux.records.arrow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of a schema that was read: the column it becomes, and how its values are stored until then.
 *
 * @param nullable whether a value may be null, or, if the column is not ragged, a list of them
 * @param lists of a ragged column, from the rows inwards; else none
 * @param storage how values are stored, or those of the dictionary
 * @param width the bytes of a value, if all have as many; else 0
 * @param index how values point into a dictionary; null: they do not
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
        /** As the column has them. */
        PLAIN,
        /** 8 bytes without sign: more than 2^63 - 1 are refused. */
        UINT64,
        /** 8 in a byte. */
        BITS,
        /** Byte strings of one length, without offsets. */
        FIXED_BINARY,
        /** With offsets of int32. */
        BINARY,
        /** With offsets of int64. */
        LARGE_BINARY,
        /** 16 bytes each: short strings, or where long ones are. */
        VIEWS
    }

    /**
     * The lists of one level.
     *
     * @param size how many elements each has; {@link #ANY}: each another number
     * @param large whether their offsets are stored as int64
     */
    record StoredList(int size, boolean large, boolean nullable) {

        static final int ANY = -1;

        boolean isFixed() {
            return size != ANY;
        }
    }

    /** Numbers that point into a dictionary. */
    record Index(long dictionary, int width, boolean signed) {}

    String name() {
        return column.name();
    }

    /** The bytes of a value once it is decoded; 0 for byte strings. */
    int decodedWidth() {
        return column.dtype().bytes();
    }

    /** Whether the dictionary of a field may be that of another. */
    boolean hasDictionaryOf(StoredField other) {
        return storage == other.storage && width == other.width && column.dtype() == other.column.dtype();
    }

    /** Refuses nulls where the schema says that there are none. */
    void requireNullable(boolean nullable) {
        if (!nullable) {
            throw new IllegalArgumentException(name() + ": the schema has it not nullable, but there are nulls");
        }
    }
}
