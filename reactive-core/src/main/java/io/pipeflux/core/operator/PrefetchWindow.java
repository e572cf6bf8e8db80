package io.pipeflux.core.operator;

/**
 * How many elements to ask for at a time, where their sizes are not known before: as many as have room if they are as
 * large as the largest of late, one at first, never more than {@value #MOST}; without a bound of bytes, a quarter of
 * the elements.
 */
final class PrefetchWindow {

    private static final int MOST = 64;

    private final long maxBytes;
    private final long maxElements;
    private final long most;

    private long size;
    private long came;
    private long elements; // that came and were not reported yet
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

    /** An element of this window has come; true if it was the last. */
    boolean add(long weight) {
        elements++;
        bytes += weight;
        largest = Math.max(largest, weight);
        return ++came == size;
    }

    /** How many elements have come that were not reported yet. */
    long elements() {
        return elements;
    }

    /** How many bytes they have. */
    long bytes() {
        return bytes;
    }

    /** Those that have come were reported. */
    void reported() {
        elements = 0;
        bytes = 0;
    }

    /** Begins the next window: how many elements to ask for. */
    long next(long heldElements, long heldBytes) {
        expected = Math.max(largest, expected / 2);
        long fit = expected == 0 ? most : (maxBytes - heldBytes) / expected;
        size = begun ? Math.max(1, Math.min(Math.min(most, maxElements - heldElements), fit)) : 1;
        begun = true;
        came = 0;
        largest = 0;
        return size;
    }
}
