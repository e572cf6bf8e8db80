package io.pipeflux.flink;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state that the enumerator stores in a checkpoint. Immutable.
 *
 * @param epoch the epoch whose objects are being handed out
 * @param next the number of objects of this epoch that were handed out
 * @param hash the {@link ListHash} of these objects, in the order of the listing
 * @param last the key of the last of these objects, or null if there are none
 * @param returned splits that were returned to the enumerator because their readers failed
 * @param recent the state of {@link RecentObjects}, or null if objects are not selected by their modification times
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
