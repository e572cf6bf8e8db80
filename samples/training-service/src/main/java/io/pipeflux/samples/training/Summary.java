package io.pipeflux.samples.training;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.batch.ColumnBatch;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** What a run did, for a person to read. */
final class Summary {

    private static final double GOOD_ACCURACY = 0.99;

    private final ColumnSums sums;
    private final @Nullable ColumnSums expected;
    private ResumePoint end = ResumePoint.START;
    private @Nullable ResumePoint resumedAt;
    private long records;
    private int steps;
    private double loss;

    long firstBatchNanos;
    long firstBatchAt; // by System.nanoTime(), of the training or the evaluation before it; 0: there was none
    long trainedAt;
    long trainingNanos;
    long trainingBytes;
    double accuracyBefore;
    double accuracyHalfWay;
    double accuracyAfter;

    @Nullable
    String modelUri;

    boolean modelReadBack;

    /**
     * @param sums takes the sums of epoch 0
     * @param expected what they must be, or null if nobody knows
     */
    Summary(ColumnSums sums, @Nullable ColumnSums expected) {
        this.sums = sums;
        this.expected = expected;
    }

    /** A batch is there; the first is remembered. */
    void batchHasCome() {
        if (firstBatchAt == 0) {
            firstBatchAt = System.nanoTime();
        }
    }

    /** The training began there, not at the beginning. */
    void resumed(ResumePoint point) {
        resumedAt = point;
        end = point;
    }

    void trained(ColumnBatch batch, double loss) {
        Position next = batch.resumeAt().position();
        boolean wasEpoch0 = end.position().epoch() == 0;
        if (wasEpoch0 && resumedAt == null) { // of a batch that goes on into epoch 1, the rows before it
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

    /** Says whether everything that could be checked was right. */
    boolean isGood() {
        return !sumsDiffer()
                && (modelUri == null || modelReadBack)
                && (expected == null || accuracyAfter >= GOOD_ACCURACY);
    }

    private boolean sumsDiffer() {
        return expected != null && resumedAt == null && sums.rows() >= expected.rows() && !sums.equals(expected);
    }

    void print(PrintWriter out) {
        double seconds = trainingNanos / 1e9;
        out.printf("%nsummary%n");
        line(out, "first batch", steps == 0 ? "none" : "after %.3f s".formatted(firstBatchNanos / 1e9));
        line(
                out,
                "training",
                "%,d records in %d steps, %.2f s: %,.0f records/s, %.1f MB/s"
                        .formatted(records, steps, seconds, records / seconds, trainingBytes / 1e6 / seconds));
        line(out, "ended at", end.position().toString());
        line(out, "loss", "%.4f".formatted(loss));
        line(
                out,
                "accuracy",
                Double.isNaN(accuracyAfter)
                        ? "not evaluated: there is no evaluation data"
                        : "%.3f (%.3f before, %.3f half-way)"
                                .formatted(accuracyAfter, accuracyBefore, accuracyHalfWay));
        line(out, "sums of epoch 0", sumsText());
        line(
                out,
                "model",
                modelUri == null
                        ? "not kept: there is no --output"
                        : modelUri + (modelReadBack ? ", read back equal" : ", READ BACK DIFFERENT"));
    }

    private String sumsText() {
        if (resumedAt != null) {
            return "not known: the training was resumed at " + resumedAt.position();
        }
        if (expected == null) {
            return sums.toString();
        }
        if (sums.rows() < expected.rows()) {
            return "not checked: " + sums.rows() + " of its " + expected.rows() + " records were read";
        }
        return sumsDiffer()
                ? "DIFFERENT from the generator's: " + sums + ", expected " + expected
                : "equal to the generator's to the last bit: " + sums;
    }

    private static void line(PrintWriter out, String name, String value) {
        out.printf("  %-16s %s%n", name, value);
    }
}
