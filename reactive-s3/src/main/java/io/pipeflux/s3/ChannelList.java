package io.pipeflux.s3;

import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.channel.ChannelSplit;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The source of a channel's list of items: a listing or a manifest, which each subscription reads anew. */
interface ChannelList {

    /**
     * Returns the items of one epoch in this order, on demand. It fails if the whole list is empty, but not if only
     * this host's share of it is.
     */
    Flux<ChannelItem> inOrder(ChannelOrder order);

    /** Returns what each host reads in the first epoch. */
    Mono<ChannelSplit> split(ChannelOrder order);

    /**
     * Returns the list of these elements.
     *
     * @param listed lists all elements, which are read in the given order
     * @param items brings them into that order
     */
    static <T> ChannelList of(
            Function<ChannelOrder, Flux<T>> listed,
            ChannelOrder.Packing<T> packing,
            Function<ChannelOrder, Flux<ChannelItem>> items) {
        return new ChannelList() {
            @Override
            public Flux<ChannelItem> inOrder(ChannelOrder order) {
                return items.apply(order);
            }

            @Override
            public Mono<ChannelSplit> split(ChannelOrder order) {
                return order.split(listed.apply(order), packing);
            }
        };
    }
}
