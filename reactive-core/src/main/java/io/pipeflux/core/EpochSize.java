package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/**
 * Receives what one source of a pipeline knows about its epoch's size, for {@link PipelineMonitor#epochProgress}. This
 * class is for authors of sources: {@link PipelineReporter#beginEpoch(long, Position)} returns an instance. All methods
 * may be called from any thread at any time. The known sizes never shrink.
 *
 * <p>A source of objects calls {@link #add} for each object that it emits, and {@link #end} after the last one. If a
 * source knows the sizes of further objects, for example because it has read ahead in a listing, it reports these, too.
 * If the epoch is resumed, everything before the resume point counts as read.
 */
public final class EpochSize implements AutoCloseable {

    private long bytes;
    private long objects;
    private boolean allBytes;
    private boolean allObjects;
    private long passed;
    private volatile boolean closed;
    private volatile boolean ended;

    private final long first;
    private final long firstByte;
    private long counted;
    private long countedBytes;
    private boolean sized = true;

    EpochSize(@Nullable Position start) {
        this.first = start == null ? 0 : start.objectOrdinal();
        this.firstByte = start == null ? 0 : start.byteOffset();
    }

    /**
     * Reports the next object.
     *
     * @param size the object's length in bytes, or {@link ObjectBytes#UNKNOWN_SIZE}
     */
    public synchronized void add(long size) {
        if (size >= 0) {
            passed += counted < first ? size : counted == first ? firstByte : 0;
            countedBytes += size;
        }
        counted++;
        sized &= size >= 0;
        atLeast(countedBytes, counted);
    }

    /** Reports that no more objects will be {@linkplain #add added}. */
    public synchronized void end() {
        ended = true;
        allObjects(counted);
        if (sized) {
            allBytes(countedBytes);
        }
    }

    /**
     * Reports the part of the epoch's size that is known so far. The epoch may turn out to be larger.
     *
     * @param bytes the number of bytes of the objects that are known
     * @param objects the number of objects that are known
     */
    public synchronized void atLeast(long bytes, long objects) {
        if (!allBytes) {
            this.bytes = Math.max(this.bytes, bytes);
        }
        if (!allObjects) {
            this.objects = Math.max(this.objects, objects);
        }
    }

    /** Reports the number of bytes of the whole epoch. */
    public synchronized void allBytes(long bytes) {
        this.bytes = bytes;
        allBytes = true;
    }

    /** Reports the number of objects of the whole epoch. */
    public synchronized void allObjects(long objects) {
        this.objects = objects;
        allObjects = true;
    }

    /**
     * Reports the number of bytes that count as read although {@link PipelineReporter#addBytes} was not called for
     * them, such as the bytes before the resume point. Replaces the previously reported number.
     */
    public synchronized void passed(long bytes) {
        passed = bytes;
    }

    /** Reports that the source has ended. The reported sizes remain valid until the next epoch begins. */
    @Override
    public void close() {
        closed = true;
    }

    /** Returns whether {@link #end} was called. At that time, bytes of the last objects may still be unread. */
    boolean isEnded() {
        return ended;
    }

    boolean isClosed() {
        return closed;
    }

    synchronized EpochProgress addTo(EpochProgress sum) {
        return new EpochProgress(
                sum.bytes() + passed,
                sum.knownBytes() + bytes,
                sum.allBytesKnown() && allBytes,
                sum.knownObjects() + objects,
                sum.allObjectsKnown() && allObjects,
                sum.timeLeft());
    }
}
