package io.pipeflux.samples.training;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.batch.ColumnBatch;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Collects the results of a run, and prints a readable summary. */
final class Summary {

    private static final double GOOD_ACCURACY = 0.99;

    private final ColumnSums sums;
    private final @Nullable ColumnSums expected;
    private ResumePoint end = ResumePoint.START;
    private @Nullable ResumePoint resumedAt;
    private long records;
    private int steps;
    private double loss;
    private boolean dataEnded;
    private boolean stopped;

    long firstBatchNanos;
    // System.nanoTime() when the first batch for training or evaluation arrived, or 0 if no batch has arrived yet
    long firstBatchAt;
    long trainedAt;
    long trainingNanos;
    long trainingBytes;
    long evaluatingNanos; // the duration of the evaluation halfway through the training
    long evaluatedBytes;
    double accuracyBefore = Double.NaN; // NaN if not measured
    double accuracyHalfWay = Double.NaN;
    double accuracyAfter = Double.NaN;

    @Nullable
    String modelUri;

    boolean modelReadBack;

    /**
     * @param sums collects the column sums of epoch 0
     * @param expected the expected column sums, or null if they are unknown
     */
    Summary(ColumnSums sums, @Nullable ColumnSums expected) {
        this.sums = sums;
        this.expected = expected;
    }

    /** Must be called whenever a batch arrives. The first call stores the current time. */
    void batchArrived() {
        if (firstBatchAt == 0) {
            firstBatchAt = System.nanoTime();
        }
    }

    /** Sets the point from which the training was resumed. */
    void resumed(ResumePoint point) {
        resumedAt = point;
        end = point;
    }

    /** Must be called if the data end before the last step. */
    void dataEnded() {
        dataEnded = true;
    }

    /** Must be called if the job ends early because a stop was requested. */
    void stopped() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Returns the point at which the next batch begins. */
    ResumePoint end() {
        return end;
    }

    void trained(ColumnBatch batch, double loss) {
        Position next = batch.resumeAt().position();
        boolean wasEpoch0 = end.position().epoch() == 0;
        if (wasEpoch0 && resumedAt == null) {
            // if a batch continues into epoch 1, only its rows of epoch 0 are added
            sums.add(batch, next.epoch() == 0 ? batch.rows() : batch.rows() - next.recordOrdinal());
        }
        this.end = batch.resumeAt();
        this.loss = loss;
        records += batch.rows();
        steps++;
    }

    int steps() {
        return steps;
    }

    double loss() {
        return loss;
    }

    /** Returns whether every check has passed. */
    boolean isGood() {
        return !sumsDiffer()
                && (modelUri == null || modelReadBack)
                && (expected == null || accuracyAfter >= GOOD_ACCURACY);
    }

    private boolean sumsDiffer() {
        return expected != null && resumedAt == null && epoch0IsOver(expected) && !sums.equals(expected);
    }

    /** Returns whether epoch 0 has ended and its sums are complete. If so, missing rows mean that records were lost. */
    private boolean epoch0IsOver(ColumnSums expected) {
        return sums.rows() >= expected.rows() || dataEnded || end.position().epoch() > 0;
    }

    void print(PrintWriter out) {
        double seconds = trainingNanos / 1e9;
        out.printf(Locale.ROOT, "%nsummary%n");
        line(
                out,
                "first batch",
                steps == 0 ? "none" : String.format(Locale.ROOT, "after %.3f s", firstBatchNanos / 1e9));
        line(
                out,
                "training",
                steps == 0
                        ? "nothing: " + (resumedAt == null ? "no record" : "the checkpoint was at the end already")
                        : String.format(
                                Locale.ROOT,
                                "%,d records in %d steps, %.2f s: %s records/s, %s MB/s",
                                records,
                                steps,
                                seconds,
                                measured("%,.0f", records / seconds),
                                measured("%.1f", trainingBytes / 1e6 / seconds)));
        line(out, "ended at", end.position().toString());
        line(out, "loss", steps == 0 ? "none" : String.format(Locale.ROOT, "%.4f", loss));
        line(
                out,
                "accuracy",
                Double.isNaN(accuracyAfter)
                        ? "not evaluated: there is no evaluation data"
                        : String.format(
                                Locale.ROOT,
                                "%.3f (%s before, %s half-way)",
                                accuracyAfter,
                                measured("%.3f", accuracyBefore),
                                measured("%.3f", accuracyHalfWay)));
        line(out, "sums of epoch 0", sumsText());
        line(
                out,
                "model",
                modelUri == null
                        ? "not kept: there is no --output"
                        : modelUri + (modelReadBack ? ", read back equal" : ", READ BACK DIFFERENT"));
    }

    private static String measured(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "not measured";
    }

    private String sumsText() {
        if (resumedAt != null) {
            return "not known: the training was resumed at " + resumedAt.position();
        }
        if (expected == null) {
            return sums.toString();
        }
        if (!epoch0IsOver(expected)) {
            return "not checked: " + sums.rows() + " of its " + expected.rows() + " records were read";
        }
        return sumsDiffer()
                ? "DIFFERENT from the generator's: " + sums + ", expected " + expected
                : "equal to the generator's to the last bit: " + sums;
    }

    private static void line(PrintWriter out, String name, String value) {
        out.printf(Locale.ROOT, "  %-16s %s%n", name, value);
    }
}
