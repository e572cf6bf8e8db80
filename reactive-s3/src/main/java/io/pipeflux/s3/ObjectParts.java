package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * An object in a window. A part is split off the object when the window has room for that part. The window's lock
 * guards all state, except for the state that the reader uses: the queue of parts, and whether more parts will follow.
 */
final class ObjectParts {

    /**
     * The entry for an object in a window's list of objects. It prevents garbage collection of the object only after
     * {@link #keep} was called.
     */
    static final class Place extends WeakReference<ObjectParts> {

        @SuppressWarnings("UnusedVariable") // keeps a strong reference to the object
        private @Nullable ObjectParts kept;

        Place(ObjectParts object) {
            super(object);
        }

        void keep() {
            kept = get();
        }
    }

    private enum State {
        WAITING,
        READ,
        GONE
    }

    private final Place place = new Place(this);
    private final ObjectVersion version;
    private final ObjectChecksum checksum;
    private final Queue<PartFetch> parts = new ConcurrentLinkedQueue<>();
    private State state = State.WAITING;
    private final long from; // the offset from which the object will be read
    private final long to; // the offset up to which the object will be read, or Long.MAX_VALUE for its end
    private long size;
    private long next;
    private boolean touched;
    private volatile boolean complete;

    /**
     * @param from the offset from which the object will be read
     * @param to the offset up to which it will be read, or {@link Long#MAX_VALUE} for the object's end
     */
    ObjectParts(S3ObjectRef ref, S3ReadOptions options, long from, long to) {
        this.version = new ObjectVersion(ref);
        this.checksum = new ObjectChecksum(options);
        // for an object that is listed as empty, one byte is requested, to verify the listing. Until the response
        // arrives, the size counts as unknown
        this.size = version.isListedEmpty() ? ObjectBytes.UNKNOWN_SIZE : ref.size();
        this.from = version.isListedEmpty() ? 0 : from;
        this.to = to;
        this.next = this.from;
        this.complete = isSized() && from > 0 && from >= end();
    }

    ObjectVersion version() {
        return version;
    }

    ObjectChecksum checksum() {
        return checksum;
    }

    // == for the reader ==

    @Nullable
    Part head() {
        PartFetch first = parts.peek();
        return first == null ? null : first.part();
    }

    /** Removes the first part. Called when all bytes of this part have been read. */
    void removeHead() {
        checksum.add(parts.remove().part().sums());
    }

    /**
     * Returns whether no more parts will be added. Must be called before {@link #head}. Otherwise, a part that is added
     * between the two calls would be missed.
     */
    boolean isComplete() {
        return complete;
    }

    // == for the window ==

    /**
     * Begins to read the object at the given offset. Returns false, and changes nothing, if the object has already been
     * read or dropped, or if its bytes were fetched from a different offset.
     */
    boolean readFrom(long from) {
        if (state != State.WAITING || (touched && from != this.from)) {
            return false;
        }
        state = State.READ;
        if (!touched) {
            next = version.isListedEmpty() ? 0 : from;
            complete = isSized() && from >= end();
        }
        return true;
    }

    void leave() {
        state = State.GONE;
        complete = true;
    }

    /** Returns the object's entry in the list of its window. */
    Place place() {
        return place;
    }

    Queue<PartFetch> parts() {
        return parts;
    }

    private boolean isSized() {
        return size != ObjectBytes.UNKNOWN_SIZE;
    }

    /** Returns the offset at which the last part ends. The size must be known. */
    private long end() {
        return Math.min(size, to);
    }

    /** Returns whether the next part has to wait for the first response, which states the size. */
    boolean awaitsSize() {
        return touched && !isSized();
    }

    /** Returns whether the object is listed as empty. Only one byte of such an object is requested. */
    boolean isListedEmpty() {
        return version.isListedEmpty();
    }

    /** Returns the offset at which the next part begins. */
    long next() {
        return next;
    }

    /**
     * Prepares the verification of the object. Called before the next part is added.
     *
     * @param gets whether a GET may request the checksum. Otherwise, only a HEAD requests it
     */
    void begin(S3ReadOptions options, StoreLimits store, boolean gets) {
        boolean isWhole = next == 0 && to >= size; // a read of only a part of the object cannot be verified
        if (!touched && isWhole && !version.isListedEmpty()) {
            checksum.begin(
                    gets && isSized() && options.partSize(0, size) == size,
                    version.ref().checksum(),
                    store);
        }
    }

    /**
     * Returns the length of the next part.
     *
     * @param most the current maximum length of a part. This maximum does not apply if the options allow the whole
     *     object to be fetched in one part
     */
    int nextLength(S3ReadOptions options, int most) {
        if (isSized()) {
            int length = options.partSize(next, end());
            return length == size ? length : Math.min(length, most);
        }
        return version.isListedEmpty() ? 1 : options.firstPartSize();
    }

    void add(PartFetch fetch, int length) {
        touched = true;
        next += length;
        parts.add(fetch);
        complete = isSized() && next >= end();
    }

    /**
     * Adopts the size that the first response has stated, and shortens the first part if it is longer than the object.
     * Returns the number of bytes by which the part was shortened.
     */
    int sized(Part first) {
        size = version.ref().size();
        int excess = (int) Math.max(0, next - size);
        if (excess > 0) {
            next = size;
            first.shorten(first.untaken() - excess);
        }
        complete = state == State.GONE || next >= size;
        return excess;
    }
}
