package io.pipeflux.core;

import java.util.Objects;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** How rows become batches. Immutable: each setter returns new options. */
public final class BatchOptions {

    private final int size;
    private final int parallelism;
    private final Remainder remainder;
    private final Scheduler scheduler;

    private BatchOptions(int size, int parallelism, Remainder remainder, Scheduler scheduler) {
        this.size = size;
        this.parallelism = parallelism;
        this.remainder = remainder;
        this.scheduler = scheduler;
    }

    /**
     * Batches of {@code size} rows, {@code parallelism} of them in work at a time.
     *
     * @param size the rows of a batch, at least 1
     * @param parallelism the most batches that are in work or wait for their turn; 0: each is made on the thread that
     *     brings its last row, with no hand-over between threads
     */
    public static BatchOptions of(int size, int parallelism) {
        if (size < 1) {
            throw new IllegalArgumentException("batch size >= 1 required but it was " + size);
        }
        if (parallelism < 0) {
            throw new IllegalArgumentException("parallelism >= 0 required but it was " + parallelism);
        }
        return new BatchOptions(size, parallelism, Remainder.KEEP, Schedulers.parallel());
    }

    /** What becomes of a last, smaller batch. Defaults to {@link Remainder#KEEP}. */
    public BatchOptions remainder(Remainder remainder) {
        return new BatchOptions(size, parallelism, Objects.requireNonNull(remainder, "remainder"), scheduler);
    }

    /**
     * Where batches are made, unless parallelism is 0. Defaults to {@link Schedulers#parallel()}, whose threads must not
     * block: for a mapper that does, {@link Schedulers#boundedElastic()}.
     */
    public BatchOptions scheduler(Scheduler scheduler) {
        return new BatchOptions(size, parallelism, remainder, Objects.requireNonNull(scheduler, "scheduler"));
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

    @Override
    public String toString() {
        return "BatchOptions[size " + size + ", parallelism " + parallelism + ", remainder " + remainder + "]";
    }
}
