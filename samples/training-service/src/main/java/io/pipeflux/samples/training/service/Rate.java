package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/** The increase of a counter per second, averaged over the past few seconds. Not thread-safe. */
final class Rate {

    private static final double OVER_SECONDS = 2;

    private long last;
    private double rate = Double.NaN;

    /** @param count the first value of the counter */
    Rate(long count) {
        last = count;
    }

    void look(long count, double seconds) {
        if (seconds <= 0) {
            return;
        }
        double now = (count - last) / seconds;
        last = count;
        rate = Double.isNaN(rate) ? now : rate + (1 - Math.exp(-seconds / OVER_SECONDS)) * (now - rate);
    }

    /** Returns the rate, or null before the first update. */
    @Nullable
    Double value() {
        return Double.isNaN(rate) ? null : rate;
    }
}
