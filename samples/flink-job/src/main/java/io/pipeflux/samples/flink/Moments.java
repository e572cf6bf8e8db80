package io.pipeflux.samples.flink;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The row count, means and co-moments of columns. They can be stored in one array, which Flink serializes directly:
 *
 * <pre>
 *   rows   mean of column 0, 1, ...   co-moment of columns (0, 0), (1, 0), (1, 1), (2, 0), ...
 * </pre>
 *
 * <p>The moments of two sets of rows are combined by the formula of Chan, Golub and LeVeque.
 */
final class Moments {

    private final int columns;
    private final double[] values;

    private Moments(int columns, double[] values) {
        this.columns = columns;
        this.values = values;
    }

    /** Returns the moments of an empty set of rows. */
    static Moments none(int columns) {
        return new Moments(columns, new double[1 + columns + columns * (columns + 1) / 2]);
    }

    /** Returns the moments stored in an array, see {@link #toArray}. */
    static Moments of(int columns, double[] values) {
        if (values.length != none(columns).values.length) {
            throw new IllegalArgumentException(
                    "expected the moments of " + columns + " columns, but got " + values.length + " numbers");
        }
        return new Moments(columns, values.clone());
    }

    /** Returns the moments as an array, for {@link #of}. */
    double[] toArray() {
        return values.clone();
    }

    long rows() {
        return (long) values[0];
    }

    double mean(int column) {
        return values[1 + column];
    }

    /** Returns a column's sample variance. */
    double variance(int column) {
        return comoment(column, column) / (rows() - 1);
    }

    private double comoment(int i, int j) {
        return values[at(Math.max(i, j), Math.min(i, j))];
    }

    private int at(int i, int j) {
        return 1 + columns + i * (i + 1) / 2 + j;
    }

    /**
     * Adds rows.
     *
     * @param rows the values row by row, one value per column
     */
    void add(double[] rows) {
        int n = rows.length / columns;
        if (n == 0) {
            return;
        }
        Moments batch = none(columns);
        batch.values[0] = n;
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < columns; i++) {
                batch.values[1 + i] += rows[k * columns + i] / n;
            }
        }
        double[] centred = new double[columns];
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < columns; i++) {
                centred[i] = rows[k * columns + i] - batch.mean(i);
                for (int j = 0; j <= i; j++) {
                    batch.values[at(i, j)] += centred[i] * centred[j];
                }
            }
        }
        add(batch);
    }

    /** Merges the moments of other rows into these moments. */
    void add(Moments other) {
        double mine = values[0];
        double others = other.values[0];
        if (others == 0) {
            return;
        }
        double all = mine + others;
        double weight = mine * others / all;
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j <= i; j++) {
                values[at(i, j)] +=
                        other.values[at(i, j)] + weight * (other.mean(i) - mean(i)) * (other.mean(j) - mean(j));
            }
        }
        for (int i = 0; i < columns; i++) {
            values[1 + i] += (other.mean(i) - mean(i)) * others / all;
        }
        values[0] = all;
    }

    /** Returns each principal component's fraction of the total variance, in descending order. */
    List<Double> componentShares() {
        DMatrixRMaj covariances = new DMatrixRMaj(columns, columns);
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns; j++) {
                covariances.set(i, j, comoment(i, j) / (rows() - 1));
            }
        }
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(columns, false, true);
        if (!eigen.decompose(covariances)) {
            throw new IllegalStateException("expected eigenvalues, but none were found of " + covariances);
        }
        double[] sorted = IntStream.range(0, columns)
                .mapToDouble(i -> eigen.getEigenvalue(i).getReal())
                .sorted()
                .toArray();
        double sum = Arrays.stream(sorted).sum();
        return IntStream.range(0, columns)
                .mapToObj(i -> sorted[columns - 1 - i] / sum)
                .toList();
    }

    /**
     * Compares each of these moments with the same moment in {@code other}, and returns the largest relative
     * difference. Each difference is divided by the largest of 1 and the two absolute values.
     */
    double differenceFrom(Moments other) {
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            double scale = Math.max(1, Math.max(Math.abs(values[i]), Math.abs(other.values[i])));
            largest = Math.max(largest, Math.abs(values[i] - other.values[i]) / scale);
        }
        return largest;
    }
}
