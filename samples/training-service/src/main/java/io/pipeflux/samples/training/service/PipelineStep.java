package io.pipeflux.samples.training.service;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The current state of a step of the pipeline.
 *
 * @param step {@code s3}, {@code window}, {@code pipe}, {@code decode}, {@code queue}, {@code batches} or {@code
 *     trainer}. While file mode downloads the data, the only step is {@code download}
 * @param fill how full the step's queue is, from 0 to 1, or null if it has no queue
 * @param rate the throughput per second, or null
 * @param rateUnit {@code MB/s}, {@code records/s} or {@code batches/s}
 * @param waiting whether the step is waiting
 * @param waitsFor what the step waits for, or null
 * @param waitShare the fraction of the past few seconds during which the step waited
 */
public record PipelineStep(
        String step,
        String title,
        @Nullable Double fill,
        @Nullable String fillText,
        @Nullable Double rate,
        String rateUnit,
        boolean waiting,
        @Nullable String waitsFor,
        @Nullable Double waitShare) {

    private static final double MEGA = 1e6;

    /** Returns the only step of the phase {@code download}. */
    static PipelineStep download(Download is, @Nullable Double bytesPerSecond) {
        long bytes = Math.min(is.bytes(), is.totalBytes());
        return new PipelineStep(
                "download",
                "Download",
                is.totalBytes() == 0 ? null : (double) bytes / is.totalBytes(),
                String.format(Locale.ROOT, "%.1f of %.1f MB", bytes / MEGA, is.totalBytes() / MEGA),
                bytesPerSecond == null ? null : bytesPerSecond / MEGA,
                "MB/s",
                false,
                null,
                null);
    }
}
