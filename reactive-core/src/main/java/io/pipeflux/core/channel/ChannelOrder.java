package io.pipeflux.core.channel;

import io.pipeflux.core.ElasticResume;
import io.pipeflux.core.EpochSize;
import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.Pass;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.core.channel.RestItems.Piece;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Share;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Decides which elements of a channel's list (objects, entries of a manifest, or files) this host reads in an epoch,
 * and in which order. The author of a channel implements {@code shuffle} and {@code shard} with this class. Instances
 * are immutable: each setter returns a new order.
 *
 * <pre>
 *   listed                  a b c d e f g
 *   shuffle(seed), epoch 0  e b g a f d c     in the order of SeededPermutation.of(7, seed, epoch)
 *   shard(2, 0)             e   g   f   c     elements 0, 2, 4 and 6 of the shuffled list
 *   shard(2, 1)               b   a   d       elements 1, 3 and 5; in the next epoch, both shares are different
 * </pre>
 *
 * <p>All hosts must have the same list and use the same seed. The epoch is taken from the {@link Pass} in the
 * subscriber's Context, so a resumed epoch keeps its order.
 */
public final class ChannelOrder {

    /**
     * Converts an element to bytes and back. A shuffled list is held in memory as these bytes, so an element should
     * need as few bytes as possible.
     *
     * @param <T> the type of the elements
     */
    public interface Packing<T> {

        /**
         * Returns the bytes that identify the element in the list: its key, and also its size and version if the list
         * has them. Resume points compare a hash of these bytes. By default, these are the packed bytes.
         */
        default byte[] name(T element) {
            return pack(element);
        }

        /** Converts the element to bytes. The caller does not keep the array. */
        byte[] pack(T element);

        /**
         * Returns the element's length in bytes, or -1 if it is unknown. The lengths are added up when the whole list
         * has been read. Returns -1 by default.
         */
        default long size(T element) {
            return -1;
        }

        /** Returns the number of objects that the channel emits for each element. Returns 1 by default. */
        default int objects() {
            return 1;
        }

        /** Returns the element that {@link #pack} has converted to the given bytes. */
        T unpack(byte[] bytes);
    }

    private static final CoreAccess CORE = CoreAccess.get();
    private static final ChannelOrder LISTED = new ChannelOrder(null, false, 1, 0);

    private final @Nullable Long seed;
    private final boolean byBytes;
    private final int count;
    private final int index;

    private ChannelOrder(@Nullable Long seed, boolean byBytes, int count, int index) {
        this.seed = seed;
        this.byBytes = byBytes;
        this.count = count;
        this.index = index;
    }

    /** Returns the order that keeps all elements, in the order of the list. */
    public static ChannelOrder listed() {
        return LISTED;
    }

    /** Returns a copy of this order that shuffles all elements, differently in each epoch, before hosts share them. */
    public ChannelOrder shuffle(long seed) {
        return new ChannelOrder(seed, byBytes, count, index);
    }

    /**
     * Returns a copy of this order that keeps one host's share of the elements: the elements at index, index + count,
     * index + 2 count, and so on. The share of a host may be empty.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public ChannelOrder shard(int count, int index) {
        return shared(false, count, index);
    }

    /**
     * Returns a copy of this order that keeps one host's share of the elements. All shares have about the same number
     * of bytes. The largest element is assigned first, then the next largest, and so on. Each element goes to the host
     * that has the fewest bytes so far. A host reads its elements in the order of the list, or of the list's shuffle.
     * The whole list is read and held in memory, as if it were shuffled. The list must state all sizes.
     *
     * <p>If no element is larger than the average share, no share exceeds the average by more than the size of the
     * share's smallest element. If an element is larger than the average share, the share of the host that reads this
     * element has at least the size of this element.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public ChannelOrder shardByBytes(int count, int index) {
        return shared(true, count, index);
    }

    private ChannelOrder shared(boolean byBytes, int count, int index) {
        if (count < 1) {
            throw new IllegalArgumentException("expected count >= 1, but got " + count);
        }
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("expected an index from 0 to " + (count - 1) + ", but got " + index);
        }
        return new ChannelOrder(seed, byBytes, count, index);
    }

    /** Returns whether the whole list is read before its first element is emitted. */
    public boolean isShuffled() {
        return seed != null || byBytes;
    }

    /**
     * Returns whether the element at the given index of the list belongs to this host. This method must not be called
     * if the list {@linkplain #isShuffled is shuffled}.
     */
    public boolean keeps(long place) {
        return place % count == index;
    }

    /**
     * Puts the list of an epoch into this order.
     *
     * <p>If the pass reads the rest of an epoch that other hosts have begun ({@link Pass#resumeAt(ElasticResume)}),
     * hosts share that rest instead of the whole list.
     *
     * <p>Normally, elements are passed on one by one when they are requested, and no element is held in memory. With a
     * shuffle, or with a {@linkplain #shardByBytes share by bytes}, the whole list is read at the first request and
     * held in memory until the end. Each element then occupies its packed bytes, one to five bytes for their length,
     * and eight to ten more bytes. The list can have up to 2^31 - 1 elements.
     *
     * @param listed all elements, in the same order on every host. Each subscription to the result subscribes to this
     *     Flux once
     * @param packing converts the elements of a shuffled list
     */
    public <T> Flux<T> apply(Flux<T> listed, Packing<T> packing) {
        return apply(listed, packing, (element, origin) -> element);
    }

    /**
     * Puts the list of an epoch into this order, as {@link #apply(Flux, Packing)} does, and gives each element its
     * {@link ListOrigin}. Resume points contain this origin, so that a changed list or order is detected.
     *
     * @param placed converts an element and its origin to the element to emit; does not return null
     */
    public <T, R> Flux<R> apply(
            Flux<T> listed, Packing<T> packing, BiFunction<? super T, ? super ListOrigin, ? extends R> placed) {
        Objects.requireNonNull(packing, "packing");
        Objects.requireNonNull(placed, "placed");
        return Flux.deferContextual(context -> {
            Rest rest = CORE.rest(Pass.current(context));
            if (rest != null) {
                requireSuits(rest, packing);
            }
            return isShuffled()
                    ? whole(listed, packing, placed, rest, context)
                    : inListOrder(listed, packing, placed, rest);
        });
    }

    private <T, R> Flux<R> inListOrder(
            Flux<T> listed,
            Packing<T> packing,
            BiFunction<? super T, ? super ListOrigin, ? extends R> placed,
            @Nullable Rest rest) {
        Share share = new Share(count, index);
        ListHash hash = new ListHash();
        if (rest != null) {
            return restInListOrder(listed, packing, placed, rest, hash);
        }
        return Guarded.of(listed).handle((element, sink) -> {
            long at = hash.add(packing.name(element));
            if (at % share.count() == share.index()) {
                sink.next(placed.apply(element, CORE.listOrigin(null, share, false, -1, hash.value())));
            }
        });
    }

    private <T, R> Flux<R> restInListOrder(
            Flux<T> listed,
            Packing<T> packing,
            BiFunction<? super T, ? super ListOrigin, ? extends R> placed,
            Rest rest,
            ListHash hash) {
        Share share = new Share(count, index);
        RestItems<At<T>> items = new RestItems<>(rest);
        long[] left = {0};
        Flux<List<R>> own = Guarded.of(listed)
                .<List<R>>handle((element, sink) -> {
                    long at = hash.add(packing.name(element));
                    List<Piece<At<T>>> item = items.next(new At<>(element, at, hash.value()), hash.value());
                    if (item != null && left[0]++ % share.count() == share.index()) {
                        sink.next(item.stream()
                                .<R>map(piece -> {
                                    At<T> of = piece.element();
                                    ListOrigin origin = CORE.listOrigin(null, share, false, -1, of.hash);
                                    return placed.apply(
                                            of.element,
                                            CORE.inRest(origin, rest, of.at, piece.lane(), piece.follows()));
                                })
                                .toList());
                    }
                })
                .concatWith(Mono.fromRunnable(items::end));
        return Guarded.concatMap(own, Flux::fromIterable);
    }

    /**
     * @param at the element's index in the list
     * @param hash the hash of the list, up to and including the element
     */
    private record At<T>(T element, long at, long hash) {}

    private void requireSuits(Rest rest, Packing<?> packing) {
        if (packing.objects() > 1) {
            throw new IllegalArgumentException(
                    "expected a channel with one object per entry of its list to read the rest"
                            + " of epoch " + rest.epoch() + " that other hosts have left, but got one with "
                            + packing.objects()
                            + " attributes per line: resume it with as many hosts as before");
        }
        if (!Objects.equals(seed, rest.list().seed()) || byBytes != rest.list().byBytes()) {
            throw new RestItems<>(rest)
                    .mismatch("expected "
                            + new ChannelOrder(rest.list().seed(), rest.list().byBytes(), count, index) + ", but got "
                            + this);
        }
    }

    private <T, R> Flux<R> whole(
            Flux<T> listed,
            Packing<T> packing,
            BiFunction<? super T, ? super ListOrigin, ? extends R> placed,
            @Nullable Rest rest,
            ContextView context) {
        long epoch = Pass.current(context).epoch();
        // hide() is needed because concatMap subscribes to a scalar source before any request
        Flux<Flux<T>> once = Flux.just(listed).hide();
        Flux<Listed<T>> lists = Guarded.concatMap(once, all -> {
            ListHash hash = new ListHash();
            return Guarded.of(all)
                    .doOnNext(element -> hash.add(packing.name(element)))
                    .collect(() -> new PackedList<>(packing), PackedList::add)
                    .map(list -> new Listed<>(list, hash.value()));
        });
        return Guarded.concatMap(lists, all -> {
            PackedList<T> list = all.list;
            ListOrigin origin = CORE.listOrigin(seed, new Share(count, index), byBytes, list.size(), all.hash);
            int[] order = order(list.size(), epoch);
            EpochSize size = context.getOrDefault(EpochSize.class, null);
            if (rest != null) {
                List<Piece<Integer>> own = rest(rest, list, all.hash, order, packing);
                report(size, list, own.stream().mapToInt(Piece::element).toArray(), packing);
                return Guarded.map(
                        Flux.fromIterable(own),
                        piece -> placed.apply(
                                list.get(piece.element()),
                                CORE.inRest(origin, rest, -1, piece.lane(), piece.follows())));
            }
            int[] own = own(list, order, packing);
            report(size, list, own, packing);
            return Guarded.map(Flux.range(0, own.length), i -> placed.apply(list.get(own[i]), origin));
        });
    }

    /** Returns the order in which an epoch reads the elements, as indices in the list. */
    private int[] order(int size, long epoch) {
        if (seed != null) {
            return SeededPermutation.of(size, seed, epoch);
        }
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        return order;
    }

    /** Returns the list indices of this host's elements, in the epoch's order. */
    private <T> int[] own(PackedList<T> list, int[] order, Packing<T> packing) {
        if (count == 1) {
            return order;
        }
        if (byBytes) {
            int[] shares = ByteShares.of(sizes(list, order, packing), count);
            int[] own = new int[order.length];
            int kept = 0;
            for (int i = 0; i < order.length; i++) {
                if (shares[i] == index) {
                    own[kept++] = order[i];
                }
            }
            return Arrays.copyOf(own, kept);
        }
        int[] own = new int[(int) Math.max(0, (order.length - index + count - 1L) / count)];
        for (int i = 0; i < own.length; i++) {
            own[i] = order[i * count + index];
        }
        return own;
    }

    private static <T> long[] sizes(PackedList<T> list, int[] order, Packing<T> packing) {
        long[] sizes = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            sizes[i] = sizeOf(list.get(order[i]), packing);
        }
        return sizes;
    }

    private static <T> long sizeOf(T element, Packing<T> packing) {
        long size = packing.size(element);
        if (size < 0) {
            throw new IllegalArgumentException(
                    "expected a list that states the size of each object, to share it by bytes," + " but got none for "
                            + element + ": share it by count, or list its prefix");
        }
        return size;
    }

    /** Returns this host's share of the elements that earlier runs have left unread. */
    private <T> List<Piece<Integer>> rest(Rest rest, PackedList<T> list, long hash, int[] order, Packing<T> packing) {
        RestItems<Integer> items = new RestItems<>(rest);
        items.requireSame(list.size(), hash);
        List<List<Piece<Integer>>> left = new ArrayList<>(order.length);
        for (int element : order) {
            left.add(RestItems.whole(element));
        }
        for (int run = 0; run < items.runs(); run++) {
            left = items.through(run, left, hosts(left, items.hosts(run), list, packing));
        }
        items.ended();
        int[] hosts = hosts(left, count, list, packing);
        List<Piece<Integer>> own = new ArrayList<>();
        for (int i = 0; i < hosts.length; i++) {
            if (hosts[i] == index) {
                own.addAll(left.get(i));
            }
        }
        return own;
    }

    private <T> int[] hosts(List<List<Piece<Integer>>> items, int of, PackedList<T> list, Packing<T> packing) {
        if (byBytes) {
            return ByteShares.of(
                    items.stream()
                            .mapToLong(item -> item.stream()
                                    .mapToLong(piece -> sizeOf(list.get(piece.element()), packing)
                                            - (piece.lane() == null
                                                    ? 0
                                                    : piece.lane().offset()))
                                    .sum())
                            .toArray(),
                    of);
        }
        int[] hosts = new int[items.size()];
        Arrays.setAll(hosts, i -> i % of);
        return hosts;
    }

    private static <T> void report(@Nullable EpochSize size, PackedList<T> list, int[] own, Packing<T> packing) {
        if (size == null) {
            return;
        }
        size.allObjects((long) own.length * packing.objects());
        Total total = new Total();
        for (int i = 0; i < own.length && total.bytes >= 0; i++) {
            total.add(packing.size(list.get(own[i])));
        }
        if (total.bytes >= 0) {
            size.allBytes(total.bytes);
        }
    }

    /**
     * Returns the number of objects and bytes that each host reads in the first epoch.
     *
     * @param listed all elements
     * @param packing states the sizes of the elements
     */
    public <T> Mono<ChannelSplit> split(Flux<T> listed, Packing<T> packing) {
        return Guarded.of(listed)
                .collect(() -> new PackedList<>(packing), PackedList::add)
                .map(list -> {
                    int[] order = order(list.size(), 0);
                    int[] hosts = byBytes ? ByteShares.of(sizes(list, order, packing), count) : null;
                    long[] objects = new long[count];
                    long[] bytes = new long[count];
                    boolean sized = true;
                    for (int i = 0; i < order.length; i++) {
                        int host = hosts == null ? i % count : hosts[i];
                        long size = packing.size(list.get(order[i]));
                        objects[host] += packing.objects();
                        sized &= size >= 0;
                        bytes[host] += size;
                    }
                    return new ChannelSplit(objects, sized ? bytes : null);
                });
    }

    /** Adds up sizes. The sum is -1 if one of the sizes is unknown. */
    private static final class Total {

        private long bytes;

        void add(long size) {
            bytes = size < 0 || bytes < 0 ? -1 : bytes + size;
        }
    }

    private record Listed<T>(PackedList<T> list, long hash) {}

    /**
     * Hashes the names of a list's elements. The names are added one by one. Only one thread at a time may use an
     * instance.
     */
    private static final class ListHash {

        private long hash = Fnv1a.EMPTY;
        private long count;

        /** Adds a name, and returns the name's index. */
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
                + count + (byBytes ? " by bytes" : "") + "]";
    }
}
