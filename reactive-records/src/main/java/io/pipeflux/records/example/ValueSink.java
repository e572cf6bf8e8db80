package io.pipeflux.records.example;

import org.jspecify.annotations.Nullable;

/**
 * Receives the values of one feature while a record is parsed. This class only counts the values; subclasses write
 * them. Instances of this class itself are used for features that are not in the schema. The methods are called in this
 * order:
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
    private int before; // the total number of values in earlier steps
    private boolean inSteps;

    /** Begins a feature. Values of an earlier feature with the same name are discarded. */
    void startFeature() {
        hasKind = false;
        count = 0;
        before = 0;
        inSteps = false;
    }

    /** Begins a feature list. Values of an earlier feature list with the same name are discarded. */
    void startSteps() {
        startFeature();
        inSteps = true;
    }

    /** Begins the feature of the next step of a feature list. */
    void startStep() {
        hasKind = false;
        before = count;
    }

    /** Ends the feature of a step. */
    void endStep() {}

    /**
     * Begins a list. If the previous list has the same kind, the new list continues the previous list. Otherwise the
     * values of the previous list are discarded.
     */
    void startList(ValueKind next) {
        if (!hasKind || kind != next) {
            become(next);
            count = before;
        }
    }

    private void become(ValueKind next) {
        hasKind = true;
        if (kind != next) {
            kind = next; // written only when the kind changes, because storing a reference has a cost
        }
    }

    /**
     * Receives a value of a list of byte strings.
     *
     * @param lengthAt the array index of the value's length, which is a varint
     * @param from the array index of the value itself
     * @param length the value's length in bytes
     */
    void bytes(byte[] array, int lengthAt, int from, int length) {
        count++;
    }

    /**
     * Receives values of a list of floats or doubles. Their bytes are little-endian.
     *
     * @param values the number of values
     */
    void floats(byte[] array, int from, int values) {
        count += values;
    }

    /** Receives a value of a list of integers. */
    void integer(long value) {
        count++;
    }

    /** Returns the kind of the feature's list, or null if the feature has no list. */
    final @Nullable ValueKind kind() {
        return hasKind ? kind : null;
    }

    /** Returns the number of values received so far, in all steps. */
    final int count() {
        return count;
    }

    /** Returns the number of values received so far in the current step. */
    final int stepCount() {
        return count - before;
    }

    /** Returns whether a feature list has begun. */
    final boolean inSteps() {
        return inSteps;
    }
}
