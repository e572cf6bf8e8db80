package io.pipeflux.s3;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses the random wait before a request is sent again. The wait is between 0 and a bound that doubles with each
 * failure, up to 5 seconds ("full jitter").
 */
final class Backoff {

    private static final long FIRST_BOUND_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LAST_BOUND_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int DOUBLINGS = 6; // 0.1 s, doubled 6 times, exceeds the maximum of 5 s

    private Backoff() {}

    /**
     * Returns the upper bound of the wait.
     *
     * @param futile the number of tries that have failed
     */
    static long boundNanos(int futile) {
        return Math.min(LAST_BOUND_NANOS, FIRST_BOUND_NANOS << Math.min(Math.max(0, futile - 1), DOUBLINGS));
    }

    /** Returns a random wait between 0.5 and 1.5 times the bound, for callers that must not retry immediately. */
    static long aboutNanos(int futile) {
        return boundNanos(futile) / 2 + nanos(futile);
    }

    static long nanos(int futile) {
        return ThreadLocalRandom.current().nextLong(boundNanos(futile) + 1);
    }
}
