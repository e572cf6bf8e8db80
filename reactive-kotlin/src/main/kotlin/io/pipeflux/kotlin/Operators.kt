// This file offers the operators of `PipeOperators` as extension functions. These functions contain no logic of their
// own.
package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.Pass
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.codec.FrameFormat
import io.pipeflux.core.operator.BatchOptions
import io.pipeflux.core.operator.PipeOperators
import io.pipeflux.core.operator.WhenOneEnds
import kotlinx.coroutines.Job
import reactor.core.publisher.Flux
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import java.nio.ByteBuffer
import java.util.function.Function
import java.util.stream.Collector
import kotlin.coroutines.CoroutineContext

/**
 * Decodes one stream of bytes, such as an epoch that is read from a pipe, into frames: `decode(TfRecords.format())`.
 *
 * Requests one chunk at a time, and only while a requested frame is incomplete. A frame is emitted on the thread on
 * which upstream emits the frame's last byte, or on the thread that requests the frame. If the input ends inside a
 * frame, the result fails with a [io.pipeflux.core.TruncatedInputException]. An error is signalled after all frames
 * that precede the error. A cancel cancels the source.
 *
 * @param format the format. If a frame is longer than the format's maximum, 256 MiB by default, the result fails with a
 *     [io.pipeflux.core.CorruptRecordException]
 */
public fun <T : Any> Flux<ByteBuffer>.decode(format: FrameFormat<T>): Flux<T> = transform(format.decode())

/**
 * Decodes each object of the epoch separately, one after the other. A frame must not span two objects. The positions of
 * records and the error messages name the object.
 *
 * Objects are requested one at a time. The next object is requested after the previous one has been decoded.
 *
 * @param format the format of each object
 */
public fun <T : Any> Flux<ObjectBytes>.decodeObjects(format: FrameFormat<T>): Flux<T> = transform(format.decodeObjects())

/**
 * Subscribes to this source once per epoch, for [epochs] passes *in total*, as tf.data's `repeat(count)` does. Each
 * pass has a different [Pass] in its Context.
 *
 * This function is not called `repeat`, because the member [Flux.repeat] would take precedence. That member makes
 * *additional* passes, all with the same Context: `repeat(3)` makes four passes, but `repeatEpochs(3)` makes three.
 *
 * When a pass has completed, this operator subscribes to the next pass, and requests the elements that downstream has
 * requested but not yet received. An error in any pass ends the result. If the subscriber starts at a resume point of
 * epoch e (see [resumeAt]), the epochs from e to `epochs - 1` are read. Use this operator downstream of [decode]. It
 * cannot be nested.
 *
 * @param epochs the total number of passes, at least 0. If this is 0, the result is empty
 */
public fun <T : Any> Flux<T>.repeatEpochs(epochs: Int): Flux<T> = transform(PipeOperators.repeat(epochs))

/** Subscribes to this source repeatedly, as [repeatEpochs] does, until a pass emits no elements. */
public fun <T : Any> Flux<T>.repeatUntilEmpty(): Flux<T> = transform(PipeOperators.repeat())

/**
 * Reads up to [elements] elements ahead of downstream, and emits them on a thread of [scheduler].
 *
 * Begins to request on subscription, and continues until [elements] elements are queued. Each request is for a quarter
 * of [elements], or for 64 elements if a quarter is less than 64. Requests again each time a quarter of [elements] has
 * been emitted, or later if the source emits on the requesting thread. An error is signalled after all elements that
 * precede the error. When the subscriber cancels, queued elements are discarded.
 *
 * @param elements the maximum number of queued elements, at least 1
 * @param scheduler the scheduler whose threads emit to downstream. Defaults to [Schedulers.parallel], whose threads
 *     must not block
 */
public fun <T : Any> Flux<T>.prefetch(
    elements: Int,
    scheduler: Scheduler = Schedulers.parallel(),
): Flux<T> = transform(PipeOperators.prefetch(elements, scheduler))

/**
 * Reads ahead as [prefetch] does, but limits the number of bytes as well as the number of elements. The size of a
 * record is the size of its payload. The size of a `ByteBuffer` is its number of remaining bytes, and the size of a
 * `ByteArray` is its length. Any other element counts as 0 bytes.
 *
 * Requests one element on subscription. After that, assumes that the next elements are as large as the largest recent
 * one, and requests as many elements as fit within the limits, but at most 64 at a time. Therefore, the number of bytes
 * can exceed its limit only if an element is larger than the elements before it.
 *
 * @param bytes the maximum number of queued bytes, at least 1
 * @param elements the maximum number of queued elements, at least 1. Defaults to 8192
 * @param scheduler the scheduler whose threads emit to downstream. Defaults to [Schedulers.parallel], whose threads
 *     must not block
 */
public fun <T : Any> Flux<T>.prefetchBytes(
    bytes: Long,
    elements: Int = 8192,
    scheduler: Scheduler = Schedulers.parallel(),
): Flux<T> = transform(PipeOperators.prefetchBytes(bytes, elements, scheduler))

/**
 * Shuffles the elements within consecutive blocks. The seed, the epoch and the block's ordinal determine the order. The
 * order is the same on any machine, but different in each epoch. Reading can be resumed after any emitted record, even
 * inside a block. Use this operator upstream of [repeatEpochs].
 *
 * The first request from downstream causes a request for nine eighths of a block. After that, an eighth of a block is
 * requested each time that number of elements has been emitted.
 *
 * @param block the number of elements in each block, at least 1
 * @param seed any number
 */
public fun <T : Any> Flux<T>.shuffle(
    block: Int,
    seed: Long,
): Flux<T> = transform(PipeOperators.shuffle(block, seed))

/**
 * Takes [block] elements from each of [cycle] sources in turn, as tf.data's `interleave` does. The order of the result
 * depends only on the elements of the sources, never on timing. Reading can be resumed after any record, if the sources
 * are the same and in the same order.
 *
 * The first request from downstream causes requests for [cycle] sources, and for [block] elements of each source.
 *
 * @param cycle the number of sources that are read at the same time, at least 1
 * @param block the number of consecutive elements from one source, at least 1
 */
public fun <T : Any> Flux<Flux<T>>.interleave(
    cycle: Int,
    block: Int,
): Flux<T> = transform(PipeOperators.interleave(cycle, block))

/**
 * Draws each element from one of these sources, with probabilities that are proportional to [weights], as tf.data's
 * `sample_from_datasets` does. The order is the same on any machine, and different in each epoch. Reading can be
 * resumed after any record.
 *
 * This function is not called `sample`, because the member [Flux.sample] would take precedence. Requests eight elements
 * of each source at a time.
 *
 * @param end what to do when a source has ended: `STOP`, or `CONTINUE` with the other sources
 * @param seed any number
 * @param weights one weight for each source, greater than 0. Their sum need not be 1
 */
public fun <T : Any> Flux<Flux<T>>.sampleSources(
    end: WhenOneEnds,
    seed: Long,
    vararg weights: Double,
): Flux<T> = transform(PipeOperators.sample(end, seed, *weights))

/**
 * Combines the next elements of all these sources into rows, as tf.data's `zip` does. All records in a row have the
 * same resume point: the point after the whole row.
 *
 * This function is not called `zip`, because Reactor has an operator of that name. Requests eight elements of each
 * source at a time.
 *
 * @param end what to do when a source ends before the others: `STOP` or `FAIL`
 */
public fun <T : Any> Flux<Flux<T>>.zipSources(end: WhenOneEnds): Flux<List<T>> = transform(PipeOperators.zip(end))

/**
 * Keeps every [count]-th element, beginning with the one at [index]. The index of a record is its ordinal. The index of
 * any other element is its position in the pass. Elements that are not kept are read and discarded.
 *
 * @param count the number of shards, at least 1
 * @param index the shard to keep, from 0 to `count - 1`
 */
public fun <T : Any> Flux<T>.shard(
    count: Int,
    index: Int,
): Flux<T> = transform(PipeOperators.shard(count, index))

/**
 * Maps every row and collects the results in lists of [size] elements, in the order of the rows. The last list may be
 * shorter.
 *
 * This is [mapAndBatch] with the defaults of [BatchOptions]: `mapAndBatch(64, 2) { record -> parse(record) }`.
 *
 * @param size the number of rows in a list, at least 1
 * @param parallelism the maximum number of lists that are created at the same time. With 0, lists are created on the
 *     thread that emits the rows
 * @param mapper maps a row; called on [Schedulers.parallel], whose threads must not block
 */
public fun <T : Any, R : Any> Flux<T>.mapAndBatch(
    size: Int,
    parallelism: Int,
    mapper: Function<in T, out R>,
): Flux<List<R>> = transform(PipeOperators.mapAndBatch(size, parallelism, mapper))

/**
 * Collects every [size] rows into a batch, in the order of the rows. The last batch may be smaller.
 *
 * This is [mapAndBatch] with the defaults of [BatchOptions]: `mapAndBatch(64, 2, schema.batches())`.
 *
 * @param size the number of rows in a batch, at least 1
 * @param parallelism the maximum number of batches that are created at the same time. With 0, batches are created on
 *     the thread that emits the rows
 * @param collector creates a batch from its rows; called on [Schedulers.parallel], whose threads must not block
 */
public fun <T : Any, B : Any> Flux<T>.mapAndBatch(
    size: Int,
    parallelism: Int,
    collector: Collector<in T, *, out B>,
): Flux<B> = transform(PipeOperators.mapAndBatch(size, parallelism, collector))

/**
 * Maps every row and collects the results in lists. Several lists are created at the same time, and are emitted in the
 * order of the rows.
 *
 * Unless the parallelism is 0, this operator reads ahead of downstream's demand, as far as [BatchOptions.lookAheadRows]
 * and [BatchOptions.lookAheadBytes] permit. An error of the source or of the mapper is signalled instead of the list in
 * which it occurs, after all earlier lists. The rows of that list are discarded. An exception of the mapper keeps its
 * type. If the row is a [io.pipeflux.core.RawRecord], the exception has a suppressed exception with the position of the
 * record.
 *
 * @param options the size, the parallelism, the handling of a shorter last list, and the scheduler
 * @param mapper maps a row; several threads of the options' scheduler call it at the same time. Must not return null
 */
public fun <T : Any, R : Any> Flux<T>.mapAndBatch(
    options: BatchOptions,
    mapper: Function<in T, out R>,
): Flux<List<R>> = transform(PipeOperators.mapAndBatch(options, mapper))

/**
 * Collects rows into batches, for example with `schema.batches()`. In all other respects, this operator behaves like
 * [mapAndBatch] with a mapper.
 *
 * @param options the size, the parallelism, the handling of a smaller last batch, and the scheduler
 * @param collector creates a batch from its rows; called on the scheduler of the options
 */
public fun <T : Any, B : Any> Flux<T>.mapAndBatch(
    options: BatchOptions,
    collector: Collector<in T, *, out B>,
): Flux<B> = transform(PipeOperators.mapAndBatch(options, collector))

/**
 * Maps every row with a suspending function, such as a request to a service, and collects the results in lists of
 * [size] elements, in the order of the rows.
 *
 * This is [mapAndBatch] with the defaults of [BatchOptions]: `mapAndBatch(64, 16, Dispatchers.IO) { fetch(it) }`. The
 * context has no default, so a lambda without a context is treated as a plain function. If the mapper only computes,
 * use a plain function, because that is faster.
 *
 * @param size the number of rows in a list, at least 1
 * @param parallelism the maximum number of rows that are mapped at the same time, at least 1
 * @param context the context in which the mapper runs, such as a dispatcher. It must not have a Job
 * @param mapper maps one row
 */
public fun <T : Any, R : Any> Flux<T>.mapAndBatch(
    size: Int,
    parallelism: Int,
    context: CoroutineContext,
    mapper: suspend (T) -> R,
): Flux<List<R>> = mapAndBatch(BatchOptions.of(size, parallelism), context, mapper)

/**
 * Maps every row with a suspending function, several rows at a time, and collects the results in lists, in the order of
 * the rows.
 *
 * The parallelism of the options limits the number of *rows* that are mapped at the same time, independently of the
 * size of a list. When downstream first requests, that number of rows is requested. After that, one more row is
 * requested for each row that is passed on in order. So while a single row takes a long time to map, the reading stops.
 * Rows that have been mapped or are being mapped count as read ahead until their list is emitted. The number of these
 * rows is at most [BatchOptions.lookAheadRows], rounded up to whole lists, plus the parallelism. For example, with a
 * look-ahead of 256 rows, lists of 64 rows and parallelism 16, this limit is 272 rows.
 *
 * An error of the source or of the mapper is signalled instead of the list in which it occurs, after all earlier lists.
 * The error keeps its type. This also applies to a [java.util.concurrent.CancellationException], for example from a
 * `withTimeout` in the mapper. However, [toFlow] throws such an error as a [CancelledDataException]. Rows for which the
 * mapper throws an exception are skipped as [BatchOptions.onBadRow] permits.
 *
 * A cancel of the result cancels the mappers in progress and discards their rows, without waiting for the mappers. A
 * collection of [toFlow] does wait for them before it returns. Anything that a mapper throws after the cancel is passed
 * to Reactor's hook `onErrorDropped`, which logs it by default.
 *
 * The mapper sees the Context of the subscriber in its [kotlinx.coroutines.reactor.ReactorContext]. If the result is
 * collected by [toFlow], that is the Context of the collecting coroutine.
 *
 * @param options the size, the parallelism (at least 1), the handling of a shorter last list and of bad rows, the
 *     look-ahead, and the scheduler that emits the lists
 * @param context the context in which the mapper runs, such as a dispatcher. It must not have a Job, because the
 *     mappers are cancelled with the subscription, not by a Job
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
    val batches = PipeOperators.mapAndBatchWhen<T, R>(options) { row -> mapperMono(context) { mapper(row) } }
    return transform(batches).withMappers()
}

/**
 * Starts the upstream pipeline at a resume point, such as a stored `batch.resumeAt()`.
 *
 * The point is passed upstream in the Context. It applies only to the first pass. Later passes read their epochs from
 * the beginning. Use this operator downstream of [repeatEpochs].
 *
 * @param point the point at which the first pass starts. The first pass reads the epoch to which this point belongs
 */
public fun <T : Any> Flux<T>.resumeAt(point: ResumePoint): Flux<T> = contextWrite(Pass.resumeAt(point))
