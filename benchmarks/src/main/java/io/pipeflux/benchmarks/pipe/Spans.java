package io.pipeflux.benchmarks.pipe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A ring buffer of time spans, to which several threads write. When it is full, a new span overwrites the oldest one.
 */
final class Spans {

    /** The activities of a thread. */
    enum Work {
        /** The thread reads from the pipe, or waits for the writer. */
        READ,
        /** The thread extracts records from a chunk, and passes the records downstream. */
        CUT,
        /** The thread makes a batch's columns. */
        MAKE,
        /** The thread is busy with a batch. */
        CONSUME
    }

    /** A span of time. {@code begin} and {@code end} are values of {@link System#nanoTime}. */
    record Span(Work work, String thread, long begin, long end) {}

    private static final int SIZE = 1 << 16;

    private final Span[] ring = new Span[SIZE];
    private final AtomicInteger next = new AtomicInteger();

    /** Adds a span for the current thread, from {@code begin} until now. */
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
