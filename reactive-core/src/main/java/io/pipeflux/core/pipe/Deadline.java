package io.pipeflux.core.pipe;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

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

    /** What is left, in milliseconds, rounded up: 0 if the deadline has passed, at most an hour. */
    int remainingMillis() {
        long nanos = remainingNanos();
        return nanos <= 0 ? 0 : (int) Math.min(3_600_000, nanos / 1_000_000 + 1); // poll(2) takes less than 0 for ever
    }

    private long remainingNanos() {
        return limit.isZero() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(limit) - (System.nanoTime() - start);
    }
}
