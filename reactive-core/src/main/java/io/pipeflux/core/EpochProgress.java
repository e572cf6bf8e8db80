package io.pipeflux.core;

import io.pipeflux.core.internal.ByteText;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * States how much of an epoch has been read. The pipeline never lists or requests objects just to determine a size, so
 * some sizes may not be known. A channel of objects knows the number and the sizes of all its objects after its list
 * has been read. Before that, it knows the number and the sizes of the objects listed so far.
 *
 * @param bytes the number of bytes of the epoch that have been read, including those before the resume point if the
 *     epoch was resumed
 * @param knownBytes the number of bytes of the objects whose sizes are known so far, or 0
 * @param allBytesKnown whether {@code knownBytes} is the size of the whole epoch
 * @param knownObjects the number of objects that are known so far, or 0
 * @param allObjectsKnown whether {@code knownObjects} is the number of objects of the whole epoch
 * @param timeLeft the estimated time to read the rest of the epoch, at the epoch's average rate so far. Empty if the
 *     size of the rest is not known
 */
public record EpochProgress(
        long bytes,
        long knownBytes,
        boolean allBytesKnown,
        long knownObjects,
        boolean allObjectsKnown,
        Optional<Duration> timeLeft) {

    private static final int PERCENT = 100;

    /** Returns a copy of this progress without {@link #timeLeft()}, which changes even when nothing is read. */
    public EpochProgress withoutTimeLeft() {
        return new EpochProgress(bytes, knownBytes, allBytesKnown, knownObjects, allObjectsKnown, Optional.empty());
    }

    /**
     * Returns a text such as {@code 45 % of 116.1 MB, 12 s left}, {@code 3.2 MB of at least 116.1 MB} or {@code 3.2 MB
     * of 5000 objects}. If no size is known, the text only states the number of bytes read, such as {@code 3.2 MB}.
     */
    @Override
    public String toString() {
        if (allBytesKnown) {
            double percent = knownBytes == 0 ? PERCENT : Math.min(PERCENT, PERCENT * (double) bytes / knownBytes);
            return text("%.0f %% of %s", percent, ByteText.of(knownBytes))
                    + timeLeft.filter(left -> !left.isZero())
                            .map(EpochProgress::left)
                            .orElse("");
        }
        String read = ByteText.of(bytes);
        if (allObjectsKnown) {
            return read + " of " + knownObjects + " objects";
        }
        if (knownBytes > 0) {
            return read + " of at least " + ByteText.of(knownBytes);
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

    @SuppressWarnings("AnnotateFormatMethod") // the annotation that the check suggests would need an additional library
    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
