package io.pipeflux.core.channel;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.Pass;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.Share;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/**
 * Decides which elements of a channel's list (objects, entries of a manifest, files) this host reads in an epoch, and
 * in which order. Authors of channels build their {@code shuffle} and {@code shard} on it. Immutable: each setter
 * returns a new order.
 *
 * <pre>
 *   listed                  a b c d e f g
 *   shuffle(seed), epoch 0  e b g a f d c     element i is the one at SeededPermutation.of(7, seed, epoch)[i]
 *   shard(2, 0)             e   g   f   c     element i goes to host i % 2 ...
 *   shard(2, 1)               b   a   d       ... so hosts share an epoch, and share the next one differently
 * </pre>
 *
 * <p>All hosts must see the same list and use the same seed. The epoch is taken from the {@link Pass} in the
 * subscriber's Context, so a resumed epoch keeps its order.
 */
public final class ChannelOrder {

    /**
     * Converts an element to bytes and back. A shuffled list is held in memory as these bytes, so the fewer an element
     * needs, the more elements fit.
     *
     * @param <T> the element
     */
    public interface Packing<T> {

        /**
         * Returns the bytes that identify the element in the list: its key, and its size and version if the list has
         * them. Resume points compare a hash of them. Defaults to the packed bytes.
         */
        default byte[] name(T element) {
            return pack(element);
        }

        /** Converts the element to bytes. The caller does not keep the array. */
        byte[] pack(T element);

        /**
         * Returns the element's length in bytes, or -1 if it is not known. It is summed when the whole list was read.
         * Defaults to -1.
         */
        default long size(T element) {
            return -1;
        }

        /** Returns the number of objects that each element results in. Defaults to 1. */
        default int objects() {
            return 1;
        }

        /** Returns the element that {@link #pack} converted to these bytes. */
        T unpack(byte[] bytes);
    }

    private static final CoreAccess CORE = CoreAccess.get();
    private static final ChannelOrder LISTED = new ChannelOrder(null, 1, 0);

    private final @Nullable Long seed;
    private final int count;
    private final int index;

    private ChannelOrder(@Nullable Long seed, int count, int index) {
        this.seed = seed;
        this.count = count;
        this.index = index;
    }

    /** Returns the order that keeps all elements as they are listed. */
    public static ChannelOrder listed() {
        return LISTED;
    }

    /** Returns an order that shuffles all elements, differently in each epoch, before they are shared among hosts. */
    public ChannelOrder shuffle(long seed) {
        return new ChannelOrder(seed, count, index);
    }

    /**
     * Returns an order that keeps one host's share of the elements: those at index, index + count, index + 2 count, and
     * so on. A host may have no element.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public ChannelOrder shard(int count, int index) {
        if (count < 1) {
            throw new IllegalArgumentException("expected count >= 1, but got " + count);
        }
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("expected an index from 0 to " + (count - 1) + ", but got " + index);
        }
        return new ChannelOrder(seed, count, index);
    }

    /** Returns whether the list is read as a whole before its first element is emitted. */
    public boolean isShuffled() {
        return seed != null;
    }

    /**
     * Returns whether the element at a place of the list is one of this host's. Must not be called if the list
     * {@linkplain #isShuffled is shuffled}.
     */
    public boolean keeps(long place) {
        return place % count == index;
    }

    /**
     * Brings an epoch's list into this order.
     *
     * <p>Without a shuffle, elements pass one by one as they are requested, and none is held. With a shuffle, the whole
     * list is read at the first request and held until the end. Each element then takes its packed bytes, one to five
     * bytes for their length, and eight to ten more; the list may have up to 2^31 - 1 elements.
     *
     * @param listed all elements, in the same order on every host; subscribed to once per subscription
     * @param packing converts the elements of a shuffled list
     */
    public <T> Flux<T> apply(Flux<T> listed, Packing<T> packing) {
        return apply(listed, packing, (element, origin) -> element);
    }

    /**
     * Brings an epoch's list into this order, as {@link #apply(Flux, Packing)} does, and gives each element its
     * {@link ListOrigin}, so that a resume point of another list or order is detected.
     *
     * @param placed converts an element and its origin to what is emitted; does not return null
     */
    public <T, R> Flux<R> apply(
            Flux<T> listed, Packing<T> packing, BiFunction<? super T, ? super ListOrigin, ? extends R> placed) {
        Objects.requireNonNull(packing, "packing");
        Objects.requireNonNull(placed, "placed");
        Share share = new Share(count, index);
        return seed == null
                ? Flux.defer(() -> inListOrder(listed, packing, placed, share))
                : Flux.deferContextual(context -> shuffled(listed, packing, placed, share, seed, context));
    }

    private static <T, R> Flux<R> inListOrder(
            Flux<T> listed,
            Packing<T> packing,
            BiFunction<? super T, ? super ListOrigin, ? extends R> placed,
            Share share) {
        ListHash hash = new ListHash();
        return Guarded.of(listed).handle((element, sink) -> {
            long at = hash.add(packing.name(element));
            if (at % share.count() == share.index()) {
                sink.next(placed.apply(element, CORE.listOrigin(null, share, 0, hash.value())));
            }
        });
    }

    private static <T, R> Flux<R> shuffled(
            Flux<T> listed,
            Packing<T> packing,
            BiFunction<? super T, ? super ListOrigin, ? extends R> placed,
            Share share,
            long seed,
            ContextView context) {
        long epoch = Pass.current(context).epoch();
        Flux<Flux<T>> once = Flux.just(listed).hide(); // concatMap subscribes to a scalar source before any request
        Flux<Listed<T>> lists = Guarded.concatMap(once, all -> {
            ListHash hash = new ListHash();
            Total total = new Total();
            return Guarded.of(all)
                    .doOnNext(element -> {
                        hash.add(packing.name(element));
                        total.add(packing.size(element));
                    })
                    .collect(() -> new PackedList<>(packing), PackedList::add)
                    .map(list -> new Listed<>(list, hash.value(), total.bytes));
        });
        return Guarded.concatMap(lists, all -> {
            PackedList<T> list = all.list;
            ListOrigin origin = CORE.listOrigin(seed, share, list.size(), all.hash);
            int[] order = SeededPermutation.of(list.size(), seed, epoch);
            int count = share.count();
            int index = share.index();
            int own = (int) ((list.size() - index + count - 1L) / count);
            EpochSize size = context.getOrDefault(EpochSize.class, null);
            if (size != null) {
                size.allObjects((long) own * packing.objects());
                long bytes = count == 1 ? all.bytes : bytes(list, order, count, index, own, packing);
                if (bytes >= 0) {
                    size.allBytes(bytes);
                }
            }
            return Guarded.map(Flux.range(0, own), i -> placed.apply(list.get(order[i * count + index]), origin));
        });
    }

    /** Returns the bytes of this host's share of a shuffled list, or -1. */
    private static <T> long bytes(PackedList<T> list, int[] order, int count, int index, int own, Packing<T> packing) {
        Total total = new Total();
        for (int i = 0; i < own && total.bytes >= 0; i++) {
            total.add(packing.size(list.get(order[i * count + index])));
        }
        return total.bytes;
    }

    /** The sum of sizes, or -1 if one of them is not known. */
    private static final class Total {

        private long bytes;

        void add(long size) {
            bytes = size < 0 || bytes < 0 ? -1 : bytes + size;
        }
    }

    /** @param bytes of all elements, or -1 */
    private record Listed<T>(PackedList<T> list, long hash, long bytes) {}

    /** Hashes the names of a list up to the current element. Used by one thread at a time. */
    private static final class ListHash {

        private long hash = Fnv1a.EMPTY;
        private long count;

        /** Adds a name and returns its index. */
        long add(byte[] name) {
            hash = Fnv1a.part(hash, name);
            return count++;
        }

        long value() {
            return hash;
        }
    }

    @Override
    public String toString() {
        return "ChannelOrder[" + (seed == null ? "as listed" : "shuffled by " + seed) + ", share " + index + " of "
                + count + "]";
    }
}
