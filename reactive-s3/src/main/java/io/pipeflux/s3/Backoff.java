package io.pipeflux.s3;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses the random wait before a part is requested again. The wait lies between 0 and a bound that doubles with each
 * failure ("full jitter").
 */
final class Backoff {

    private static final long FIRST_BOUND_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LAST_BOUND_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int DOUBLINGS = 6; // enough doublings to exceed the last bound

    private Backoff() {}

    /** @param futile the number of consecutive tries that returned no byte */
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
