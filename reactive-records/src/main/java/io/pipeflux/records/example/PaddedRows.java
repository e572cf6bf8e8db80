package io.pipeflux.records.example;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;

/** Creates the columns that distinguish steps from padding in a padded column: the lengths and the mask. */
final class PaddedRows {

    private PaddedRows() {}

    /** Returns a column that contains the number of steps of each row, not counting padding. */
    static Column lengths(Feature feature, int rows, IntUnaryOperator steps, BatchMemory memory) {
        int[] shape = {rows};
        ByteBuffer values = memory.allocate(feature.name(), feature.dtype(), shape);
        for (int i = 0; i < rows; i++) {
            values.putLong(i * Long.BYTES, steps.applyAsInt(i));
        }
        return Column.of(feature.name(), feature.dtype(), shape, values);
    }

    /** Returns a column of shape {@code [rows, longest]} that contains 1 for each step and 0 for padding. */
    static Column mask(Feature feature, int rows, int longest, IntUnaryOperator steps, BatchMemory memory) {
        int[] shape = {rows, longest};
        ByteBuffer values = memory.allocate(feature.name(), feature.dtype(), shape);
        for (int i = 0; i < rows; i++) {
            int length = steps.applyAsInt(i);
            for (int step = 0; step < longest; step++) {
                values.put(i * longest + step, (byte) (step < length ? 1 : 0));
            }
        }
        return Column.of(feature.name(), feature.dtype(), shape, values);
    }
}
