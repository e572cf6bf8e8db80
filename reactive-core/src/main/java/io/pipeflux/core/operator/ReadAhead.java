package io.pipeflux.core.operator;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * Decides when to request more from upstream. It counts the elements and bytes that have been read and have not left
 * the operator.
 *
 * <pre>
 *   0 ------------ 3/4 ----------- bound
 *                   |                |
 *                   |                +-- the reader requests no more
 *                   +-- the consumer requests again: many elements at a time
 * </pre>
 *
 * <p>One request is outstanding at a time. {@link #read} and {@link #askAgain} are for one reading thread at a time,
 * {@link #gone} is for one consuming thread at a time, and {@link #ask} is for any thread.
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

    /** @param anyElements how many elements may be held whatever their size */
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
        READ_ELEMENTS.lazySet(this, readElements + elements); // without a fence: `asked` has one
        READ_BYTES.lazySet(this, readBytes + bytes);
    }

    /** Counts elements and bytes that have left the operator. */
    void gone(long elements, long bytes) {
        GONE_ELEMENTS.lazySet(this, goneElements + elements);
        long hadBytes = goneBytes; // the last store has the fence, so that the reader or ask() sees the other's
        goneBytes = hadBytes + bytes;
    }

    /**
     * Called when the reader has received all elements of its request. Returns true if the caller must request again.
     */
    boolean askAgain() {
        if (hasRoom()) {
            return true; // the turn stays with the reader: a source that waits must not be run by a worker that emits
        }
        asked = 0;
        return hasRoom() && ASKED.compareAndSet(this, 0, 1);
    }

    /** Called when the reader has received all elements of its request and must not request again by itself. */
    void pause() {
        asked = 0;
    }

    /** Returns true if the caller must request: no request is outstanding, and a quarter of the bound is free. */
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
