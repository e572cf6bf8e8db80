package io.pipeflux.benchmarks.pipe;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.IntBuffer;
import reactor.core.publisher.Flux;

/**
 * Adds the batches of a Pipeflux pipeline to a {@link Tally}. Spends the time {@link #BUSY} on each batch, to simulate
 * a consumer.
 */
final class OurBatches {

    /** The system property that sets for how many microseconds the consumer is busy with each batch. */
    static final String BUSY = "pipeflux.busyMicros";

    private static final long BUSY_NANOS = 1000L * Integer.getInteger(BUSY, 0);

    private final boolean text;
    private final Tally tally;
    private final int[] integers = new int[PipelineSets.BATCH];
    private final long[] longs = new long[PipelineSets.BATCH];

    private OurBatches(boolean text, Tally tally) {
        this.text = text;
        this.tally = tally;
    }

    /** Subscribes, adds each batch to the tally, releases it, and returns after the last batch. */
    static void count(Flux<ColumnBatch> batches, String set, Tally tally) {
        OurBatches counts = new OurBatches(set.equals(PipelineSets.TEXT), tally);
        batches.doOnNext(batch -> {
                    counts.add(batch);
                    batch.release();
                })
                .blockLast();
    }

    private void add(ColumnBatch batch) {
        long sum = 0;
        if (text) {
            batch.column("label").copyTo(integers);
        } else {
            batch.column("label").copyTo(longs);
        }
        for (int i = 0; i < batch.rows(); i++) {
            sum += text ? integers[i] : longs[i];
        }
        tally.add(batch.rows(), sum);
        if (tally.checks()) {
            check(batch);
        }
        beBusy(BUSY_NANOS);
    }

    static void beBusy(long nanos) {
        for (long began = System.nanoTime(); System.nanoTime() - began < nanos; ) {
            Thread.onSpinWait();
        }
    }

    private void check(ColumnBatch batch) {
        int i = 0;
        for (String name : batch.names()) {
            Column column = batch.column(name);
            if (column.isRagged()) {
                lengths(i, column.rowSplits());
            }
            if (column.dtype().hasOffsets()) {
                lengths(i, column.offsets());
            }
            tally.values(i++, column.values());
        }
    }

    private void lengths(int column, IntBuffer ends) {
        for (int i = 1; i < ends.limit(); i++) {
            tally.length(column, ends.get(i) - ends.get(i - 1));
        }
    }
}
