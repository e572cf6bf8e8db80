package io.pipeflux.samples.training.modes;

/**
 * The figures of one run in one input mode.
 *
 * @param startUpNanos the time from the beginning, including downloads, to the arrival of the first batch
 * @param totalNanos the time from the beginning to the end
 * @param diskBytes the maximum number of bytes on disk
 * @param dataBytes the number of bytes that were read for the training
 */
public record ModeFigures(long startUpNanos, long totalNanos, long diskBytes, long dataBytes) {

    /** Returns the time in seconds from the beginning to the arrival of the first batch. */
    public double startUpSeconds() {
        return startUpNanos / 1e9;
    }

    /** Returns the total time in seconds. */
    public double totalSeconds() {
        return totalNanos / 1e9;
    }

    /** Returns the throughput of the whole run in MB (1,000,000 bytes) per second. */
    public double megabytesPerSecond() {
        return dataBytes / 1e6 / totalSeconds();
    }
}
