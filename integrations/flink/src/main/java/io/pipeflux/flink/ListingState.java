package io.pipeflux.flink;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the enumerator stores in a checkpoint. Immutable.
 *
 * @param epoch the epoch that is being handed out
 * @param next how many of its objects were handed out
 * @param hash the hash of these objects, in their order
 * @param last the key of the last one, or null if there is none
 * @param returned splits that failed readers have returned
 * @param recent the objects that were selected by their times, or null if objects are selected otherwise
 */
record ListingState(
        long epoch,
        long next,
        long hash,
        @Nullable String last,
        List<ObjectSplit> returned,
        RecentObjects.@Nullable State recent) {

    ListingState {
        returned = List.copyOf(returned);
    }

    static final ListingState START = new ListingState(0, 0, ListHash.EMPTY, null, List.of(), null);
}
