package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;
import org.jspecify.annotations.Nullable;

/** An item of an epoch of a channel: an object of a store, one that is on the local disk, or bytes of a manifest. */
sealed interface ChannelItem permits S3ObjectRef, CachedObject, InlineBytes {

    /** Returns the name in messages, which is also the key of the {@link io.pipeflux.core.ObjectBytes}. */
    String name();

    /**
     * Returns the place in the channel's list, for resume points, or null for an item of no list, such as a manifest.
     */
    @Nullable
    ListOrigin listOrigin();
}
