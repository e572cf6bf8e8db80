package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * An object of a window, cut into parts as there is room for them. Guarded by the window's lock, but for what the reader
 * sees: the parts, from the head on, and whether more will follow.
 */
final class ObjectParts {

    private enum State {
        WAITING,
        READ,
        GONE
    }

    private final ObjectVersion version;
    private final Queue<PartFetch> parts = new ConcurrentLinkedQueue<>();
    private State state = State.WAITING;
    private long size;
    private long next;
    private boolean touched;
    private volatile boolean complete;

    ObjectParts(S3ObjectRef ref) {
        this.version = new ObjectVersion(ref);
        this.size = version.isListedEmpty() ? ObjectBytes.UNKNOWN_SIZE : ref.size(); // the store is asked for a byte
    }

    ObjectVersion version() {
        return version;
    }

    // == the reader's side ==

    @Nullable
    Part head() {
        PartFetch first = parts.peek();
        return first == null ? null : first.part();
    }

    void removeHead() {
        parts.remove();
    }

    /** No parts will be added. To be asked before {@link #head}. */
    boolean isComplete() {
        return complete;
    }

    // == the window's side ==

    /** Its reader comes, and begins there; says whether that is still possible. */
    boolean readFrom(long from) {
        if (state != State.WAITING || (touched && from > 0)) {
            return false;
        }
        state = State.READ;
        if (!touched) {
            next = version.isListedEmpty() ? 0 : from;
            complete = isSized() && from >= size;
        }
        return true;
    }

    void leave() {
        state = State.GONE;
        complete = true;
    }

    Queue<PartFetch> parts() {
        return parts;
    }

    private boolean isSized() {
        return size != ObjectBytes.UNKNOWN_SIZE;
    }

    /** Nothing more can be asked for until its first answer tells its size. */
    boolean awaitsSize() {
        return touched && !isSized();
    }

    /** It will not need room for more than its first answer. */
    boolean isListedEmpty() {
        return version.isListedEmpty();
    }

    /** Where its next part begins. */
    long next() {
        return next;
    }

    int nextLength(S3ReadOptions options) {
        if (isSized()) {
            return (int) Math.min(options.partSize(), size - next);
        }
        return version.isListedEmpty() ? 1 : options.firstPartSize();
    }

    void add(PartFetch fetch, int length) {
        touched = true;
        next += length;
        parts.add(fetch);
        complete = isSized() && next >= size;
    }

    /** Its first answer has told its size: shortens its first part by what it was made too long, and says by how much. */
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
