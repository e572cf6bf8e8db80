package io.pipeflux.s3;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before a part is asked for again: anything up to a bound that doubles ("full jitter"). */
final class Backoff {

    private static final long FIRST_BOUND_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LAST_BOUND_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int DOUBLINGS = 6; // beyond the last bound

    private Backoff() {}

    /** @param futile the tries in a row that brought nothing */
    static long boundNanos(int futile) {
        return Math.min(LAST_BOUND_NANOS, FIRST_BOUND_NANOS << Math.min(Math.max(0, futile - 1), DOUBLINGS));
    }

    /** From half of the bound to one and a half: for a wait that shall not be none. */
    static long aboutNanos(int futile) {
        return boundNanos(futile) / 2 + nanos(futile);
    }

    static long nanos(int futile) {
        return ThreadLocalRandom.current().nextLong(boundNanos(futile) + 1);
    }
}
