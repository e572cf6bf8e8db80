package io.pipeflux.s3;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** The random wait before a part is requested again: from 0 to a bound that doubles ("full jitter"). */
final class Backoff {

    private static final long FIRST_BOUND_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LAST_BOUND_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int DOUBLINGS = 6; // enough to exceed the last bound

    private Backoff() {}

    /** @param futile the number of tries in a row that have returned no byte */
    static long boundNanos(int futile) {
        return Math.min(LAST_BOUND_NANOS, FIRST_BOUND_NANOS << Math.min(Math.max(0, futile - 1), DOUBLINGS));
    }

    /** Returns a random wait from half of the bound to one and a half of it, for a wait that must not be 0. */
    static long aboutNanos(int futile) {
        return boundNanos(futile) / 2 + nanos(futile);
    }

    static long nanos(int futile) {
        return ThreadLocalRandom.current().nextLong(boundNanos(futile) + 1);
    }
}
