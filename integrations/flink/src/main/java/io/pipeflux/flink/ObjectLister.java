package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.ObjectRef;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lists the objects of all epochs, one by one, on demand. {@link #next} blocks, so it is called on a worker thread of
 * the job manager, one call at a time. {@link #close} may be called at any time.
 */
final class ObjectLister implements AutoCloseable {

    /**
     * The result of one call of {@link #next}.
     *
     * @param splits the splits of the next object; empty if there is no further object at present
     * @param hash the hash of the epoch's objects, up to and including this object
     * @param late the number of objects that appeared too late to be read: their keys sort before the key of an object
     *     that was already listed, or they are older than the overlap allows
     * @param change updates the {@link RecentObjects}; must be run on the coordinator's thread
     */
    record Found(List<ObjectSplit> splits, long hash, long late, Runnable change) {}

    private final SourceChannel channel;
    private final long epochs;
    private final boolean continuous;
    private final ObjectDivider divider;
    private final ListingState from;
    private final @Nullable RecentObjects recent; // null if new objects are selected by their keys
    private long epoch;
    private long next;
    private long hash;
    private @Nullable String last;
    private long late;
    private @Nullable OpenChannel open;
    private boolean closed;
    private volatile @Nullable Stream<ObjectRef> listing;
    private @Nullable Iterator<ObjectRef> objects;
    private @Nullable Long newest; // the newest time in the first listing; null after the first look has begun
    private @Nullable String lookedUpTo; // the last key that this look handed out before the checkpoint
    private @Nullable String before; // the previous key
    private long old; // the number of listed objects that are too old for this look
    private long forgotten; // the number of objects handed out by earlier looks that are now too old

    /**
     * @param continuous whether the channel is listed repeatedly in order to find new objects
     * @param recent selects the new objects of a continuous channel by their modification times. If it is null, an
     *     object is new if its key sorts after all previous keys
     */
    ObjectLister(
            SourceChannel channel,
            long epochs,
            boolean continuous,
            ObjectDivider divider,
            ListingState from,
            @Nullable RecentObjects recent) {
        this.channel = channel;
        this.epochs = epochs;
        this.continuous = continuous;
        this.divider = divider;
        this.from = from;
        this.recent = recent;
        this.epoch = from.epoch();
        this.next = from.next();
        this.hash = from.hash();
        this.last = from.last();
    }

    /**
     * Returns the splits of the next object. The result has no splits if there is no further object. A bounded channel
     * then has no more objects, but a continuous channel is listed again by the next call.
     */
    Found next() {
        while (epoch < epochs) {
            Iterator<ObjectRef> in = objects == null ? begin() : objects;
            Optional<ObjectRef> object = recent != null ? nextRecent(in, recent) : continuous ? nextNew(in) : next(in);
            if (object.isPresent()) {
                List<ObjectSplit> splits = divider.splits(open(), object.get(), epoch, next++);
                hash = ListHash.plus(hash, object.get());
                last = object.get().key();
                return new Found(splits, hash, late, change(object.get()));
            }
            end();
            if (continuous) {
                break;
            }
            requireObjects();
            epoch++;
            next = 0;
            hash = ListHash.EMPTY;
        }
        return new Found(List.of(), hash, late, change(null));
    }

    /**
     * Returns an action that reports to {@link RecentObjects} that the given object is handed out. If {@code object} is
     * null, the action reports that the listing has ended.
     */
    private Runnable change(@Nullable ObjectRef object) {
        RecentObjects changed = recent;
        if (changed == null) {
            return () -> {};
        }
        Long first = newest;
        newest = null;
        return () -> {
            if (first != null) {
                changed.begin(first);
            }
            if (object == null) {
                changed.endLook();
            } else {
                changed.handedOut(object);
            }
        };
    }

    private static Optional<ObjectRef> next(Iterator<ObjectRef> in) {
        return in.hasNext() ? Optional.of(in.next()) : Optional.empty();
    }

    /** Returns the next object whose key sorts after the last key that was handed out. */
    private Optional<ObjectRef> nextNew(Iterator<ObjectRef> in) {
        byte[] before = last == null ? null : last.getBytes(UTF_8);
        long known = 0;
        Optional<ObjectRef> object = next(in);
        while (object.isPresent()
                && before != null
                && Arrays.compareUnsigned(object.get().key().getBytes(UTF_8), before) <= 0) {
            known++;
            object = next(in);
        }
        late = Math.max(late, known - next);
        return object;
    }

    /** Returns the next object of this listing that is new and not too old. */
    private Optional<ObjectRef> nextRecent(Iterator<ObjectRef> in, RecentObjects selected) {
        while (in.hasNext()) {
            ObjectRef object = in.next();
            requireAfter(object.key());
            if (selected.isOld(object)) {
                old++;
                late = Math.max(late, old - forgotten);
            } else if ((lookedUpTo == null || isAfter(object.key(), lookedUpTo)) && selected.isNew(object)) {
                return Optional.of(object);
            }
        }
        return Optional.empty();
    }

    /**
     * Checks that the listing is sorted by key. A restored job needs this order to find the place at which the
     * checkpoint interrupted the listing.
     */
    private void requireAfter(String key) {
        if (before != null && !isAfter(key, before)) {
            throw new IllegalStateException("expected the list of " + channel
                    + " in the order of the keys' UTF-8 bytes," + " but got " + key + " after " + before);
        }
        before = key;
    }

    private static boolean isAfter(String key, String other) {
        return Arrays.compareUnsigned(key.getBytes(UTF_8), other.getBytes(UTF_8)) > 0;
    }

    /** Lists all objects, and returns the latest modification time. */
    private long newestTime() {
        long found = Long.MIN_VALUE;
        Iterator<ObjectRef> all = list();
        while (all.hasNext()) {
            found = Math.max(found, RecentObjects.time(all.next()));
        }
        end();
        return found;
    }

    private Iterator<ObjectRef> begin() {
        if (recent != null) {
            if (!recent.isBegun()) {
                newest = newestTime();
            }
            lookedUpTo = recent.at();
            forgotten = recent.forgotten();
            before = null;
            old = 0;
        }
        Iterator<ObjectRef> in = list();
        if (!continuous) {
            skipHandedOut(in);
        }
        return in;
    }

    private Iterator<ObjectRef> list() {
        Stream<ObjectRef> stream = open().list(channel.seed())
                .contextWrite(Pass.resumeAt(new ResumePoint(new Position(epoch, Position.NO_OBJECT, 0, 0), 0)))
                .toStream(1);
        listing = stream;
        Iterator<ObjectRef> in = stream.iterator();
        objects = in;
        return in;
    }

    private synchronized OpenChannel open() {
        if (closed) {
            throw new IllegalStateException("expected an open list of " + channel + ", but it was closed");
        }
        OpenChannel opened = open == null ? channel.open() : open;
        open = opened;
        return opened;
    }

    /** Skips the objects that were handed out before the checkpoint, and checks that they have not changed. */
    private void skipHandedOut(Iterator<ObjectRef> in) {
        long sum = ListHash.EMPTY;
        String key = null;
        for (long i = 0; i < next; i++) {
            if (!in.hasNext()) {
                throw changed("only " + i + (key == null ? "" : ", up to " + key));
            }
            ObjectRef object = in.next();
            sum = ListHash.plus(sum, object);
            key = object.key();
        }
        if (sum != hash) {
            throw changed("others, up to " + key + difference(key, from.last()));
        }
    }

    /**
     * Returns the part of the message that explains how the list has changed. Only the key of the last object that was
     * handed out can be compared, because the checkpoint contains no other key.
     */
    private String difference(@Nullable String found, @Nullable String expected) {
        if (found == null || expected == null || channel.seed() != null) {
            return "";
        }
        if (found.equals(expected)) {
            return ": one of them was replaced or renamed";
        }
        return "; if the list is sorted by key, "
                + (isAfter(found, expected)
                        ? expected + ", or an object before it, was removed"
                        : "an object was added before " + expected);
    }

    private IllegalStateException changed(String found) {
        return new IllegalStateException("the list of " + channel + " has changed since the checkpoint: expected the "
                + next + " objects that were handed out in epoch " + epoch + ", up to " + from.last() + ", but got "
                + found + ": restore the objects, and use the same seed, or start the job without its state");
    }

    private void requireObjects() {
        if (next == 0) {
            throw new IllegalStateException("expected at least one object in " + channel + ", but got none");
        }
    }

    private void end() {
        Stream<ObjectRef> ended = listing;
        listing = null;
        objects = null;
        if (ended != null) {
            ended.close();
        }
        if (!continuous && epoch + 1 == epochs) {
            // closes the channel now, because Flink closes the class loader of a finished job before it closes the
            // enumerator
            closeChannel();
        }
    }

    private synchronized void closeChannel() {
        OpenChannel opened = open;
        open = null;
        if (opened != null) {
            opened.close();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        Stream<ObjectRef> current = listing;
        if (current != null) {
            current.close();
        }
        closeChannel();
    }
}
