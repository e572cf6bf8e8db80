package io.pipeflux.core.operator;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Says when to ask upstream for more: the account of what was read and has not gone on, in elements and in bytes.
 *
 * <pre>
 *   0 ------------ 3/4 ----------- bound
 *                   |                |
 *                   |                +-- the reader asks no more
 *                   +-- what takes elements away asks again: many at a time, not one for one
 * </pre>
 *
 * <p>One request is outstanding at a time. One thread at a time reads ({@link #read}, {@link #askAgain}), one at a time
 * takes away ({@link #gone}); {@link #ask} is for any.
 */
final class ReadAhead {

    private static final AtomicIntegerFieldUpdater<ReadAhead> ASKED =
            AtomicIntegerFieldUpdater.newUpdater(ReadAhead.class, "asked");

    private final long maxElements;
    private final long maxBytes;
    private final long lowElements;
    private final long lowBytes;

    private volatile long readElements;
    private volatile long readBytes;
    private volatile long goneElements;
    private volatile long goneBytes;
    private volatile int asked;

    ReadAhead(long maxElements, long maxBytes) {
        this.maxElements = maxElements;
        this.maxBytes = maxBytes;
        this.lowElements = maxElements - maxElements / 4;
        this.lowBytes = maxBytes - maxBytes / 4;
    }

    /** So much was read. */
    void read(long elements, long bytes) {
        long hadElements = readElements;
        readElements = hadElements + elements;
        long hadBytes = readBytes;
        readBytes = hadBytes + bytes;
    }

    /** So much has gone on. */
    void gone(long elements, long bytes) {
        long hadElements = goneElements;
        goneElements = hadElements + elements;
        long hadBytes = goneBytes;
        goneBytes = hadBytes + bytes;
    }

    /** The reader has all it had asked for: true if it is to ask again. */
    boolean askAgain() {
        asked = 0;
        return heldElements() < maxElements && heldBytes() < maxBytes && ASKED.compareAndSet(this, 0, 1);
    }

    /** True if the caller is to ask: nothing is outstanding, and a quarter of the room is free. */
    boolean ask() {
        return asked == 0
                && heldElements() <= lowElements
                && heldBytes() <= lowBytes
                && (heldElements() < maxElements && heldBytes() < maxBytes)
                && ASKED.compareAndSet(this, 0, 1);
    }

    long heldElements() {
        return readElements - goneElements;
    }

    long heldBytes() {
        return readBytes - goneBytes;
    }
}
