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
     * Returns the deadline after a limit that begins now.
     *
     * @param limit zero for no deadline
     */
    static Deadline after(Duration limit) {
        return limit.isZero() ? NEVER : new Deadline(limit);
    }

    boolean hasPassed() {
        return remainingNanos() <= 0;
    }

    /** Returns the remaining time in milliseconds, rounded up: at most one hour, and 0 if the deadline has passed. */
    int remainingMillis() {
        long nanos = remainingNanos();
        // never less than 0, at which poll(2) would wait forever
        return nanos <= 0 ? 0 : (int) Math.min(3_600_000, nanos / 1_000_000 + 1);
    }

    private long remainingNanos() {
        return limit.isZero() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(limit) - (System.nanoTime() - start);
    }
}
