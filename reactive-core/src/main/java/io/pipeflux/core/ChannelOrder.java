package io.pipeflux.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/**
 * Which elements of a channel's list (objects, entries of a manifest, files) an epoch on this host has, and in which
 * order: for authors of channels, whose {@code shuffle} and {@code shard} it is. Immutable: each setter returns a new
 * order.
 *
 * <pre>
 *   listed                  a b c d e f g
 *   shuffle(seed), epoch 0  e b g a f d c     element i is the one at SeededPermutation.of(7, seed, epoch)[i]
 *   shard(2, 0)             e   g   f   c     element i goes to host i % 2 ...
 *   shard(2, 1)               b   a   d       ... so hosts share an epoch, and share the next one differently
 * </pre>
 *
 * <p>All hosts must see the same list and use the same seed. The epoch is that of the {@link Pass} in the subscriber's
 * Context, so an epoch that is resumed has the order that it had.
 */
public final class ChannelOrder {

    /**
     * How an element is held while a whole list is: the fewer bytes, the more elements fit.
     *
     * @param <T> the element
     */
    public interface Packing<T> {

        /** The element as bytes; the array is not kept. */
        byte[] pack(T element);

        /** The element that {@link #pack} made these bytes of. */
        T unpack(byte[] bytes);
    }

    private static final ChannelOrder LISTED = new ChannelOrder(null, 1, 0);

    private final @Nullable Long seed;
    private final int count;
    private final int index;

    private ChannelOrder(@Nullable Long seed, int count, int index) {
        this.seed = seed;
        this.count = count;
        this.index = index;
    }

    /** All elements in the order of the list. */
    public static ChannelOrder listed() {
        return LISTED;
    }

    /** The elements shuffled, in each epoch anew, before they are shared among hosts. */
    public ChannelOrder shuffle(long seed) {
        return new ChannelOrder(seed, count, index);
    }

    /**
     * One host's share of the elements: those at i, i + count, i + 2 count, ... A host may have none.
     *
     * @param count how many hosts there are, at least 1
     * @param index which one this is, from 0 to count - 1
     */
    public ChannelOrder shard(int count, int index) {
        if (count < 1) {
            throw new IllegalArgumentException("count >= 1 required but it was " + count);
        }
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("index from 0 to " + (count - 1) + " required but it was " + index);
        }
        return new ChannelOrder(seed, count, index);
    }

    /**
     * Brings an epoch's list into this order.
     *
     * <p>Not shuffled, elements pass one by one as they are asked for, and none is held. Shuffled, the whole list is read
     * when the first is asked for and held until the end: per element its packed bytes, one to five for their length, and
     * eight to ten more. It may then have up to 2^31 - 1 elements.
     *
     * @param listed all elements, in the same order on every host; subscribed to once per subscription
     * @param packing how elements are held
     */
    public <T> Flux<T> apply(Flux<T> listed, Packing<T> packing) {
        Objects.requireNonNull(packing, "packing");
        if (seed != null) {
            long seed = this.seed;
            return Flux.deferContextual(context -> shuffled(listed, packing, seed, context));
        }
        return count == 1
                ? listed
                : Flux.defer(() -> listed.index()
                        .filter(numbered -> numbered.getT1() % count == index)
                        .map(numbered -> numbered.getT2()));
    }

    private <T> Flux<T> shuffled(Flux<T> listed, Packing<T> packing, long seed, ContextView context) {
        long epoch = Pass.current(context).epoch();
        return Flux.just(listed)
                .hide() // or the list would be subscribed to before anything is asked for
                .concatMap(all -> all.collect(() -> new PackedList<>(packing), PackedList::add), 0)
                .concatMap(
                        list -> {
                            int[] order = SeededPermutation.of(list.size(), seed, epoch);
                            int share = (int) ((list.size() - index + count - 1L) / count);
                            return Flux.range(0, share).map(i -> list.get(order[i * count + index]));
                        },
                        0);
    }

    @Override
    public String toString() {
        return "ChannelOrder[" + (seed == null ? "as listed" : "shuffled by " + seed) + ", share " + index + " of "
                + count + "]";
    }
}
