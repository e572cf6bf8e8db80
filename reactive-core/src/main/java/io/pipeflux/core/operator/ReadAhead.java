package io.pipeflux.core.operator;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * Decides when to request more elements from upstream. It counts the elements and bytes that have been read and have
 * not left the operator yet.
 *
 * <pre>
 *   0 ------------ 3/4 ----------- bound
 *                   |                |
 *                   |                +-- the reader stops requesting
 *                   +-- the consumer requests again, many elements at a time
 * </pre>
 *
 * <p>At most one request is outstanding at a time. {@link #read} and {@link #askAgain} may be called by one reading
 * thread at a time, {@link #gone} by one consuming thread at a time, and {@link #ask} by any thread.
 */
final class ReadAhead {

    private static final AtomicIntegerFieldUpdater<ReadAhead> ASKED =
            AtomicIntegerFieldUpdater.newUpdater(ReadAhead.class, "asked");

    private static final AtomicLongFieldUpdater<ReadAhead> READ_ELEMENTS = updater("readElements");
    private static final AtomicLongFieldUpdater<ReadAhead> READ_BYTES = updater("readBytes");
    private static final AtomicLongFieldUpdater<ReadAhead> GONE_ELEMENTS = updater("goneElements");

    private static AtomicLongFieldUpdater<ReadAhead> updater(String field) {
        return AtomicLongFieldUpdater.newUpdater(ReadAhead.class, field);
    }

    private final long maxElements;
    private final long maxBytes;
    private final long lowElements;
    private final long lowBytes;
    private final long anyElements;
    private final long lowAnyElements;

    private volatile long readElements;
    private volatile long readBytes;
    private volatile long goneElements;
    private volatile long goneBytes;
    private volatile int asked;

    ReadAhead(long maxElements, long maxBytes) {
        this(maxElements, maxBytes, 0);
    }

    /**
     * Creates a look-ahead.
     *
     * @param anyElements the number of elements that may be held regardless of their size
     */
    ReadAhead(long maxElements, long maxBytes, long anyElements) {
        this.maxElements = maxElements;
        this.maxBytes = maxBytes;
        this.anyElements = anyElements;
        this.lowElements = low(maxElements);
        this.lowBytes = low(maxBytes);
        this.lowAnyElements = low(anyElements);
    }

    private static long low(long bound) {
        return bound - bound / 4;
    }

    /** Counts elements and bytes that were read. */
    void read(long elements, long bytes) {
        READ_ELEMENTS.lazySet(this, readElements + elements); // needs no fence, because a write to `asked` follows
        READ_BYTES.lazySet(this, readBytes + bytes);
    }

    /** Counts elements and bytes that have left the operator. */
    void gone(long elements, long bytes) {
        GONE_ELEMENTS.lazySet(this, goneElements + elements);
        // the volatile store to `goneBytes` acts as a fence: either the reader sees the new counts, or ask() sees that
        // the reader has stopped
        long hadBytes = goneBytes;
        goneBytes = hadBytes + bytes;
    }

    /**
     * Returns true if the caller must request again. Called when the reader has received all elements of its request.
     */
    boolean askAgain() {
        if (hasRoom()) {
            // the reader makes the next request itself, because the source may block during the request, and would
            // otherwise block a worker that emits
            return true;
        }
        asked = 0;
        return hasRoom() && ASKED.compareAndSet(this, 0, 1);
    }

    /**
     * Ends the reader's request. Called when all requested elements have been received and the reader must not make the
     * next request itself.
     */
    void pause() {
        asked = 0;
    }

    /**
     * Returns true if the caller must request: no request is outstanding, and at least a quarter of the bound is free.
     */
    boolean ask() {
        return asked == 0 && isLow() && hasRoom() && ASKED.compareAndSet(this, 0, 1);
    }

    private boolean isLow() {
        return heldElements() <= lowElements && (heldBytes() <= lowBytes || heldElements() <= lowAnyElements);
    }

    private boolean hasRoom() {
        return heldElements() < anyElements || (heldElements() < maxElements && heldBytes() < maxBytes);
    }

    long heldElements() {
        return readElements - goneElements;
    }

    long heldBytes() {
        return readBytes - goneBytes;
    }
}
