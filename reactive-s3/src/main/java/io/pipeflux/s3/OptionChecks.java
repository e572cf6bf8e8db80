package io.pipeflux.s3;

import java.time.Duration;
import java.util.Objects;

/** Checks the values of options that reads and writes have in common. */
final class OptionChecks {

    private OptionChecks() {}

    static void atLeast(int least, int value, String what, String unit) {
        if (value < least) {
            throw new IllegalArgumentException("expected " + what + " >= " + least + unit + ", but got " + value);
        }
    }

    static void notNegative(Duration time, String what) {
        Objects.requireNonNull(time, what);
        if (time.isNegative()) {
            throw new IllegalArgumentException("expected " + what + " >= 0, but got " + time);
        }
    }

    static void noProgressTimeout(Duration timeout) {
        Objects.requireNonNull(timeout, "no-progress time-out");
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("expected a no-progress time-out > 0, but got " + timeout);
        }
    }
}
