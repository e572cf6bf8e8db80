package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import java.util.Objects;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** How rows become batches. Immutable: each setter returns new options. */
public final class BatchOptions {

    /** How many bytes of rows are read ahead at most unless {@link #lookAheadBytes} says otherwise: 8 MiB. */
    public static final long DEFAULT_LOOK_AHEAD_BYTES = 8L << 20;

    /** How many rows are read ahead at most unless {@link #lookAheadRows} says otherwise. */
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
     * Batches of {@code size} rows, {@code parallelism} of them in work at a time.
     *
     * @param size the rows of a batch, at least 1
     * @param parallelism the most batches that are in work at a time, each on a worker of its own; how many wait before
     *     and behind the workers is the look-ahead's to say. 0: each batch is made on the thread that brings its last
     *     row, with no hand-over between threads and no look-ahead
     */
    public static BatchOptions of(int size, int parallelism) {
        if (size < 1) {
            throw new IllegalArgumentException("batch size >= 1 required but it was " + size);
        }
        if (parallelism < 0) {
            throw new IllegalArgumentException("parallelism >= 0 required but it was " + parallelism);
        }
        return new BatchOptions(
                size,
                parallelism,
                Remainder.KEEP,
                Schedulers.parallel(),
                DEFAULT_LOOK_AHEAD_BYTES,
                DEFAULT_LOOK_AHEAD_ROWS);
    }

    /** What becomes of a last, smaller batch. Defaults to {@link Remainder#KEEP}. */
    public BatchOptions remainder(Remainder remainder) {
        Objects.requireNonNull(remainder, "remainder");
        return new BatchOptions(size, parallelism, remainder, scheduler, lookAheadBytes, lookAheadRows);
    }

    /**
     * Where batches are made, unless parallelism is 0. Defaults to {@link Schedulers#parallel()}, whose threads must
     * not block: for a mapper that does, {@link Schedulers#boundedElastic()}. A subscription takes one of its workers
     * more than the parallelism says at most, and gives them back at its end.
     */
    public BatchOptions scheduler(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return new BatchOptions(size, parallelism, remainder, scheduler, lookAheadBytes, lookAheadRows);
    }

    /**
     * How many bytes of rows may have been read whose batches have not been emitted yet. When so many are there, no
     * further batch of rows is asked for until a quarter of them has gone; so the bound may be passed by the rows of
     * one batch, and a batch larger than it is still read, alone.
     *
     * <p>A {@link RawRecord} counts its payload, a {@link java.nio.ByteBuffer} what remains of it, a byte array its
     * length, anything else 0. Records keep the chunks alive that they lie in: where all records of a stream come here
     * that makes a chunk more; behind a filter it is as many times more as the filter leaves out.
     *
     * @param bytes at least 1. Defaults to 8 MiB
     */
    public BatchOptions lookAheadBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("lookAheadBytes >= 1 required but it was " + bytes);
        }
        return new BatchOptions(size, parallelism, remainder, scheduler, bytes, lookAheadRows);
    }

    /**
     * How many rows may have been read whose batches have not been emitted yet: so many, rounded up to whole batches,
     * but never fewer than {@code parallelism} batches, and the batch that is being read. Many batches must wait where
     * they are small, since a hand-over to another thread costs as much as a thousand small rows.
     *
     * @param rows 0 for no more than {@code parallelism} batches. Defaults to 8192
     */
    public BatchOptions lookAheadRows(int rows) {
        if (rows < 0) {
            throw new IllegalArgumentException("lookAheadRows >= 0 required but it was " + rows);
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
