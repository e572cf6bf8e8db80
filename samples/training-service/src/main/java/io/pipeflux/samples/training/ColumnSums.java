package io.pipeflux.samples.training;

import io.pipeflux.records.batch.ColumnBatch;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The column sums of a set of rows, added row by row. Two instances agree in every bit only if the same values were
 * added in the same order.
 */
public final class ColumnSums {

    private final double[] data;
    private final double[] row;
    private long labels;
    private long rows;

    ColumnSums(int features) {
        data = new double[features];
        row = new double[features];
    }

    long rows() {
        return rows;
    }

    void add(double[] values, long label) {
        for (int j = 0; j < data.length; j++) {
            data[j] += values[j];
        }
        labels += label;
        rows++;
    }

    /**
     * Adds the first rows of a batch to the sums.
     *
     * @param most the maximum number of rows to add
     */
    void add(ColumnBatch batch, long most) {
        DoubleBuffer values = batch.column("data").asDoubleBuffer();
        LongBuffer batchLabels = batch.column("labels").asLongBuffer();
        for (int i = 0; i < Math.min(most, batch.rows()); i++) {
            values.get(row);
            add(row, batchLabels.get());
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ColumnSums sums
                && rows == sums.rows
                && labels == sums.labels
                && Arrays.equals(data, sums.data);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "data %.6f (%d columns), labels %d, over %,d records",
                Arrays.stream(data).sum(),
                data.length,
                labels,
                rows);
    }
}
