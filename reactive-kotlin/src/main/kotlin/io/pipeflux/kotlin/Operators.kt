// The operators of io.pipeflux.core.operator.PipeOperators as extension functions: sugar, nothing is decided here.
package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.Pass
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.codec.FrameFormat
import io.pipeflux.core.operator.BatchOptions
import io.pipeflux.core.operator.PipeOperators
import io.pipeflux.core.operator.WhenOneEnds
import kotlinx.coroutines.Job
import kotlinx.coroutines.reactor.mono
import reactor.core.publisher.Flux
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import java.nio.ByteBuffer
import java.util.function.Function
import java.util.stream.Collector
import kotlin.coroutines.CoroutineContext

/**
 * Cuts one stream of bytes, such as an epoch read from a pipe, into frames: `decode(TfRecords.format())`.
 *
 * Requests one chunk when a frame is asked for that has not arrived whole, and never more; frames are emitted on the
 * thread that brings their last byte or asks for them. Input that ends inside a frame is a
 * [io.pipeflux.core.TruncatedInputException]; frames before an error come first, and cancelling cancels the bytes.
 *
 * @param format the framing; a frame above its maximum length (256 MiB by default) is refused as corrupt
 */
public fun <T : Any> Flux<ByteBuffer>.decode(format: FrameFormat<T>): Flux<T> = transform(format.decode())

/**
 * Decodes an epoch object by object, in order, as [decode]; each object must end on a frame's border, and positions and
 * messages name it.
 *
 * Objects are requested one at a time, the next when one has been decoded.
 *
 * @param format the framing of each object
 */
public fun <T : Any> Flux<ObjectBytes>.decodeObjects(format: FrameFormat<T>): Flux<T> = transform(format.decodeObjects())

/**
 * Subscribes to this source until [epochs] passes have been made *in total*, as tf.data's `repeat(count)`; each pass has
 * a [Pass] of its own in its Context.
 *
 * Not called `repeat`, because [Flux.repeat] is a member that always wins, makes so many passes *more*, and gives all of
 * them one Context: `repeat(3)` is four passes, `repeatEpochs(3)` is three.
 *
 * The next pass is subscribed to when the one before has completed, and asked for no more than downstream has. An error of
 * any pass ends the result. Behind a [resumeAt] of epoch e the epochs from e to `epochs - 1` are read. Stands behind
 * [decode]; is not to be nested.
 *
 * @param epochs the total number of passes; 0 gives an empty result; negative is refused
 */
public fun <T : Any> Flux<T>.repeatEpochs(epochs: Int): Flux<T> = transform(PipeOperators.repeat(epochs))

/** Subscribes to this source again and again, as [repeatEpochs], until a pass yields nothing. */
public fun <T : Any> Flux<T>.repeatUntilEmpty(): Flux<T> = transform(PipeOperators.repeat())

/**
 * Reads up to [elements] ahead of downstream and hands them over on another thread.
 *
 * Requests a quarter of them, or 64, at a time until so many wait, and again when a quarter has been taken. An error comes after the
 * elements before it. Elements that wait when the subscriber cancels are discarded.
 *
 * @param elements the most elements that wait, at least 1
 * @param scheduler emits to downstream. Defaults to [Schedulers.parallel], whose threads must not block
 */
public fun <T : Any> Flux<T>.prefetch(
    elements: Int,
    scheduler: Scheduler = Schedulers.parallel(),
): Flux<T> = transform(PipeOperators.prefetch(elements, scheduler))

/**
 * Reads ahead as [prefetch], but no more than so many bytes: a record counts its payload, a `ByteBuffer` what remains of it, a
 * `ByteArray` its length, anything else 0. Elements larger than those before them may pass the bound.
 *
 * Requests one element at the subscription, then as many at a time as have room, 64 at most.
 *
 * @param bytes the most bytes that wait, at least 1
 * @param elements the most elements that wait, at least 1. Defaults to 8192
 * @param scheduler emits to downstream. Defaults to [Schedulers.parallel], whose threads must not block
 */
public fun <T : Any> Flux<T>.prefetchBytes(
    bytes: Long,
    elements: Int = 8192,
    scheduler: Scheduler = Schedulers.parallel(),
): Flux<T> = transform(PipeOperators.prefetchBytes(bytes, elements, scheduler))

/**
 * Permutes consecutive blocks of elements by the seed, the epoch and the block's ordinal: the same order on any machine,
 * another one in each epoch. Records that come out resume inside the shuffle. Stands above [repeatEpochs].
 *
 * Requests a block and an eighth when downstream first asks, then eighths as they are emitted.
 *
 * @param block how many elements are permuted among each other, at least 1
 * @param seed any number
 */
public fun <T : Any> Flux<T>.shuffle(
    block: Int,
    seed: Long,
): Flux<T> = transform(PipeOperators.shuffle(block, seed))

/**
 * Takes [block] elements from each of [cycle] sources in turn, as tf.data's `interleave`; the order depends on the elements
 * only. Records resume inside an epoch; the sources must then be the same, in the same order.
 *
 * Requests [cycle] sources when downstream first asks, and a block of each.
 *
 * @param cycle how many sources are read at a time, at least 1
 * @param block how many elements in a row come from a source, at least 1
 */
public fun <T : Any> Flux<Flux<T>>.interleave(
    cycle: Int,
    block: Int,
): Flux<T> = transform(PipeOperators.interleave(cycle, block))

/**
 * Draws each element from one of these sources by [weights], as tf.data's `sample_from_datasets`: the same order on any machine,
 * another one in each epoch. Records resume inside an epoch.
 *
 * Not called `sample`, because [Flux.sample] is a member that always wins. Requests eight elements of each source at a time.
 *
 * @param end whether to `STOP` when a source has ended, or to `CONTINUE` with the others
 * @param seed any number
 * @param weights one for each source, above 0; they need not sum to 1
 */
public fun <T : Any> Flux<Flux<T>>.sampleSources(
    end: WhenOneEnds,
    seed: Long,
    vararg weights: Double,
): Flux<T> = transform(PipeOperators.sample(end, seed, *weights))

/**
 * Makes rows of the next elements of all these sources, as tf.data's `zip`. Each record in a row resumes after the row.
 *
 * Not called `zip`, as Reactor's own is. Requests eight elements of each source at a time.
 *
 * @param end whether to `STOP` when a source ends before the others, or to `FAIL`
 */
public fun <T : Any> Flux<Flux<T>>.zipSources(end: WhenOneEnds): Flux<List<T>> = transform(PipeOperators.zip(end))

/**
 * Keeps every [count]-th element from [index] on: of records by their ordinal, of others by their place in the pass. The rest
 * is read and discarded.
 *
 * @param count how many shards there are, at least 1
 * @param index which one, from 0 to `count - 1`
 */
public fun <T : Any> Flux<T>.shard(
    count: Int,
    index: Int,
): Flux<T> = transform(PipeOperators.shard(count, index))

/**
 * Maps every row and gathers the results in lists of [size], in the order of the rows; the last list may be shorter.
 *
 * As [mapAndBatch] with [BatchOptions] and their defaults: `mapAndBatch(64, 2) { record -> parse(record) }`.
 *
 * @param size the rows of a list, at least 1
 * @param parallelism the most lists in work at a time; 0: none, all on the thread that brings the rows
 * @param mapper a lambda, a reference or a Java function; is called on [Schedulers.parallel], whose threads must not block
 */
public fun <T : Any, R : Any> Flux<T>.mapAndBatch(
    size: Int,
    parallelism: Int,
    mapper: Function<in T, out R>,
): Flux<List<R>> = transform(PipeOperators.mapAndBatch(size, parallelism, mapper))

/**
 * Collects every [size] rows into a batch, in the order of the rows; the last batch may be smaller.
 *
 * As [mapAndBatch] with [BatchOptions] and their defaults: `mapAndBatch(64, 2, schema.batches())`.
 *
 * @param size the rows of a batch, at least 1
 * @param parallelism the most batches in work at a time; 0: none, all on the thread that brings the rows
 * @param collector makes a batch, on [Schedulers.parallel]; each batch has an accumulation of its own
 */
public fun <T : Any, B : Any> Flux<T>.mapAndBatch(
    size: Int,
    parallelism: Int,
    collector: Collector<in T, *, out B>,
): Flux<B> = transform(PipeOperators.mapAndBatch(size, parallelism, collector))

/**
 * Maps every row and gathers the results in lists, several lists at a time; lists come in the order of the rows.
 *
 * Reads ahead of downstream's demand within the options' look-ahead; nothing with parallelism 0. An error, of the source or
 * of the mapper, takes the place of the list it falls in, behind all lists before it; the rows of that list are discarded.
 * The mapper's exception keeps its type; where the row is a [io.pipeflux.core.RawRecord], its position rides along as a
 * suppressed exception.
 *
 * @param options size, parallelism, what becomes of a shorter last list, and the scheduler
 * @param mapper is called on the options' scheduler, for several rows at a time; does not return null
 */
public fun <T : Any, R : Any> Flux<T>.mapAndBatch(
    options: BatchOptions,
    mapper: Function<in T, out R>,
): Flux<List<R>> = transform(PipeOperators.mapAndBatch(options, mapper))

/**
 * Collects rows into batches, such as the columns of `schema.batches()`; otherwise as [mapAndBatch] with a mapper.
 *
 * @param options size, parallelism, what becomes of a smaller last batch, and the scheduler
 * @param collector is called on the options' scheduler; each batch has an accumulation of its own
 */
public fun <T : Any, B : Any> Flux<T>.mapAndBatch(
    options: BatchOptions,
    collector: Collector<in T, *, out B>,
): Flux<B> = transform(PipeOperators.mapAndBatch(options, collector))

/**
 * Maps every row by a suspending function, such as a request to a service, and gathers the results in lists of [size], in
 * the order of the rows.
 *
 * The same as [mapAndBatch] with [BatchOptions] and their defaults: `mapAndBatch(64, 16, Dispatchers.IO) { fetch(it) }`.
 * The context has no default, because a lambda without one is a plain function: those that only compute run faster so.
 *
 * @param size the rows of a list, at least 1
 * @param parallelism how many rows are mapped at the same time at most, at least 1
 * @param context where the mapper runs, such as a dispatcher; has no Job
 * @param mapper maps one row
 */
public fun <T : Any, R : Any> Flux<T>.mapAndBatch(
    size: Int,
    parallelism: Int,
    context: CoroutineContext,
    mapper: suspend (T) -> R,
): Flux<List<R>> = mapAndBatch(BatchOptions.of(size, parallelism), context, mapper)

/**
 * Maps every row by a suspending function, several rows at a time, and gathers the results in lists, in the order of the
 * rows.
 *
 * The parallelism of the options bounds the *rows* that are mapped at the same time, whatever the size of a list. From the
 * first request on, that number of rows is requested, and one more for each that is passed on in order: a row that takes
 * long stops the reading. Lists that wait are bounded by the options' look-ahead.
 *
 * An error, of the source or of the mapper, takes the place of the list it falls in, after all lists before it. It keeps
 * its type, also if it is a [java.util.concurrent.CancellationException], such as that of a `withTimeout` in the mapper;
 * [toFlow] throws that as a [CancelledDataException]. Rows for which the mapper throws are skipped within
 * [BatchOptions.onBadRow]. A cancel of the result cancels the mappers in progress, without waiting for them, and discards
 * their rows.
 *
 * The mapper sees the Context of the subscriber in its [kotlinx.coroutines.reactor.ReactorContext]; behind [toFlow], that
 * is the one of the coroutine that collects.
 *
 * @param options size and parallelism, at least 1; remainder, look-ahead, bad rows, and the scheduler that emits
 * @param context where the mapper runs, such as a dispatcher. A Job in it is refused: the mappers live as long as the
 *     subscription, which the collecting coroutine cancels
 * @param mapper maps one row
 */
public fun <T : Any, R : Any> Flux<T>.mapAndBatch(
    options: BatchOptions,
    context: CoroutineContext,
    mapper: suspend (T) -> R,
): Flux<List<R>> {
    require(context[Job] == null) {
        "expected a context without a Job, but got ${context[Job]}: the mappers live as long as the subscription." +
            " Pass a dispatcher, or the context with minusKey(Job)"
    }
    return transform(PipeOperators.mapAndBatchWhen<T, R>(options) { row -> mono(context) { mapper(row) } })
}

/**
 * Starts the pipeline above at a resume point, such as a stored `batch.resumeAt()`.
 *
 * The point travels up in the Context; it reaches the first pass only, later ones begin at their beginning. Stands below
 * [repeatEpochs].
 *
 * @param point where the first pass begins; of epoch e, it makes that pass epoch e
 */
public fun <T : Any> Flux<T>.resumeAt(point: ResumePoint): Flux<T> = contextWrite(Pass.resumeAt(point))
