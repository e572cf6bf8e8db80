package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;
import org.jspecify.annotations.Nullable;

/**
 * What an epoch of a channel is made of, one after the other: objects of a store, or bytes that a manifest holds
 * itself.
 */
sealed interface ChannelItem permits S3ObjectRef, InlineBytes {

    /** Names it in messages and as the key of its {@link io.pipeflux.core.ObjectBytes}. */
    String name();

    /** Returns where it is in the channel's list, for resume points, or null if it is in none, such as a manifest. */
    @Nullable
    ListOrigin listOrigin();
}
