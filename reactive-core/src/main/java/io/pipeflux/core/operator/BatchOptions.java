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

/** Options for making batches of rows. Instances are immutable: each setter returns a changed copy of the options. */
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
     * @param parallelism the largest number of batches that are made at the same time, each on its own worker; at least
     *     0. The look-ahead limits how many batches wait for a worker or wait to be emitted. With a parallelism of 0,
     *     each batch is made on the thread that emits its last row, without a handoff to another thread and without
     *     look-ahead
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
     * Sets what happens to the last rows if there are too few of them for a whole batch. Regardless of this setting,
     * these rows are mapped, and a row that fails is skipped or ends the stream, like any other row. Defaults to {@link
     * Remainder#KEEP}.
     */
    public BatchOptions remainder(Remainder remainder) {
        Objects.requireNonNull(remainder, "remainder");
        return with(to -> to.remainder = remainder);
    }

    /**
     * Sets the scheduler on which batches are made. The scheduler is not used if the parallelism is 0. Defaults to
     * {@link Schedulers#parallel()}, whose threads must not block. For a mapper that blocks, use
     * {@link Schedulers#boundedElastic()}. A subscription creates at most one more worker than the parallelism, and
     * disposes its workers when it ends.
     */
    public BatchOptions scheduler(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return with(to -> to.scheduler = scheduler);
    }

    /**
     * Sets the bound, in bytes, for the rows that have been read, but whose batches have not been emitted yet. When the
     * bound is reached, no more rows are requested until a quarter of the bound is free. Rows are requested for one
     * batch at a time, so the rows of one batch may exceed the bound. Even if batches are larger than the bound, one
     * batch is read while another is being made.
     *
     * <p>The size of a {@link RawRecord} is that of its payload, the size of a {@link java.nio.ByteBuffer} is its
     * remaining bytes, and the size of a byte array is its length. Any other row counts as 0 bytes. Each record keeps
     * its whole chunk in memory. Therefore, if a filter has removed most records of a chunk, records of later chunks
     * are copied. Each record then takes at most twice its payload size plus 128 bytes. In addition, all records
     * together keep at most two chunks in memory.
     *
     * @param bytes the bound, at least 1. Defaults to 8 MiB
     */
    public BatchOptions lookAheadBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected lookAheadBytes >= 1, but got " + bytes);
        }
        return with(to -> to.lookAheadBytes = bytes);
    }

    /**
     * Sets the bound for the number of rows that have been read, but whose batches have not been emitted yet. The bound
     * is rounded up to whole batches, and is at least {@code parallelism} batches. The bound includes the batch that is
     * being read. If batches are small, many of them should be allowed to wait, because a handoff to another thread
     * costs as much as processing a thousand small rows.
     *
     * <p>In {@link PipeOperators#mapAndBatchWhen}, the bound is at least one batch, and {@code parallelism} rows are
     * mapped in addition. For example, with a bound of 256 rows, batches of 64 rows and a parallelism of 16, at most
     * 272 rows are being mapped or wait for their batch to be emitted.
     *
     * @param rows the bound, at least 0; with 0 the bound is {@code parallelism} batches. Defaults to 8192
     */
    public BatchOptions lookAheadRows(int rows) {
        if (rows < 0) {
            throw new IllegalArgumentException("expected lookAheadRows >= 0, but got " + rows);
        }
        return with(to -> to.lookAheadRows = rows);
    }

    /**
     * Sets what happens to a row that cannot be parsed, that is, a row for which a mapper throws an {@link Exception},
     * or for which a schema's collector throws a {@link io.pipeflux.core.PipefluxException}. A skipped row is counted
     * by the monitor, logged, handed to {@link SkipPolicy#deadLetters}, and discarded. Rows are skipped in order: each
     * row is skipped when all rows before it are known to be good or have been skipped. Batches stay full, because the
     * next rows take the places of skipped ones. Resume points stay exact: the resume point of a batch is after the
     * last row of the batch.
     *
     * <p>Any other failure, such as an {@link Error}, a mapper that returns null, or a
     * {@link java.util.concurrent.RejectedExecutionException} of an executor that no longer accepts tasks, is never
     * skipped. Such a failure ends the stream in the order of the rows: after the batches of all earlier rows have been
     * emitted, and after all earlier bad rows have been skipped.
     *
     * <p>A mapper is called only once for each row, whereas a schema parses the rows of a batch again if one of them is
     * bad. If rows may be skipped, chunks are not returned to their source for reuse, so reading costs more memory
     * bandwidth.
     *
     * @param policy the policy. Defaults to {@link SkipPolicy#fail}. With any other policy, {@code mapAndBatch} refuses
     *     collectors, except those of a schema
     */
    public BatchOptions onBadRow(SkipPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        return with(to -> to.onBadRow = policy);
    }

    boolean skipsBadRows() {
        return CoreAccess.get().skips(values.onBadRow);
    }

    /** Returns a new {@link Regrouper} for one subscription, or null if the first bad row ends the stream. */
    @Nullable
    Regrouper newRegrouper(Context context) {
        return skipsBadRows()
                ? new Regrouper(
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

    /**
     * Returns options for batches of rows that are already mapped. One worker is enough, because these batches take
     * little work.
     */
    BatchOptions ofMappedRows() {
        if (values.parallelism == 0) {
            throw new IllegalArgumentException("expected parallelism >= 1 for mapAndBatchWhen, but got 0");
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
