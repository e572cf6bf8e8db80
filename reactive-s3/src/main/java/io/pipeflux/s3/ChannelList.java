package io.pipeflux.s3;

import io.pipeflux.core.channel.ChannelOrder;
import reactor.core.publisher.Flux;

/** Where a channel's list of items comes from: a listing or a manifest, read anew by each subscription. */
@FunctionalInterface
interface ChannelList {

    /**
     * The items of one epoch in that order, asked for one by one; an error if the list, not the share of it, is empty.
     */
    Flux<ChannelItem> inOrder(ChannelOrder order);
}
