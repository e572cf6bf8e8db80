package io.pipeflux.core.operator;

/**
 * Computes the number of elements to request at a time.
 *
 * <p>The sizes of the elements are not known in advance. With a bound in bytes, the first request is therefore for one
 * element. For each later request, the elements are assumed to be as large as the largest recent element. The request
 * is for the number of elements that would fit, but for at most {@value #MOST}.
 *
 * <p>Without a bound in bytes, each request is for a quarter of the bound in elements, but for at least {@value #MOST}
 * elements unless fewer elements fit.
 */
final class PrefetchWindow {

    private static final int MOST = 64;

    private final long maxBytes;
    private final long maxElements;
    private final long most;

    private long size;
    private long elements; // the number of elements that have arrived and have not been reported
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

    /** Counts an element whose size does not matter. Returns true if it was the last one of the request. */
    boolean add() {
        return ++elements == size;
    }

    /** Returns the number of elements that have arrived and have not been reported to the {@link ReadAhead} yet. */
    long elements() {
        return elements;
    }

    /** Returns the total number of bytes of the elements that have arrived and have not been reported yet. */
    long bytes() {
        return bytes;
    }

    /** Resets the counts after the elements that have arrived were reported to the {@link ReadAhead}. */
    void reported() {
        elements = 0;
        bytes = 0;
    }

    /** Begins the next request, and returns the number of elements to request. */
    long next(long heldElements, long heldBytes) {
        expected = Math.max(largest, expected / 2);
        long fit = expected == 0 ? most : (maxBytes - heldBytes) / expected;
        size = begun ? Math.max(1, Math.min(Math.min(most, maxElements - heldElements), fit)) : 1;
        begun = true;
        largest = 0;
        return size;
    }
}
