package io.pipeflux.benchmarks.pipe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A ring of spans of time, which several threads write: the newest overwrites the oldest. */
final class Spans {

    /** What a thread did. */
    enum Work {
        /** Reads from the pipe, or waits for the writer. */
        READ,
        /** Cuts records out of a chunk, and hands them over. */
        CUT,
        /** Makes a batch's columns. */
        MAKE,
        /** Is busy with a batch. */
        CONSUME
    }

    /** From {@link System#nanoTime} to {@link System#nanoTime}. */
    record Span(Work work, String thread, long begin, long end) {}

    private static final int SIZE = 1 << 16;

    private final Span[] ring = new Span[SIZE];
    private final AtomicInteger next = new AtomicInteger();

    /** Adds what this thread did since then. */
    void add(Work work, long begin) {
        ring[next.getAndIncrement() & SIZE - 1] =
                new Span(work, Thread.currentThread().getName(), begin, System.nanoTime());
    }

    /** Returns all, after the threads have ended their work. */
    List<Span> all() {
        List<Span> all = new ArrayList<>();
        for (int i = 0; i < Math.min(next.get(), SIZE); i++) {
            all.add(ring[i]);
        }
        return all;
    }
}
