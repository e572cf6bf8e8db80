package io.pipeflux.samples.training;

import io.pipeflux.records.batch.ColumnBatch;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Logistic regression of the column {@code labels} (0 or 1) on the column {@code data}, trained with Adagrad. */
public final class LogisticModel {

    /** The default learning rate. */
    public static final double LEARNING_RATE = 0.05;

    private static final double EPSILON = 1e-8;

    private final double[] weights; // the last weight is the bias
    private final double[] squares;
    private final double[] gradient;
    private final double[] row;
    private double learningRate = LEARNING_RATE;

    private LogisticModel(double[] weights, double[] squares) {
        if (squares.length != weights.length) {
            throw new IllegalArgumentException(
                    "expected " + weights.length + " squares, one per weight, but got " + squares.length);
        }
        this.weights = weights;
        this.squares = squares;
        this.gradient = new double[weights.length];
        this.row = new double[weights.length];
        // the bias's constant input equals the typical length of a feature vector, so that the bias learns as fast as
        // the weights
        row[weights.length - 1] = Math.sqrt(weights.length - 1);
    }

    /** Returns an untrained model. */
    public static LogisticModel untrained(int features) {
        return of(new double[features + 1]);
    }

    /** @param weights one weight per feature, then the bias. The array is not copied */
    static LogisticModel of(double[] weights) {
        return of(weights, new double[weights.length]);
    }

    /**
     * Returns a model that continues the training of an earlier model.
     *
     * @param weights one weight per feature, then the bias. The array is not copied
     * @param squares the optimiser's state, one value per weight. The array is not copied
     */
    static LogisticModel of(double[] weights, double[] squares) {
        return new LogisticModel(weights, squares);
    }

    /** Sets the learning rate. Defaults to {@link #LEARNING_RATE}. */
    public LogisticModel learningRate(double rate) {
        learningRate = rate;
        return this;
    }

    /** The number of classified rows, and the number of those rows whose class was predicted correctly. */
    public record Score(long rows, long right) {

        /** The score before any row has been classified. */
        public static final Score NONE = new Score(0, 0);

        /** Returns the sum of this score and another. */
        public Score plus(Score other) {
            return new Score(rows + other.rows, right + other.right);
        }

        /** Returns the fraction of the rows that were classified correctly, or NaN if there are no rows. */
        public double accuracy() {
            return (double) right / rows;
        }
    }

    /**
     * The results for a batch, computed before the step changed the model.
     *
     * @param loss the mean log loss of the batch
     * @param score the score of the batch
     */
    public record Step(double loss, Score score) {}

    double[] weights() {
        return weights;
    }

    /** Returns the optimiser's state, one value per weight. */
    double[] squares() {
        return squares;
    }

    /** Fits the model to a batch. Returns the batch's mean log loss before the step. */
    double fit(ColumnBatch batch) {
        return step(batch).loss();
    }

    /** Fits the model to a batch. */
    public Step step(ColumnBatch batch) {
        DoubleBuffer data = batch.column("data").asDoubleBuffer();
        LongBuffer labels = batch.column("labels").asLongBuffer();
        Arrays.fill(gradient, 0);
        double loss = 0;
        long right = 0;
        for (int i = 0; i < batch.rows(); i++) {
            double margin = margin(data);
            long label = labels.get();
            double error = 1 / (1 + StrictMath.exp(-margin)) - label;
            right += margin > 0 == (label == 1) ? 1 : 0;
            loss += StrictMath.log1p(StrictMath.exp(label == 1 ? -margin : margin));
            for (int j = 0; j < row.length; j++) {
                gradient[j] += error * row[j];
            }
        }
        for (int j = 0; j < weights.length; j++) {
            double g = gradient[j] / batch.rows();
            squares[j] += g * g;
            weights[j] -= learningRate * g / (Math.sqrt(squares[j]) + EPSILON);
        }
        return new Step(loss / batch.rows(), new Score(batch.rows(), right));
    }

    /** Classifies a batch, without changing the model. */
    public Score score(ColumnBatch batch) {
        DoubleBuffer data = batch.column("data").asDoubleBuffer();
        LongBuffer labels = batch.column("labels").asLongBuffer();
        long right = 0;
        for (int i = 0; i < batch.rows(); i++) {
            boolean one = margin(data) > 0;
            right += one == (labels.get() == 1) ? 1 : 0;
        }
        return new Score(batch.rows(), right);
    }

    /** Reads the next row. Returns the bias plus the weighted sum of the row's features. */
    private double margin(DoubleBuffer data) {
        data.get(row, 0, row.length - 1);
        double sum = 0;
        for (int j = 0; j < row.length; j++) {
            sum += weights[j] * row[j];
        }
        return sum;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LogisticModel model && Arrays.equals(weights, model.weights);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(weights);
    }
}
