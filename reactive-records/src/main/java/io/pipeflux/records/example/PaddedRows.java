package io.pipeflux.records.example;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;

/** The columns that say which steps of a padded column are no padding. */
final class PaddedRows {

    private PaddedRows() {}

    /** Returns how many steps each row has that are no padding. */
    static Column lengths(Feature feature, int rows, IntUnaryOperator steps, BatchMemory memory) {
        int[] shape = {rows};
        ByteBuffer values = memory.allocate(feature.name(), feature.dtype(), shape);
        for (int i = 0; i < rows; i++) {
            values.putLong(i * Long.BYTES, steps.applyAsInt(i));
        }
        return Column.of(feature.name(), feature.dtype(), shape, values);
    }

    /** Returns which steps of each row are no padding. */
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
