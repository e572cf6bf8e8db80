package io.pipeflux.core.operator;

import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.OptionValues;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** Options for making batches of rows. Immutable: each setter returns new options. */
public final class BatchOptions {

    /** The default of {@link #lookAheadBytes}: 8 MiB. */
    private static final long DEFAULT_LOOK_AHEAD_BYTES = 8L << 20;

    /** The default of {@link #lookAheadRows}: 8192 rows. */
    static final int DEFAULT_LOOK_AHEAD_ROWS = 8192;

    private static final class Values extends OptionValues {

        private int size;
        private int parallelism;
        private Remainder remainder = Remainder.KEEP;
        private Scheduler scheduler = Schedulers.parallel();
        private long lookAheadBytes = DEFAULT_LOOK_AHEAD_BYTES;
        private int lookAheadRows = DEFAULT_LOOK_AHEAD_ROWS;
        private SkipPolicy onBadRow = SkipPolicy.fail();
        private String step;

        Values(int size, int parallelism) {
            this.size = size;
            this.parallelism = parallelism;
            this.step = "mapAndBatch(" + size + ", " + parallelism + ")";
        }
    }

    private final Values values;

    private BatchOptions(Values values) {
        this.values = values;
    }

    private BatchOptions with(Consumer<Values> change) {
        return new BatchOptions(OptionValues.changed(values, change));
    }

    /**
     * Returns options for batches of {@code size} rows.
     *
     * @param size the number of rows of a batch, at least 1
     * @param parallelism the most batches that are made at the same time, each on another worker, at least 0. The
     *     look-ahead bounds how many batches wait before and after the workers. With 0, each batch is made on the
     *     thread that emits its last row, without hand-over to another thread and without look-ahead
     */
    public static BatchOptions of(int size, int parallelism) {
        if (size < 1) {
            throw new IllegalArgumentException("expected batch size >= 1, but got " + size);
        }
        if (parallelism < 0) {
            throw new IllegalArgumentException("expected parallelism >= 0, but got " + parallelism);
        }
        return new BatchOptions(new Values(size, parallelism));
    }

    /**
     * Sets whether a last, smaller batch is emitted. Its rows are mapped in any case: one that fails is skipped or ends
     * the stream, as elsewhere. Defaults to {@link Remainder#KEEP}.
     */
    public BatchOptions remainder(Remainder remainder) {
        Objects.requireNonNull(remainder, "remainder");
        return with(to -> to.remainder = remainder);
    }

    /**
     * Sets the scheduler on which batches are made. It is not used if parallelism is 0. Defaults to
     * {@link Schedulers#parallel()}, whose threads must not block. For a mapper that blocks, use
     * {@link Schedulers#boundedElastic()}. A subscription takes at most one worker more than the parallelism, and
     * disposes them at its end.
     */
    public BatchOptions scheduler(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return with(to -> to.scheduler = scheduler);
    }

    /**
     * Sets the bound, in bytes, for the rows that have been read and whose batches have not been emitted yet. When it
     * is reached, no more rows are requested until a quarter of it is free. Rows are requested for one batch at a time,
     * so the rows of one batch may exceed the bound. However large batches are, the next one is read while one is made.
     *
     * <p>The size of a {@link RawRecord} is that of its payload, the size of a {@link java.nio.ByteBuffer} is its
     * remaining bytes, and the size of a byte array is its length. Any other row counts as 0 bytes. Each record keeps
     * its whole chunk in memory. Records are copied if a filter has left too few of them in their chunks: each takes at
     * most twice its payload and 128 bytes, and all together two chunks more.
     *
     * @param bytes at least 1. Defaults to 8 MiB
     */
    public BatchOptions lookAheadBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected lookAheadBytes >= 1, but got " + bytes);
        }
        return with(to -> to.lookAheadBytes = bytes);
    }

    /**
     * Sets the bound for the number of rows that have been read and whose batches have not been emitted yet. It is
     * rounded up to whole batches, and is at least {@code parallelism} batches. The batch that is being read counts. If
     * batches are small, many must be allowed to wait, since a hand-over to another thread costs as much as a thousand
     * small rows.
     *
     * @param rows the bound, at least 0; 0 for {@code parallelism} batches. Defaults to 8192
     */
    public BatchOptions lookAheadRows(int rows) {
        if (rows < 0) {
            throw new IllegalArgumentException("expected lookAheadRows >= 0, but got " + rows);
        }
        return with(to -> to.lookAheadRows = rows);
    }

    /**
     * Sets what happens to a row that does not parse: for which a mapper throws an {@link Exception}, or the collector
     * of a schema a {@link io.pipeflux.core.PipefluxException}. A row that is skipped is counted by the monitor,
     * logged, handed to {@link SkipPolicy#deadLetters} and discarded, in the order of the rows, when all rows before it
     * are known to be good or have been skipped. Batches stay full: the next rows take its place. A resume point stays
     * exact: after the last row of its batch.
     *
     * <p>Any other failure, such as an {@link Error}, a mapper that returns null, or a {@link
     * java.util.concurrent.RejectedExecutionException} of an executor that no longer accepts work, is never skipped. It
     * ends the stream in the order of the rows: after the batches of the rows before it, and after those that were
     * skipped.
     *
     * <p>A mapper is called once for each row. A schema parses the rows of a batch with a bad row again. Chunks are not
     * given back to their source before the batch is emitted, so reading costs more memory bandwidth than without a
     * policy.
     *
     * @param policy the policy. Defaults to {@link SkipPolicy#fail}. With another, a collector must be a schema's:
     *     {@code mapAndBatch} refuses others
     */
    public BatchOptions onBadRow(SkipPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        return with(to -> to.onBadRow = policy);
    }

    boolean skipsBadRows() {
        return CoreAccess.get().skips(values.onBadRow);
    }

    /** Returns what cuts batches anew after bad rows, for one subscription, or null if the first ends the stream. */
    @Nullable
    Recut newRecut(Context context) {
        return skipsBadRows()
                ? new Recut(
                        values.size,
                        CoreAccess.get().skips(values.onBadRow, PipelineReporter.current(context)),
                        context)
                : null;
    }

    int size() {
        return values.size;
    }

    int parallelism() {
        return values.parallelism;
    }

    Remainder remainder() {
        return values.remainder;
    }

    Scheduler scheduler() {
        return values.scheduler;
    }

    ReadAhead newReadAhead(JoinedPrefetch prefetch) {
        long batches = Math.max(values.parallelism, (values.lookAheadRows + values.size - 1L) / values.size);
        return prefetch.readAhead(batches, values.size, values.lookAheadBytes);
    }

    String stepName() {
        return values.step;
    }

    /** Returns options for batches of rows that were mapped before. They need no work, so one worker makes them. */
    BatchOptions ofMappedRows() {
        if (values.parallelism == 0) {
            throw new IllegalArgumentException("expected parallelism >= 1 for a mapper that is awaited, but got 0");
        }
        return with(to -> {
            to.step = "mapAndBatchWhen(" + to.size + ", " + to.parallelism + ")";
            to.parallelism = 1;
        });
    }

    @Override
    public String toString() {
        return "BatchOptions[size " + values.size + ", parallelism " + values.parallelism + ", remainder "
                + values.remainder + ", look-ahead " + values.lookAheadRows + " rows, " + values.lookAheadBytes
                + " bytes" + (skipsBadRows() ? ", " + values.onBadRow : "") + "]";
    }
}
