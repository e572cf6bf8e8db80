package io.pipeflux.core.pipe;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The time at which a wait ends. */
final class Deadline {

    static final Deadline NEVER = new Deadline(Duration.ZERO);

    private final long start = System.nanoTime();
    private final Duration limit;

    private Deadline(Duration limit) {
        this.limit = limit;
    }

    /**
     * Returns a deadline that is the given time from now.
     *
     * @param limit the time until the deadline; zero for a deadline that never passes
     */
    static Deadline after(Duration limit) {
        return limit.isZero() ? NEVER : new Deadline(limit);
    }

    boolean hasPassed() {
        return remainingNanos() <= 0;
    }

    /**
     * Returns the remaining time in milliseconds, rounded up. The result is at most one hour, and 0 if the deadline has
     * passed.
     */
    int remainingMillis() {
        long nanos = remainingNanos();
        // The result is never negative, because poll(2) waits forever if the timeout is negative.
        return nanos <= 0 ? 0 : (int) Math.min(3_600_000, nanos / 1_000_000 + 1);
    }

    private long remainingNanos() {
        return limit.isZero() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(limit) - (System.nanoTime() - start);
    }
}
