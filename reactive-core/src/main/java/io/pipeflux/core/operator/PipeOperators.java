package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SeededPermutation;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collector;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The operators of Pipeflux. Each is a function for {@link Flux#transform}. With static imports, a pipeline looks like
 * this:
 *
 * <pre>{@code
 * Flux<ColumnBatch> batches = PipeChannels.fromChannel("train")
 *         .transform(TfRecords.decode())
 *         .transform(repeat(EPOCHS))
 *         .transform(prefetch(10))
 *         .transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>To keep an operator in a variable, declare the variable's type: {@code Function<Flux<RawRecord>, Flux<RawRecord>>
 * ahead = prefetch(10)}. All operators are stateless: they create their state when the result is subscribed to. All
 * operators pass the subscriber's Context on to upstream.
 */
public final class PipeOperators {

    private PipeOperators() {}

    /**
     * Subscribes to the source once per epoch, for {@code epochs} passes <em>in total</em>, as tf.data's
     * {@code repeat(count)} does. ({@link Flux#repeat(long) Flux.repeat(n)} makes n <em>additional</em> passes, all
     * with the same Context.)
     *
     * <pre>
     *   source   --a--b-|      --a--b-|
     *   repeat(2)
     *   result   --a--b--------a--b-|
     *             pass 0       pass 1
     * </pre>
     *
     * <p>Each pass is a new subscription with its own {@link Pass} in its Context. The next pass begins when the
     * previous one has completed, on the thread that signals the completion or on the thread that requests. The
     * operator then requests as many elements as downstream has requested but not received yet. Elements are emitted on
     * the source's thread. If the subscriber starts at a {@linkplain Pass#resumeAt resume point} of epoch e, the epochs
     * from e to {@code epochs - 1} are read. An error in any pass ends the result. If the subscriber cancels, the
     * current pass is cancelled. Use this operator downstream of the decoder. If one repeat is upstream of another
     * repeat, subscribing fails with an {@link IllegalStateException}.
     *
     * @param epochs the total number of passes, at least 0; with 0 the result is empty
     */
    public static <T> Function<Flux<T>, Flux<T>> repeat(int epochs) {
        if (epochs < 0) {
            throw new IllegalArgumentException("expected epochs >= 0, but got " + epochs);
        }
        return source -> FluxNamed.ofGuarded("repeat(" + epochs + ")", Repeat.times(source, epochs));
    }

    /**
     * Subscribes to the source repeatedly, as {@link #repeat(int)} does, until a pass emits nothing. The only exception
     * is a first pass that starts at a resume point inside an epoch: even if it emits nothing, the next epoch follows.
     */
    public static <T> Function<Flux<T>, Flux<T>> repeat() {
        return source -> FluxNamed.ofGuarded("repeat()", Repeat.untilEmpty(source));
    }

    /**
     * Reads up to {@code elements} elements ahead of downstream, and emits them on {@link Schedulers#parallel()}.
     *
     * <pre>
     *   source        --a--b--c--d--e-|
     *   prefetch(3)
     *   queued          a  ab abc      requests no more while three are queued
     *   result        ---------------a-b--c-d-e-|
     * </pre>
     *
     * <p>The operator starts to request on subscription, before downstream requests, and continues until
     * {@code elements} elements are queued. Each request is for a quarter of {@code elements}, or for 64 elements if
     * that is more. When a quarter of {@code elements} has been emitted, the operator requests again. If the source
     * emits on the requesting thread, the operator may wait longer, until three quarters have been emitted. Requests
     * are made on the subscribing thread, on upstream's thread, or on the thread that emits. An error is signalled
     * after the elements that precede it, on the same thread as these elements. When the subscriber cancels, every
     * queued element is discarded ({@link Flux#publishOn} may lose some). A {@link RawRecord} occupies at most twice
     * its payload size plus 128 bytes, as in {@link #prefetchBytes(long, int, Scheduler)}.
     *
     * <p>Directly upstream of {@code mapAndBatch} with a parallelism of 1 or more, this operator becomes part of the
     * look-ahead of {@code mapAndBatch}, so that elements are not handed over twice. {@code mapAndBatch} then requests
     * {@code elements} elements on subscription, and its look-ahead grows by {@code elements}, rounded down to whole
     * batches.
     *
     * @param elements the largest number of elements that are queued, at least 1
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetch(int elements) {
        return prefetch(elements, Schedulers.parallel());
    }

    /**
     * Reads ahead as {@link #prefetch(int)} does, and emits on a given scheduler.
     *
     * @param scheduler the scheduler whose worker emits to downstream. If downstream blocks, the threads of the
     *     scheduler must be allowed to block
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetch(int elements, Scheduler scheduler) {
        if (elements < 1) {
            throw new IllegalArgumentException("expected prefetch >= 1, but got " + elements);
        }
        Objects.requireNonNull(scheduler, "scheduler");
        return source -> FluxPrefetch.of(source, Long.MAX_VALUE, elements, scheduler);
    }

    /**
     * Reads up to 8192 elements ahead, as {@link #prefetchBytes(long, int, Scheduler)} does, and emits on
     * {@link Schedulers#parallel()}.
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetchBytes(long bytes) {
        return prefetchBytes(bytes, BatchOptions.DEFAULT_LOOK_AHEAD_ROWS, Schedulers.parallel());
    }

    /**
     * Reads ahead of downstream as {@link #prefetch(int)} does, with a bound in bytes as well as in elements.
     *
     * <pre>
     *   source             --[10 B]--[400 B]--[9 B]------[500 B]--
     *   prefetchBytes(512)
     *   queued bytes          10      410     419          0        requests no more while 512 bytes are queued
     *   result             ----[10 B]--------------[400 B][9 B]---[500 B]
     * </pre>
     *
     * <p>The size of a {@link RawRecord} is that of its payload, the size of a {@link java.nio.ByteBuffer} is its
     * remaining bytes, and the size of a byte array is its length. Any other element counts as 0 bytes. Each record
     * keeps its whole chunk in memory. Therefore, if a filter keeps only a few records of a chunk, records are copied.
     * Each record then occupies at most twice its payload size plus 128 bytes, and all records together occupy at most
     * two additional chunks.
     *
     * <p>The operator requests one element on subscription. For each later request, it assumes that the next elements
     * are as large as the largest recent one, and requests as many elements as fit, but at most 64. When a bound is
     * reached, the next request is made after a quarter of the bound has been emitted. The bound in bytes can therefore
     * be exceeded only by elements that are larger than the preceding ones. An element that is larger than the bound is
     * read alone. An error is signalled after the elements that precede it. When the subscriber cancels, queued
     * elements are discarded.
     *
     * @param bytes the largest number of bytes that are queued, at least 1
     * @param elements the largest number of elements that are queued, at least 1
     * @param scheduler the scheduler whose worker emits to downstream; not {@link Schedulers#parallel()} if downstream
     *     blocks
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetchBytes(long bytes, int elements, Scheduler scheduler) {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected prefetchBytes >= 1, but got " + bytes);
        }
        if (elements < 1) {
            throw new IllegalArgumentException("expected prefetch >= 1, but got " + elements);
        }
        Objects.requireNonNull(scheduler, "scheduler");
        return source -> FluxPrefetch.of(source, bytes, elements, scheduler);
    }

    /**
     * Permutes consecutive blocks of elements. The order within a block depends on the seed, the epoch and the block's
     * ordinal. The same elements and seed give the same order on any machine, and each epoch has a different order.
     * {@link SeededPermutation} defines the order.
     *
     * <pre>
     *   source         --0--1--2--3--4--5--6--7--8--9-|
     *   shuffle(4, 42)
     *   result         ----------3-1-0-2-----5-6-7-4-9-8-|
     *                            block 0     block 1 block 2
     * </pre>
     *
     * <p>While one block is being emitted, the next one is filled. At most nine eighths of {@code block} elements are
     * held. When downstream first requests, the operator requests this maximum. After that, it requests an eighth of
     * {@code block} elements whenever that many have been emitted. {@link RawRecord}s that share a chunk are copied, so
     * that the memory of each record is released when the record has been emitted. Elements are emitted on the thread
     * on which the last element of a block arrives, or on the thread that requests. An error is signalled instead of
     * the block in which it occurs, and the elements of that block are discarded. When the subscriber cancels, elements
     * that were not emitted are discarded.
     *
     * <p>A block of {@link RawRecord}s contains the records whose ordinals, divided by {@code block} and rounded down,
     * are equal. A {@link #shard} or filter upstream therefore does not move the boundaries of blocks. A subscription
     * can be resumed inside a block, at {@link RawRecord#resumeAt} of an emitted record. The resumed subscription reads
     * the block again, permutes it in the same way, and drops the records up to and including that record. The block
     * size and seed must be the same as before, and a pipeline may contain only one shuffle. Use this operator upstream
     * of {@link #repeat(int)}, so that no block spans two epochs.
     *
     * @param block the number of elements that are permuted with each other, at least 1. The operator does not use a
     *     reservoir: no element leaves its block
     * @param seed any number
     */
    public static <T> Function<Flux<T>, Flux<T>> shuffle(int block, long seed) {
        if (block < 1) {
            throw new IllegalArgumentException("expected shuffle block >= 1, but got " + block);
        }
        return source -> FluxShuffle.of(source, block, seed);
    }

    /**
     * Takes {@code block} elements from each of {@code cycle} sources in turn, as tf.data's {@code interleave} does.
     * When it is the turn of a source that has ended, the next source takes its place.
     *
     * <pre>
     *   sources    a: 1-2-3-|   b: 4-5-6-7-|   c: 8-9-|
     *   interleave(2, 2)
     *   result     --1-2--4-5--3--6-7--8-9-|
     *                a    b    a  b    c
     * </pre>
     *
     * <p>The order depends only on the sources' elements, never on timing. At downstream's first request, the operator
     * requests {@code cycle} sources. After that, it requests another source whenever one has ended. It requests {@code
     * block} elements from each source when the source arrives, and again whenever {@code block} of the source's
     * elements have been emitted. At most {@code cycle * block} elements are queued. Elements are emitted on the thread
     * on which the next element in order arrives, or on the thread that requests. An error of a source is signalled
     * when it is the source's turn, and ends the result. When the subscriber cancels, queued elements are discarded.
     *
     * <p>Each {@link RawRecord} gets a new ordinal: its ordinal in the result. Its resume point contains a point for
     * each source that is being read. A resumed subscription requests all sources again, so they must be the same
     * sources in the same order. It subscribes to the sources that had not ended before the resume point, each with its
     * own {@link Pass} in its Context, and drops at most {@code cycle} records. A mix of elements that are not records
     * cannot be resumed inside an epoch.
     *
     * @param cycle the number of sources that are read at a time, at least 1
     * @param block the number of consecutive elements from one source, at least 1
     */
    public static <T> Function<Flux<Flux<T>>, Flux<T>> interleave(int cycle, int block) {
        if (cycle < 1) {
            throw new IllegalArgumentException("expected interleave cycle >= 1, but got " + cycle);
        }
        if (block < 1) {
            throw new IllegalArgumentException("expected interleave block >= 1, but got " + block);
        }
        return sources -> FluxInterleave.of(sources, cycle, block);
    }

    /**
     * Draws each element from one of several sources, at random according to their weights, as tf.data's
     * {@code sample_from_datasets} does. The same sources, weights and seed give the same order on any machine, and
     * each epoch has a different order.
     *
     * <pre>{@code
     * Flux.just(clicks, views)                                   // both Flux<RawRecord>
     *         .transform(sample(WhenOneEnds.CONTINUE, 42, 0.3, 0.7))
     *         .transform(repeat(EPOCHS))
     * }</pre>
     *
     * <pre>
     *   sources    a: 1-2-3-|   b: 4-5-6-7-|
     *   sample     --4--5--1--6--2--7--3-|
     * </pre>
     *
     * <p>With {@link WhenOneEnds#STOP}, the result ends when the next element would be drawn from a source that has
     * ended. The weights therefore apply until the end, as with tf.data's {@code stop_on_empty_dataset}. With
     * {@link WhenOneEnds#CONTINUE}, elements are drawn from the other sources, by their weights, until all sources have
     * ended. With {@link #repeat(int)} downstream, each epoch reads all sources from their beginning. To read a short
     * source more often than a long one, put a {@code repeat} into the sources instead, which makes the whole result
     * one epoch. Do not use {@code repeat} in both places.
     *
     * <p>The outer Flux is asked for its sources when downstream first requests. No source is read until the outer Flux
     * has emitted all of them. Eight elements are requested from each source, and eight more when these have been
     * emitted, so no more than eight per source are queued. Elements are emitted on the thread on which the drawn
     * element arrives, or on the thread that requests. An error of a source is signalled when the source is drawn, and
     * ends the result. When the subscriber cancels, queued elements are discarded.
     *
     * <p>Each {@link RawRecord} gets a new ordinal: its ordinal in the result. {@link #shuffle} and {@link #shard} may
     * therefore be upstream or downstream. The resume point of a record contains a point for each source. A resumed
     * subscription drops at most as many records as there are sources. A mix of elements that are not records cannot be
     * resumed inside an epoch.
     *
     * @param end what happens when a source has ended: {@code STOP} or {@code CONTINUE}
     * @param seed any number
     * @param weights one weight for each source, above 0 and finite; they need not sum to 1. If the number of sources
     *     differs, the result fails with an {@link IllegalArgumentException}
     */
    public static <T> Function<Flux<Flux<T>>, Flux<T>> sample(WhenOneEnds end, long seed, double... weights) {
        if (end == WhenOneEnds.FAIL) {
            throw new IllegalArgumentException("expected sample to STOP or CONTINUE when a source ends, but got FAIL");
        }
        Objects.requireNonNull(end, "end");
        double[] own = weights.clone();
        WeightedDraw.require(own);
        return sources -> FluxSample.of(sources, end, seed, own);
    }

    /**
     * Combines the next element of each source into a row, as tf.data's {@code zip} does.
     *
     * <pre>
     *   sources    a: 1-2-3-|   b: 4-5-6-7-|
     *   zip(STOP)  --[1,4]--[2,5]--[3,6]-|
     *   zip(FAIL)  --[1,4]--[2,5]--[3,6]--X(error)
     * </pre>
     *
     * <p>The outer Flux is asked for its sources when downstream first requests. No source is read until the outer Flux
     * has emitted all of them. Eight elements are requested from each source, and eight more when these have been
     * emitted, so no more than eight per source are queued. Rows are emitted on the thread on which the last element of
     * a row arrives, or on the thread that requests. An error of a source is signalled instead of the row in which it
     * occurs. Queued elements are discarded when the subscriber cancels, and when one source ends before the others.
     * With {@link #repeat(int)} downstream, each epoch reads all sources from their beginning, even sources that were
     * not read to their end because of {@code STOP}.
     *
     * <p>Each {@link RawRecord} in a row has the ordinal and the resume point of the row, so any record of the row can
     * be used to resume after it. {@link #shuffle} and {@link #shard} work on records, not on rows. Apply them to each
     * source instead. All sources must use the same block size and seed (for {@code shuffle}) or the same shard, so
     * that the elements of a row stay together.
     *
     * @param end what happens when a source ends before the others: {@code STOP}, or {@code FAIL} with a
     *     {@link io.pipeflux.core.TruncatedInputException}
     */
    public static <T> Function<Flux<Flux<T>>, Flux<List<T>>> zip(WhenOneEnds end) {
        if (end == WhenOneEnds.CONTINUE) {
            throw new IllegalArgumentException("expected zip to STOP or FAIL when a source ends, but got CONTINUE");
        }
        Objects.requireNonNull(end, "end");
        return sources -> FluxZip.of(sources, end);
    }

    /**
     * Keeps every {@code count}-th element from {@code index} on, as tf.data's {@code shard} does. Each of
     * {@code count} hosts can thus read its own share.
     *
     * <pre>
     *   source        --0--1--2--3--4--5--6--7-|
     *   shard(3, 1)
     *   result        -----1--------4--------7-|
     * </pre>
     *
     * <p>{@link RawRecord}s are selected by their ordinals, so a subscription that starts at a resume point keeps the
     * same records. Other elements are counted from the beginning of the pass, so a pass over them cannot start inside
     * an epoch: the result fails with an {@link IllegalArgumentException}. Therefore, shard the records before they are
     * mapped or batched.
     *
     * <p>The operator requests as many elements as downstream requests, and one more for each element that is not kept.
     * Elements that are not kept are discarded. Elements and errors are signalled on the thread of the source, and a
     * cancel is passed to the source immediately. Every host reads all elements and discards most of them. If the
     * channel has enough objects, give each host its own objects instead. Use this operator upstream of
     * {@link #shuffle} and {@link #repeat(int)}.
     *
     * @param count the number of shards, at least 1
     * @param index the shard to keep, from 0 to {@code count - 1}
     */
    public static <T> Function<Flux<T>, Flux<T>> shard(int count, int index) {
        if (count < 1) {
            throw new IllegalArgumentException("expected shard count >= 1, but got " + count);
        }
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("expected shard index from 0 to " + (count - 1) + ", but got " + index);
        }
        return source -> FluxNamed.ofGuarded("shard(" + count + ", " + index + ")", Shard.of(source, count, index));
    }

    /**
     * Maps every row and collects the results in lists of {@code size} elements, in order. The last list may be
     * shorter. This method is a short form of {@link #mapAndBatch(BatchOptions, Function)} with
     * {@link BatchOptions#of}.
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatch(
            int size, int parallelism, Function<? super T, ? extends R> mapper) {
        return mapAndBatch(BatchOptions.of(size, parallelism), mapper);
    }

    /**
     * Collects every {@code size} rows into a batch, in order. The last batch may be smaller. This method is a short
     * form of {@link #mapAndBatch(BatchOptions, Collector)} with {@link BatchOptions#of}.
     */
    public static <T, B> Function<Flux<T>, Flux<B>> mapAndBatch(
            int size, int parallelism, Collector<? super T, ?, ? extends B> collector) {
        return mapAndBatch(BatchOptions.of(size, parallelism), collector);
    }

    /**
     * Maps every row and collects the results in lists. Several lists are made at the same time, and they are emitted
     * in the order of the rows.
     *
     * <pre>
     *   source                --1--2--3--4--X(error)
     *   mapAndBatch(2, 2, f)
     *   result                --------[f1,f2]--[f3,f4]--X
     * </pre>
     *
     * <p>With a parallelism of 0, lists are made and emitted on the thread that emits the rows, even if that is an
     * event loop. The operator requests only the rows of batches that downstream has requested.
     *
     * <p>With a greater parallelism, reading begins when downstream first requests. Rows are requested for one batch at
     * a time, and for the next batch when these rows have arrived, until the look-ahead is full
     * ({@link BatchOptions#lookAheadBytes}, {@link BatchOptions#lookAheadRows}). Requesting continues when a quarter of
     * the look-ahead is free. A worker makes all batches whose rows have arrived, one after the other. At most
     * {@link BatchOptions#of parallelism} workers make batches at the same time. Many small batches are therefore
     * handed over together, and each batch of a slow source is handed over immediately. Batches are emitted on a worker
     * or on the thread that requests them. The last batches may also be emitted on the thread that signals the end.
     *
     * <p>An error of the source or of the mapper takes the place of the batch in which it occurs: it is signalled after
     * all earlier batches, when that batch is requested. The rows of that batch and all later rows are discarded. An
     * exception of the mapper keeps its type; a wrapper that {@link reactor.core.Exceptions#propagate} has added is
     * removed. If the row is a {@link RawRecord}, a suppressed exception contains its position. If later batches have
     * failed on other threads, their errors are added as suppressed exceptions, too. Such an error is also logged as a
     * warning if it occurs after the signal. The last rows are always mapped, even if {@link Remainder#DROP} discards
     * them because they are too few for a batch, and even if an error of the source follows. A row that fails is
     * therefore never ignored. When the subscriber cancels, rows and batches that were not emitted are discarded, and a
     * mapper that blocks is interrupted.
     *
     * @param mapper maps a row; called on {@link BatchOptions#scheduler} by several threads at the same time. It must
     *     not return null. It must not block unless the threads of that scheduler may block
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatch(
            BatchOptions options, Function<? super T, ? extends R> mapper) {
        BatchMaker<List<R>> maker = options.skipsBadRows() ? new MappingGoodRows<>(mapper) : BatchMaker.mapping(mapper);
        return rows -> FluxMapAndBatch.of(rows, options, maker);
    }

    /**
     * Collects rows into batches with a collector. In all other respects, this method is the same as
     * {@link #mapAndBatch(BatchOptions, Function)}. An example of a collector is {@code schema.batches()} of the
     * records module, whose batches consist of columns.
     *
     * @param collector makes a batch; called on {@link BatchOptions#scheduler} by several threads at the same time,
     *     with a new container for each batch
     */
    public static <T, B> Function<Flux<T>, Flux<B>> mapAndBatch(
            BatchOptions options, Collector<? super T, ?, ? extends B> collector) {
        BatchMaker<B> maker =
                options.skipsBadRows() ? CollectingGoodRows.of(collector) : BatchMaker.collecting(collector);
        return rows -> FluxMapAndBatch.of(rows, options, maker);
    }

    /**
     * Maps every row asynchronously, and collects the results in lists of {@code size} elements. This method is a short
     * form of {@link #mapAndBatchWhen(BatchOptions, Function)} with {@link BatchOptions#of}.
     *
     * @param size the number of rows in a list, at least 1
     * @param parallelism the number of rows whose Monos may be in progress at the same time, at least 1
     * @param mapper returns a Mono with one value
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatchWhen(
            int size, int parallelism, Function<? super T, ? extends Mono<? extends R>> mapper) {
        return mapAndBatchWhen(BatchOptions.of(size, parallelism), mapper);
    }

    /**
     * Maps every row asynchronously, for example by a request to a service, and collects the results in lists, in the
     * order of the rows. Lists, errors and skipped rows are the same as those of {@link #mapAndBatch(BatchOptions,
     * Function)}.
     *
     * <pre>
     *   source                    --1--2--3--4---|
     *   f                           [ f1 ]  [ f3 ]
     *                                  [f2]    [f4]
     *   mapAndBatchWhen(2, 2, f)
     *   result                    -----------[f1,f2]-----[f3,f4]-|
     * </pre>
     *
     * <p>The {@link BatchOptions#of parallelism} is the number of rows whose Monos may be in progress at the same time.
     * It must be at least 1, and does not depend on the size of a batch. When downstream first requests, the operator
     * requests {@code parallelism} rows. After that, it requests one row whenever the next row in order has been
     * mapped. So while a row takes a long time to map, reading stops. Up to {@code parallelism} rows are held in
     * addition to the look-ahead. If a row ends the stream, mapping stops as soon as all earlier rows have been mapped:
     * no further row is mapped, and the Monos in progress are cancelled. The error does not wait for the rest of its
     * batch.
     *
     * <p>The mapper is called on the thread that emits a row or that requests it, and must not block. The mapper's Mono
     * is subscribed to on the same thread, with the subscriber's Context. Batches are emitted on the scheduler of the
     * options or on the thread that requests them. The last batches may also be emitted on the thread that signals the
     * end. When the subscriber cancels, the Monos in progress are cancelled, without waiting for them or for a mapper
     * that blocks. Their rows are discarded, each row only once, even if an operator of the row's Mono discards the row
     * as well.
     *
     * <p>A fatal error ({@link VirtualMachineError}, {@link LinkageError}) that an operator of the Mono throws on its
     * own thread ends the result only if the Mono has a time limit, such as {@link Mono#timeout(java.time.Duration)}.
     * Reactor does not signal such an error to any subscriber ({@link reactor.core.Exceptions#throwIfFatal}). The
     * thread's uncaught exception handler receives the error, as in {@link Flux#flatMap}. An error that is thrown on
     * the thread that calls the mapper, or that the Mono signals, ends the result.
     *
     * @param options the batch size and the parallelism, which must both be at least 1. The options for the remainder,
     *     look-ahead, scheduler and bad rows apply as well
     * @param mapper returns a Mono with one value. A Mono without a value is an error, and so is null
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatchWhen(
            BatchOptions options, Function<? super T, ? extends Mono<? extends R>> mapper) {
        Objects.requireNonNull(mapper, "mapper");
        BatchOptions ofMapped = options.ofMappedRows();
        Function<Outcome, R> value = MappedRows::valueOf;
        BatchMaker<List<R>> maker = options.skipsBadRows() ? new MappingGoodRows<>(value) : BatchMaker.mapping(value);
        return rows -> FluxMapAndBatch.of(FluxAwaitedRows.of(rows, options, mapper), ofMapped, maker);
    }
}
