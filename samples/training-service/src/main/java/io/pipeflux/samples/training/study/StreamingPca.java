package io.pipeflux.samples.training.study;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * Computes the principal components of columns in one pass, batch by batch. Keeps means and co-moments, but no rows.
 * The columns are standardised, because their units, such as dollars and miles, are not comparable.
 */
final class StreamingPca {

    private final double[] mean;
    // [i][j] is the co-moment of columns i and j, with j <= i
    private final double[][] comoments;
    private long rows;

    private StreamingPca(int columns) {
        this.mean = new double[columns];
        this.comoments = new double[columns][columns];
    }

    /** Returns an instance for data with this number of columns, initially without rows. */
    static StreamingPca of(int columns) {
        return new StreamingPca(columns);
    }

    long rows() {
        return rows;
    }

    /**
     * Adds rows. Computes the moments of the new rows, and combines them with the moments of the earlier rows by the
     * formula of Chan, Golub and LeVeque.
     *
     * @param values the values column by column, for at least one row. This method overwrites the arrays
     */
    void add(double[][] values) {
        int d = mean.length;
        int n = values[0].length;
        double[] shift = new double[d];
        for (int i = 0; i < d; i++) {
            double batchMean = Arrays.stream(values[i]).sum() / n;
            for (int k = 0; k < n; k++) {
                values[i][k] -= batchMean;
            }
            shift[i] = batchMean - mean[i];
        }
        double weight = (double) rows * n / (rows + n);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j <= i; j++) {
                comoments[i][j] += product(values[i], values[j]) + weight * shift[i] * shift[j];
            }
            mean[i] += shift[i] * n / (rows + n);
        }
        rows += n;
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += a[k] * b[k];
        }
        return sum;
    }

    /**
     * A principal component.
     *
     * @param share the component's fraction of the total variance
     * @param loadings one value per column. The value with the largest magnitude is positive
     */
    record Component(double share, List<Double> loadings) {}

    /** Returns the principal components of all rows added so far, one per column, in descending order of variance. */
    List<Component> components() {
        int d = mean.length;
        DMatrixRMaj correlations = new DMatrixRMaj(d, d);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j <= i; j++) {
                double scale = Math.sqrt(comoments[i][i] * comoments[j][j]);
                double correlation = i == j ? 1 : scale == 0 ? 0 : comoments[i][j] / scale;
                correlations.set(i, j, correlation);
                correlations.set(j, i, correlation);
            }
        }
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
        if (!eigen.decompose(correlations)) {
            throw new IllegalStateException("no eigenvectors found of " + correlations);
        }
        return IntStream.range(0, d)
                .mapToObj(i -> component(eigen.getEigenvalue(i).getReal() / d, eigen.getEigenVector(i)))
                .sorted((a, b) -> Double.compare(b.share, a.share))
                .toList();
    }

    private static Component component(double share, DMatrixRMaj vector) {
        double largest = 0;
        for (double loading : vector.data) {
            largest = Math.abs(loading) > Math.abs(largest) ? loading : largest;
        }
        double sign = Math.signum(largest);
        return new Component(
                share,
                Arrays.stream(vector.data)
                        .map(loading -> loading * sign)
                        .boxed()
                        .toList());
    }
}
