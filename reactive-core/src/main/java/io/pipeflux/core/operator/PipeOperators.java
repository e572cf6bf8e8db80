package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SeededPermutation;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collector;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The operators, each a function for {@link Flux#transform}; with static imports a pipeline reads
 *
 * <pre>{@code
 * Flux<ColumnBatch> batches = PipeChannels.fromChannel("train")
 *         .transform(TfRecords.decode())
 *         .transform(repeat(EPOCHS))
 *         .transform(prefetch(10))
 *         .transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>An operator kept in a variable needs its types told: {@code Function<Flux<RawRecord>, Flux<RawRecord>> ahead =
 * prefetch(10)}. All are stateless: state is made when the result is subscribed to. All pass the subscriber's Context
 * on.
 */
public final class PipeOperators {

    private PipeOperators() {}

    /**
     * Subscribes to the source again and again until {@code epochs} passes have been made <em>in total</em>, as
     * tf.data's {@code repeat(count)}. ({@link Flux#repeat(long) Flux.repeat(n)} makes n <em>more</em> and gives all of
     * them one Context.)
     *
     * <pre>
     *   source   --a--b-|      --a--b-|
     *   repeat(2)
     *   result   --a--b--------a--b-|
     *             pass 0       pass 1
     * </pre>
     *
     * <p>Each pass is a new subscription with a {@link Pass} of its own in its Context; the next is made when the one
     * before has completed, and asks for no more than downstream has. Where the subscriber starts at a
     * {@linkplain Pass#resumeAt resume point} of epoch e, the epochs from e to {@code epochs - 1} are read. An error of
     * any pass ends the result. Comes after the decoder. A repeat upstream of another repeat is refused at subscription
     * with an {@link IllegalStateException}.
     *
     * @param epochs the total number of passes; 0 gives an empty result; negative is refused
     */
    public static <T> Function<Flux<T>, Flux<T>> repeat(int epochs) {
        if (epochs < 0) {
            throw new IllegalArgumentException("epochs >= 0 required but it was " + epochs);
        }
        return source -> FluxNamed.of("repeat(" + epochs + ")", Repeat.times(source, epochs));
    }

    /**
     * Subscribes to the source again and again, as {@link #repeat(int)}, until a pass yields nothing. A pass that
     * begins inside an epoch, at a resume point, may yield nothing: the next epoch follows.
     */
    public static <T> Function<Flux<T>, Flux<T>> repeat() {
        return source -> FluxNamed.of("repeat()", Repeat.untilEmpty(source));
    }

    /**
     * Reads up to {@code elements} ahead of downstream and hands them over on another thread,
     * {@link Schedulers#parallel()}.
     *
     * <pre>
     *   source        --a--b--c--d--e-|
     *   prefetch(3)
     *   waiting         a  ab abc      asks for no more while three wait
     *   result        ---------------a-b--c-d-e-|
     * </pre>
     *
     * <p>Requests a quarter of them, or 64, at a time from the subscription on, until so many wait, and again when a
     * quarter has been taken. An error comes after the elements before it. Elements that wait when the subscriber
     * cancels are discarded, each of them ({@link Flux#publishOn} may lose those whose hand-over it cancels).
     *
     * @param elements the most elements that wait, at least 1
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetch(int elements) {
        return prefetch(elements, Schedulers.parallel());
    }

    /**
     * As {@link #prefetch(int)}, handing over on a given scheduler.
     *
     * @param scheduler emits to downstream; must be another one if downstream blocks
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetch(int elements, Scheduler scheduler) {
        if (elements < 1) {
            throw new IllegalArgumentException("prefetch >= 1 required but it was " + elements);
        }
        Objects.requireNonNull(scheduler, "scheduler");
        return source -> FluxPrefetch.of(source, Long.MAX_VALUE, elements, scheduler);
    }

    /** As {@link #prefetchBytes(long, int, Scheduler)}, up to 8192 elements, on {@link Schedulers#parallel()}. */
    public static <T> Function<Flux<T>, Flux<T>> prefetchBytes(long bytes) {
        return prefetchBytes(bytes, BatchOptions.DEFAULT_LOOK_AHEAD_ROWS, Schedulers.parallel());
    }

    /**
     * Reads ahead of downstream as {@link #prefetch(int)}, but no more than so many bytes.
     *
     * <pre>
     *   source             --[10 B]--[400 B]--[9 B]------[500 B]--
     *   prefetchBytes(512)
     *   waiting               10      410     419          0        asks for no more while 512 bytes wait
     *   result             ----[10 B]--------------[400 B][9 B]---[500 B]
     * </pre>
     *
     * <p>A {@link RawRecord} counts its payload, a {@link java.nio.ByteBuffer} what remains of it, a byte array its
     * length, anything else 0. Records keep the chunks alive that they lie in: where all records of a stream come here
     * that makes a chunk or two more, behind a filter it is as many times more as the filter leaves out.
     *
     * <p>Requests one element at first, at the subscription, and then as many at a time as have room if they are as
     * large as the largest of late, 64 at most; when the bound is reached, not before a quarter of it has been taken.
     * So the bound is passed by elements only that are larger than those before them, and an element larger than the
     * bound still comes, alone. An error comes after the elements before it. Elements that wait when the subscriber
     * cancels are discarded.
     *
     * @param bytes the most bytes that wait, at least 1
     * @param elements the most elements that wait, at least 1
     * @param scheduler emits to downstream; must be another one than {@link Schedulers#parallel()} if downstream blocks
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetchBytes(long bytes, int elements, Scheduler scheduler) {
        if (bytes < 1) {
            throw new IllegalArgumentException("prefetchBytes >= 1 required but it was " + bytes);
        }
        if (elements < 1) {
            throw new IllegalArgumentException("prefetch >= 1 required but it was " + elements);
        }
        Objects.requireNonNull(scheduler, "scheduler");
        return source -> FluxPrefetch.of(source, bytes, elements, scheduler);
    }

    /**
     * Permutes consecutive blocks of elements, each by the seed, the epoch and the block's ordinal: the same elements
     * and seed give the same order on any machine, each epoch another one ({@link SeededPermutation} says which).
     *
     * <pre>
     *   source         --0--1--2--3--4--5--6--7--8--9-|
     *   shuffle(4, 42)
     *   result         ----------3-1-0-2-----5-6-7-4-9-8-|
     *                            block 0     block 1 2
     * </pre>
     *
     * <p>One block is filled while the one before is emitted: so {@code block} elements are held, and an eighth of them
     * more. Requests that many when downstream first asks, and then an eighth of a block whenever as many have been
     * emitted. An error takes the place of its block, whose elements are discarded, as are those that wait when the
     * subscriber cancels. Elements are emitted on the thread that brings the last one of a block, or asks.
     *
     * <p>Of {@link RawRecord}s a block holds those whose ordinals, divided by {@code block}, are equal, so that a
     * {@link #shard} or filter above leaves the blocks where they are. The records that come out resume inside the
     * shuffle: {@link RawRecord#resumeAt} leads to the beginning of the block, which is read again, and to the next
     * record of its permuted order. That needs the same shuffle, and one only. Stands above {@link #repeat(int)}, so
     * that no block reaches into the next epoch.
     *
     * @param block how many elements are permuted among each other, at least 1; not a reservoir: no element is moved
     *     further than a block
     * @param seed any number
     */
    public static <T> Function<Flux<T>, Flux<T>> shuffle(int block, long seed) {
        if (block < 1) {
            throw new IllegalArgumentException("shuffle block >= 1 required but it was " + block);
        }
        return source -> FluxShuffle.of(source, block, seed);
    }

    /**
     * Takes {@code block} elements from each of {@code cycle} sources in turn, as tf.data's {@code interleave}; a
     * source that has ended gives its place, when the turn comes round to it, to the next source there is.
     *
     * <pre>
     *   sources    a: 1-2-3-|   b: 4-5-6-7-|   c: 8-9-|
     *   interleave(2, 2)
     *   result     --1-2--4-5--3--6-7--8-9-|
     *                a    b    a  b    c
     * </pre>
     *
     * <p>The order depends on the sources' elements only, never on time. Requests {@code cycle} sources when downstream
     * first asks, and one more whenever one has ended; from each source {@code block} elements when it comes, and as
     * many again when they have been emitted. So {@code cycle * block} elements wait at most. An error comes when the
     * turn comes to it, and ends all. Elements that wait when the subscriber cancels are discarded.
     *
     * <p>Cannot be resumed: a start point that is not the beginning of an epoch is refused, since records of several
     * sources are mixed behind it.
     *
     * @param cycle how many sources are read at a time, at least 1
     * @param block how many elements in a row come from a source, at least 1
     */
    public static <T> Function<Flux<Flux<T>>, Flux<T>> interleave(int cycle, int block) {
        if (cycle < 1) {
            throw new IllegalArgumentException("interleave cycle >= 1 required but it was " + cycle);
        }
        if (block < 1) {
            throw new IllegalArgumentException("interleave block >= 1 required but it was " + block);
        }
        return sources -> FluxInterleave.of(sources, cycle, block);
    }

    /**
     * Keeps every {@code count}-th element from {@code index} on, as tf.data's {@code shard}: so {@code count} hosts
     * have a share each.
     *
     * <pre>
     *   source        --0--1--2--3--4--5--6--7-|
     *   shard(3, 1)
     *   result        -----1--------4--------7-|
     * </pre>
     *
     * <p>Goes by the ordinals of {@link RawRecord}s, so a subscription that starts at a resume point keeps the same
     * ones. Other elements are counted from the beginning of the pass, and fail with an {@link
     * IllegalArgumentException} if that is inside an epoch: shard the records, before they are mapped or batched.
     * Requests as many as downstream, and one more for each element that is not kept; that one is discarded. Everything
     * is read and most is discarded: if there are enough objects, give each host its own. Comes before {@link #shuffle}
     * and {@link #repeat(int)}.
     *
     * @param count how many shards there are, at least 1
     * @param index which one, from 0 to {@code count - 1}
     */
    public static <T> Function<Flux<T>, Flux<T>> shard(int count, int index) {
        if (count < 1) {
            throw new IllegalArgumentException("shard count >= 1 required but it was " + count);
        }
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "shard index from 0 to " + (count - 1) + " required but it was " + index);
        }
        return source -> FluxNamed.of("shard(" + count + ", " + index + ")", Shard.of(source, count, index));
    }

    /**
     * Maps every row and gathers the results in lists of {@code size}, keeping the order and a last, shorter list: as
     * {@link #mapAndBatch(BatchOptions, Function)} with {@link BatchOptions#of}.
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatch(
            int size, int parallelism, Function<? super T, ? extends R> mapper) {
        return mapAndBatch(BatchOptions.of(size, parallelism), mapper);
    }

    /**
     * Collects every {@code size} rows into a batch, keeping the order and a last, smaller batch: as
     * {@link #mapAndBatch(BatchOptions, Collector)} with {@link BatchOptions#of}.
     */
    public static <T, B> Function<Flux<T>, Flux<B>> mapAndBatch(
            int size, int parallelism, Collector<? super T, ?, ? extends B> collector) {
        return mapAndBatch(BatchOptions.of(size, parallelism), collector);
    }

    /**
     * Maps every row and gathers the results in lists, several lists at a time; lists come in the order of the rows.
     *
     * <pre>
     *   source                --1--2--3--4--X(error)
     *   mapAndBatch(2, 2, f)
     *   result                --------[f1,f2]--[f3,f4]--X
     * </pre>
     *
     * <p>With parallelism 0 everything happens on the thread that brings the rows, and no row is asked for that does
     * not belong to a batch that was. Otherwise reading begins when downstream first asks; the rows of a batch are
     * requested at a time, and those of the next when they have come, until the look-ahead is full ({@link
     * BatchOptions#lookAheadBytes}, {@link BatchOptions#lookAheadRows}), and again when a quarter of it is free. A
     * worker takes all complete batches that wait, one after the other; at most {@link BatchOptions#of parallelism} are
     * in work at a time. So many small batches are handed over at once, and a slow source still gives each batch at
     * once. Batches are emitted on a worker, or on the thread that asks for them.
     *
     * <p>An error, of the source or of the mapper, takes the place of the batch it falls in, behind all batches before
     * it, and comes when that batch is asked for; the rows of that batch are discarded, and what was read behind it. An
     * exception of the mapper keeps its type; where the row is a {@link RawRecord}, its position rides along as a
     * suppressed exception. Cancelling discards the rows that wait and the batches that were not emitted, and
     * interrupts a mapper that blocks.
     *
     * @param mapper is called on {@link BatchOptions#scheduler}, for several rows at a time, and does not return null;
     *     must not block unless that scheduler allows it
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatch(
            BatchOptions options, Function<? super T, ? extends R> mapper) {
        BatchMaker<List<R>> maker = BatchMaker.mapping(mapper);
        return rows -> FluxMapAndBatch.of(rows, options, maker);
    }

    /**
     * As {@link #mapAndBatch(BatchOptions, Function)}, with a collector that makes a batch of the rows: such as
     * {@code schema.batches()} of the records module, whose batches are columns.
     *
     * @param collector is called on {@link BatchOptions#scheduler}; each batch has an accumulation of its own
     */
    public static <T, B> Function<Flux<T>, Flux<B>> mapAndBatch(
            BatchOptions options, Collector<? super T, ?, ? extends B> collector) {
        BatchMaker<B> maker = BatchMaker.collecting(collector);
        return rows -> FluxMapAndBatch.of(rows, options, maker);
    }
}
