package io.pipeflux.s3;

import io.pipeflux.s3.ObjectParts.Place;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * The objects of a window, in order. An object of which nothing was fetched is kept only as long as somebody can read
 * it, that is, as long as its emitted {@code ObjectBytes} is reachable: a subscriber may count the objects of a
 * channel, or select some of them, and read no others. Guarded by the window's lock.
 */
final class WindowObjects {

    private final int sweepFrom;
    private final Deque<Place> places = new ArrayDeque<>();
    private final Deque<Place> incomplete = new ArrayDeque<>();
    private int sweepAt;

    /** @param sweepFrom the number of places that may remain when their objects can no longer be read */
    WindowObjects(int sweepFrom) {
        this.sweepFrom = sweepFrom;
        this.sweepAt = sweepFrom;
    }

    void add(ObjectParts object) {
        if (places.size() >= sweepAt) {
            places.removeIf(place -> place.refersTo(null));
            incomplete.removeIf(place -> place.refersTo(null));
            sweepAt = Math.max(sweepFrom, 2 * places.size()); // so that an addition takes constant time on average
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

    /** Called when parts of the object are fetched. It is kept until removed, because their bytes are reserved. */
    void fetched(ObjectParts object) {
        object.place().keep();
    }

    /** Called when no further part of the object will be fetched. */
    void completed(ObjectParts object) {
        incomplete.remove(object.place());
    }

    boolean isFirst(ObjectParts object) {
        removeUnreadable();
        return places.peekFirst() == object.place();
    }

    /** Returns the number of objects, including those that can no longer be read and were not removed yet. */
    int size() {
        return places.size();
    }

    /** Removes the objects at the front that can no longer be read. */
    private void removeUnreadable() {
        for (Place first = places.peekFirst(); first != null && first.refersTo(null); first = places.peekFirst()) {
            places.removeFirst();
            if (incomplete.peekFirst() == first) {
                incomplete.removeFirst();
            }
        }
    }

    /** Returns the objects before this one, which must be among them. */
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
