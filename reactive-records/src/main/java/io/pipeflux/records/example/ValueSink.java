package io.pipeflux.records.example;

import org.jspecify.annotations.Nullable;

/**
 * Takes the values of one feature of one record as they come off the wire. This one only counts them: for features that
 * are not in the schema.
 */
class ValueSink {

    private @Nullable ValueKind kind;
    private int count;

    /** The feature's name, null if nobody asked for it. */
    @Nullable
    String name() {
        return null;
    }

    /** A feature of the name begins: what came before under that name does not count. */
    void startFeature() {
        kind = null;
        count = 0;
    }

    /** A list begins: it is joined to the one before if it is of the same kind, else that one does not count. */
    void startList(ValueKind next) {
        if (kind != next) {
            kind = next;
            count = 0;
        }
    }

    /**
     * A value of a list of bytes.
     *
     * @param lengthAt where in the array its length stands, a varint
     * @param from where it begins itself
     */
    void bytes(byte[] array, int lengthAt, int from, int length) {
        count++;
    }

    /** Values of a list of floats, 4 bytes each. */
    void floats(byte[] array, int from, int values) {
        count += values;
    }

    /** A value of a list of integers. */
    void int64(long value) {
        count++;
    }

    /** The kind of the feature's list, null if there is none. */
    final @Nullable ValueKind kind() {
        return kind;
    }

    /** How many values there have been. */
    final int count() {
        return count;
    }
}
