package io.pipeflux.s3;

import io.pipeflux.core.channel.ChannelOrder;
import reactor.core.publisher.Flux;

/** The source of a channel's list of items: a listing or a manifest, which each subscription reads anew. */
@FunctionalInterface
interface ChannelList {

    /**
     * Returns the items of one epoch in this order, on demand. It fails if the whole list is empty, but not if only
     * this host's share of it is.
     */
    Flux<ChannelItem> inOrder(ChannelOrder order);
}
