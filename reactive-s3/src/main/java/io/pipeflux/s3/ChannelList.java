package io.pipeflux.s3;

import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.channel.ChannelSplit;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The list of a channel's items: a listing or a manifest. Each subscription reads it again from the store. */
interface ChannelList {

    /**
     * Returns the items of one epoch in the given order, on demand. Fails if the whole list is empty, but not if only
     * this host's share of it is empty.
     */
    Flux<ChannelItem> inOrder(ChannelOrder order);

    /** Returns how the hosts share the list in the first epoch. */
    Mono<ChannelSplit> split(ChannelOrder order);

    /**
     * Creates a list from the functions that read it.
     *
     * @param listed reads all elements of the list, for the given order
     * @param packing converts an element to bytes and back
     * @param items returns the items of one epoch, in the given order. One element can result in several items: for
     *     example, a line of an augmented manifest results in one item for each attribute
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
