package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;
import org.jspecify.annotations.Nullable;

/** One item of a channel's epoch: an object in a store, an object on the local disk, or bytes from a manifest. */
sealed interface ChannelItem permits S3ObjectRef, CachedObject, InlineBytes {

    /**
     * Returns the name that identifies the item in messages. This name is also the key of the {@link
     * io.pipeflux.core.ObjectBytes}.
     */
    String name();

    /**
     * Returns the item's position in the channel's list. Resume points contain this position. Returns null if the item
     * is not part of a list, for example if it is the manifest itself.
     */
    @Nullable
    ListOrigin listOrigin();
}
