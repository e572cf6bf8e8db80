package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import java.util.Objects;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Options for making batches of rows. Immutable: each setter returns new options. */
public final class BatchOptions {

    /** The default of {@link #lookAheadBytes}: 8 MiB. */
    public static final long DEFAULT_LOOK_AHEAD_BYTES = 8L << 20;

    /** The default of {@link #lookAheadRows}: 8192 rows. */
    public static final int DEFAULT_LOOK_AHEAD_ROWS = 8192;

    private final int size;
    private final int parallelism;
    private final Remainder remainder;
    private final Scheduler scheduler;
    private final long lookAheadBytes;
    private final int lookAheadRows;

    private BatchOptions(
            int size,
            int parallelism,
            Remainder remainder,
            Scheduler scheduler,
            long lookAheadBytes,
            int lookAheadRows) {
        this.size = size;
        this.parallelism = parallelism;
        this.remainder = remainder;
        this.scheduler = scheduler;
        this.lookAheadBytes = lookAheadBytes;
        this.lookAheadRows = lookAheadRows;
    }

    /**
     * Returns options for batches of {@code size} rows.
     *
     * @param size the number of rows of a batch, at least 1
     * @param parallelism the most batches that are made at the same time, each on another worker, at least 0. The
     *     look-ahead bounds how many batches wait before and after the workers. With 0, each batch is made on the
     *     thread that brings its last row, without hand-over to another thread and without look-ahead
     */
    public static BatchOptions of(int size, int parallelism) {
        if (size < 1) {
            throw new IllegalArgumentException("expected batch size >= 1, but got " + size);
        }
        if (parallelism < 0) {
            throw new IllegalArgumentException("expected parallelism >= 0, but got " + parallelism);
        }
        return new BatchOptions(
                size,
                parallelism,
                Remainder.KEEP,
                Schedulers.parallel(),
                DEFAULT_LOOK_AHEAD_BYTES,
                DEFAULT_LOOK_AHEAD_ROWS);
    }

    /** Sets whether a last, smaller batch is emitted. Defaults to {@link Remainder#KEEP}. */
    public BatchOptions remainder(Remainder remainder) {
        Objects.requireNonNull(remainder, "remainder");
        return new BatchOptions(size, parallelism, remainder, scheduler, lookAheadBytes, lookAheadRows);
    }

    /**
     * Sets the scheduler on which batches are made. It is not used if parallelism is 0. Defaults to
     * {@link Schedulers#parallel()}, whose threads must not block. For a mapper that blocks, use
     * {@link Schedulers#boundedElastic()}. A subscription takes at most one worker more than the parallelism, and
     * disposes them at its end.
     */
    public BatchOptions scheduler(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return new BatchOptions(size, parallelism, remainder, scheduler, lookAheadBytes, lookAheadRows);
    }

    /**
     * Sets the bound, in bytes, for the rows that have been read and whose batches have not been emitted yet. When it
     * is reached, no more rows are requested until a quarter of it is free. Rows are requested for one batch at a time,
     * so the rows of one batch may exceed the bound. A batch that is larger than the bound is read alone.
     *
     * <p>The size of a {@link RawRecord} is that of its payload, the size of a {@link java.nio.ByteBuffer} is its
     * remaining bytes, and the size of a byte array is its length. Any other row counts as 0 bytes. Each record keeps
     * its whole chunk in memory. If all records of a stream arrive here, that adds up to one chunk. Downstream of a
     * filter that keeps one record of n, it can be n times the bound.
     *
     * @param bytes at least 1. Defaults to 8 MiB
     */
    public BatchOptions lookAheadBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected lookAheadBytes >= 1, but got " + bytes);
        }
        return new BatchOptions(size, parallelism, remainder, scheduler, bytes, lookAheadRows);
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
        return new BatchOptions(size, parallelism, remainder, scheduler, lookAheadBytes, rows);
    }

    int size() {
        return size;
    }

    int parallelism() {
        return parallelism;
    }

    Remainder remainder() {
        return remainder;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    ReadAhead newReadAhead() {
        long batches = Math.max(parallelism, (lookAheadRows + size - 1L) / size);
        return new ReadAhead(batches * size, lookAheadBytes);
    }

    String stepName() {
        return "mapAndBatch(" + size + ", " + parallelism + ")";
    }

    @Override
    public String toString() {
        return "BatchOptions[size " + size + ", parallelism " + parallelism + ", remainder " + remainder
                + ", look-ahead " + lookAheadRows + " rows, " + lookAheadBytes + " bytes]";
    }
}
