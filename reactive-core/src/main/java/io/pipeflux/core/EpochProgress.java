package io.pipeflux.core;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * How much of an epoch has been read. What is not known without asking for it is not asked for: a channel of objects
 * knows their number and size when its list was read, and at least those of the objects that were listed before.
 *
 * @param bytes the number of bytes read in the epoch, including those before the place from which it was resumed
 * @param knownBytes the number of bytes of the objects whose sizes are known so far, or 0
 * @param allBytesKnown whether these are all bytes of the epoch
 * @param knownObjects the number of objects that are known so far, or 0
 * @param allObjectsKnown whether these are all objects of the epoch
 * @param timeLeft how long the rest takes at the rate of the epoch so far, or empty if the rest is not known
 */
public record EpochProgress(
        long bytes,
        long knownBytes,
        boolean allBytesKnown,
        long knownObjects,
        boolean allObjectsKnown,
        Optional<Duration> timeLeft) {

    private static final double MB = 1e6;
    private static final int PERCENT = 100;

    /** Returns the same progress without the time left, which changes even if nothing is read. */
    public EpochProgress withoutTimeLeft() {
        return new EpochProgress(bytes, knownBytes, allBytesKnown, knownObjects, allObjectsKnown, Optional.empty());
    }

    /**
     * Returns a text such as {@code 45 % of 116.1 MB, 12 s left}, {@code 3.2 MB of at least 116.1 MB}, {@code 3.2 MB of
     * 5000 objects} or, if nothing is known, {@code 3.2 MB}.
     */
    @Override
    public String toString() {
        if (allBytesKnown) {
            double percent = knownBytes == 0 ? PERCENT : Math.min(PERCENT, PERCENT * (double) bytes / knownBytes);
            return text("%.0f %% of %.1f MB", percent, knownBytes / MB)
                    + timeLeft.filter(left -> !left.isZero())
                            .map(EpochProgress::left)
                            .orElse("");
        }
        String read = text("%.1f MB", bytes / MB);
        if (allObjectsKnown) {
            return read + " of " + knownObjects + " objects";
        }
        if (knownBytes > 0) {
            return read + text(" of at least %.1f MB", knownBytes / MB);
        }
        return knownObjects > 0 ? read + " of at least " + knownObjects + " objects" : read;
    }

    private static String left(Duration left) {
        long seconds = left.toSeconds();
        if (seconds < 100) {
            return text(", %d s left", seconds);
        }
        long minutes = left.toMinutes();
        return minutes < 100 ? text(", %d min left", minutes) : text(", %d h left", left.toHours());
    }

    @SuppressWarnings("AnnotateFormatMethod") // its annotation is in a library of its own
    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
