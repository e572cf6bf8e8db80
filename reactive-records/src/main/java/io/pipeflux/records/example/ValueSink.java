package io.pipeflux.records.example;

import org.jspecify.annotations.Nullable;

/**
 * Takes the values of one feature of one record as they come off the wire. This one only counts them: for features that
 * are not in the schema.
 *
 * <pre>
 *   a feature         startFeature, (startList, value...)...
 *   a feature list    startSteps, (startStep, (startList, value...)..., endStep)...
 * </pre>
 */
class ValueSink {

    private ValueKind kind = ValueKind.BYTES;
    private boolean hasKind;
    private int count;
    private int before; // values of the steps before this one
    private boolean inSteps;

    /** A feature of the name begins: what came before under that name does not count. */
    void startFeature() {
        hasKind = false;
        count = 0;
        before = 0;
        inSteps = false;
    }

    /** A feature list of the name begins: what came before under that name does not count. */
    void startSteps() {
        startFeature();
        inSteps = true;
    }

    /** The feature of a feature list's next step begins. */
    void startStep() {
        hasKind = false;
        before = count;
    }

    /** A step's feature ends. */
    void endStep() {}

    /** A list begins: it is joined to the one before if it is of the same kind, else that one does not count. */
    void startList(ValueKind next) {
        if (!hasKind || kind != next) {
            become(next);
            count = before;
        }
    }

    private void become(ValueKind next) {
        hasKind = true;
        if (kind != next) {
            kind = next; // storing a reference is not free
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

    /** Values of a list of floats or doubles, little-endian. */
    void floats(byte[] array, int from, int values) {
        count += values;
    }

    /** A value of a list of integers. */
    void integer(long value) {
        count++;
    }

    /** The kind of the feature's list, null if there is none. */
    final @Nullable ValueKind kind() {
        return hasKind ? kind : null;
    }

    /** How many values there have been, in all steps. */
    final int count() {
        return count;
    }

    /** How many values there have been in this step. */
    final int stepCount() {
        return count - before;
    }

    /** Says whether there has been a feature list. */
    final boolean inSteps() {
        return inSteps;
    }
}
