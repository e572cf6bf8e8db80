package io.pipeflux.core.pipe;

import java.time.Duration;

/** When waiting ends. */
final class Deadline {

    static final Deadline NEVER = new Deadline(Duration.ZERO);

    private final long start = System.nanoTime();
    private final Duration limit;

    private Deadline(Duration limit) {
        this.limit = limit;
    }

    /** @param limit from now; zero: never */
    static Deadline after(Duration limit) {
        return limit.isZero() ? NEVER : new Deadline(limit);
    }

    boolean hasPassed() {
        return remainingNanos() <= 0;
    }

    /** What is left, in milliseconds, at most an hour, rounded up. */
    int remainingMillis() {
        return (int) Math.min(3_600_000, remainingNanos() / 1_000_000 + 1);
    }

    private long remainingNanos() {
        return limit.isZero() ? Long.MAX_VALUE : limit.toNanos() - (System.nanoTime() - start);
    }
}
