package io.pipeflux.flink;

import java.io.Serializable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Describes how a continuous channel is listed repeatedly in order to find new objects. Each such listing is called a
 * look. Instances are sent to the job manager.
 *
 * @param period the time between two looks
 * @param overlap how much older a new object may be than the newest known object. If it is null, modification times are
 *     ignored, and an object is new if its key sorts after all previous keys
 */
record Looks(Duration period, @Nullable Duration overlap) implements Serializable {

    private static final long serialVersionUID = 1;
    private static final Duration SHORTEST_PERIOD = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(365);

    Looks {
        if (period.compareTo(SHORTEST_PERIOD) < 0 || period.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "expected a period from 1 ms to " + LONGEST.toDays() + " days, but got " + period);
        }
        if (overlap != null && (overlap.isNegative() || overlap.compareTo(LONGEST) > 0)) {
            throw new IllegalArgumentException(
                    "expected an overlap from 0 to " + LONGEST.toDays() + " days, but got " + overlap);
        }
    }
}
