package io.pipeflux.s3;

import io.pipeflux.s3.ObjectParts.Place;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * The objects of a window, in order. A subscriber need not read every object: for example, it may only count the
 * objects. So while no part of an object has been fetched, the object is kept only as long as its emitted {@code
 * ObjectBytes} is reachable, because nothing can read the object afterwards. The window's lock guards all state.
 */
final class WindowObjects {

    private final int sweepFrom;
    private final Deque<Place> places = new ArrayDeque<>();
    private final Deque<Place> incomplete = new ArrayDeque<>();
    private int sweepAt;

    /**
     * @param sweepFrom the number of entries that may accumulate before the entries of unreachable objects are removed
     */
    WindowObjects(int sweepFrom) {
        this.sweepFrom = sweepFrom;
        this.sweepAt = sweepFrom;
    }

    void add(ObjectParts object) {
        if (places.size() >= sweepAt) {
            places.removeIf(place -> place.refersTo(null));
            incomplete.removeIf(place -> place.refersTo(null));
            // because the threshold doubles, an addition takes constant time on average
            sweepAt = Math.max(sweepFrom, 2 * places.size());
        }
        places.add(object.place());
        if (!object.isComplete()) {
            incomplete.add(object.place());
        }
    }

    void remove(ObjectParts object) {
        removeUnreadable();
        places.remove(object.place());
        incomplete.remove(object.place());
    }

    /**
     * Keeps an object reachable until it is removed. Called when a part of the object is fetched: if the object were
     * garbage-collected, the part's window space would never be released.
     */
    void fetched(ObjectParts object) {
        object.place().keep();
    }

    /** Notes that no further part of the object will be fetched. */
    void completed(ObjectParts object) {
        incomplete.remove(object.place());
    }

    boolean isFirst(ObjectParts object) {
        removeUnreadable();
        return places.peekFirst() == object.place();
    }

    /** Returns the number of objects, including objects that can no longer be read but have not been removed. */
    int size() {
        return places.size();
    }

    /** Removes the leading objects that can no longer be read. */
    private void removeUnreadable() {
        for (Place first = places.peekFirst(); first != null && first.refersTo(null); first = places.peekFirst()) {
            places.removeFirst();
            if (incomplete.peekFirst() == first) {
                incomplete.removeFirst();
            }
        }
    }

    /** Returns the objects that precede the given object. That object must be in the window. */
    List<ObjectParts> before(ObjectParts object) {
        return places.stream()
                .takeWhile(place -> place != object.place())
                .map(Place::get)
                .filter(Objects::nonNull)
                .toList();
    }

    List<ObjectParts> all() {
        return places.stream().map(Place::get).filter(Objects::nonNull).toList();
    }

    /** Returns the objects of which further parts can be fetched. */
    Iterable<ObjectParts> incomplete() {
        return () ->
                incomplete.stream().map(Place::get).filter(Objects::nonNull).iterator();
    }
}
