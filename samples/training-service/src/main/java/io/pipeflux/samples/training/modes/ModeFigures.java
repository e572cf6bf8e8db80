package io.pipeflux.samples.training.modes;

/**
 * What one run in one input mode took.
 *
 * @param startUpNanos from the beginning, downloads included, until the first batch was there
 * @param totalNanos from the beginning to the end
 * @param diskBytes what had to be stored on disk at the most
 * @param dataBytes what was read for the training
 */
public record ModeFigures(long startUpNanos, long totalNanos, long diskBytes, long dataBytes) {

    /** Until the first batch, in seconds. */
    public double startUpSeconds() {
        return startUpNanos / 1e9;
    }

    /** From the beginning to the end, in seconds. */
    public double totalSeconds() {
        return totalNanos / 1e9;
    }

    /** Of the whole run, in units of 1,000,000 bytes a second. */
    public double megabytesPerSecond() {
        return dataBytes / 1e6 / totalSeconds();
    }
}
