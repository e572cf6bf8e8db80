package io.pipeflux.core.operator;

/**
 * Computes how many elements to request at a time, when their sizes are not known in advance. The first request is for
 * one element. Each later one is for as many as fit if they are as large as the largest recent element, at most
 * {@value #MOST}. Without a bound in bytes, it is a quarter of the bound in elements, but at least {@value #MOST}, as
 * far as they fit.
 */
final class PrefetchWindow {

    private static final int MOST = 64;

    private final long maxBytes;
    private final long maxElements;
    private final long most;

    private long size;
    private long elements; // arrived and not reported yet
    private long bytes;
    private long largest;
    private long expected;
    private boolean begun;

    PrefetchWindow(long maxBytes, long maxElements) {
        this.maxBytes = maxBytes;
        this.maxElements = maxElements;
        this.begun = maxBytes == Long.MAX_VALUE;
        this.most = begun ? Math.max(MOST, maxElements / 4) : MOST;
    }

    /** Counts an element that has arrived. Returns true if it was the last one of the request. */
    boolean add(long weight) {
        bytes += weight;
        largest = Math.max(largest, weight);
        return add();
    }

    /** Counts an element whose bytes nobody counts. */
    boolean add() {
        return ++elements == size;
    }

    /** Returns the number of elements that have arrived and were not reported yet. */
    long elements() {
        return elements;
    }

    /** Returns the number of bytes of these elements. */
    long bytes() {
        return bytes;
    }

    /** Called when the elements that have arrived were reported. */
    void reported() {
        elements = 0;
        bytes = 0;
    }

    /** Begins the next window, and returns how many elements to request. */
    long next(long heldElements, long heldBytes) {
        expected = Math.max(largest, expected / 2);
        long fit = expected == 0 ? most : (maxBytes - heldBytes) / expected;
        size = begun ? Math.max(1, Math.min(Math.min(most, maxElements - heldElements), fit)) : 1;
        begun = true;
        largest = 0;
        return size;
    }
}
