package io.pipeflux.samples.training.service;

import java.util.function.Supplier;

/** Measures the time that a trainer spends computing. One thread works, and any thread may read the total. */
final class WorkTime {

    private long ended;
    private long since;
    private boolean working;

    <T> T measure(Supplier<T> work) {
        begin();
        try {
            return work.get();
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        since = System.nanoTime();
        working = true;
    }

    private synchronized void end() {
        ended += System.nanoTime() - since;
        working = false;
    }

    /** Returns the total in nanoseconds, including the work in progress. */
    synchronized long nanos() {
        return ended + (working ? System.nanoTime() - since : 0);
    }
}
