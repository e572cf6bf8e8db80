package io.pipeflux.benchmarks.pipe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A ring of time spans, which several threads write. The newest span overwrites the oldest. */
final class Spans {

    /** The activities of a thread. */
    enum Work {
        /** The thread reads from the pipe, or waits for the writer. */
        READ,
        /** The thread extracts records from a chunk, and passes them on. */
        CUT,
        /** The thread makes a batch's columns. */
        MAKE,
        /** The thread is busy with a batch. */
        CONSUME
    }

    /** A span from one {@link System#nanoTime} to another. */
    record Span(Work work, String thread, long begin, long end) {}

    private static final int SIZE = 1 << 16;

    private final Span[] ring = new Span[SIZE];
    private final AtomicInteger next = new AtomicInteger();

    /** Adds a span of this thread, from {@code begin} until now. */
    void add(Work work, long begin) {
        ring[next.getAndIncrement() & SIZE - 1] =
                new Span(work, Thread.currentThread().getName(), begin, System.nanoTime());
    }

    /** Returns all spans. Must be called after the threads have finished. */
    List<Span> all() {
        List<Span> all = new ArrayList<>();
        for (int i = 0; i < Math.min(next.get(), SIZE); i++) {
            all.add(ring[i]);
        }
        return all;
    }
}
