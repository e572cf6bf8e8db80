package io.pipeflux.kotlin

import kotlinx.coroutines.InternalCoroutinesApi
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.ProducerScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.FlowCollector
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.internal.ChannelFlow
import kotlinx.coroutines.reactive.asFlow
import reactor.core.publisher.Flux
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext

/**
 * Returns the elements as a [Flow] that requests [demand] elements at a time.
 *
 * ```
 * toFlow(2)   request(2) . a, b arrive . collected a . collected b . request(2) . ...
 * ```
 *
 * Requests [demand] elements when the collection begins, and the same number again after all of them have been
 * collected. With a demand of 1, the next element is requested when the collector's block has returned for the previous
 * element. To have the next element ready at that time, use [prefetch] or [mapAndBatch], which read ahead within their
 * bounds. Plain `asFlow()` requests 64 elements at a time.
 *
 * Downstream operators that buffer elements increase the demand: `buffer(n)` adds n to it (`toFlow(1).buffer(5)`
 * requests 5, `toFlow(2).buffer(5)` requests 7), and `conflate` requests all elements. With `flowOn` and a different
 * dispatcher, the next elements are requested while the collector runs, and an error can interrupt the collector. To
 * avoid this, collect on the different dispatcher with `withContext`.
 *
 * Each collection is a subscription, with the [kotlinx.coroutines.reactor.ReactorContext] of the coroutine as its
 * Context. If the data fail, `collect` throws the error with its type, after all elements that precede the error. Only
 * a [java.util.concurrent.CancellationException] of the data becomes the cause of a [CancelledDataException], because
 * coroutines would mistake it for their own cancellation. When the coroutine is cancelled, the collector fails, or an
 * operator such as `first()` has its result, the subscription is cancelled, which closes pipes and connections. At most
 * [demand] elements have arrived by then but have not been collected. They are dropped, and Reactor's discard hooks are
 * not called for them. An error that arrives after the cancel goes to Reactor's hook `onErrorDropped`.
 *
 * Whether a collection completes, fails or is cancelled, it returns or throws only after the suspending mappers of
 * [mapAndBatch] have ended, just as a `coroutineScope` waits for its children. So a mapper that does not react to its
 * cancel delays the end of the collection. Mappers of a shared pipeline, as by `share()`, are not waited for. Operators
 * of Reactor that cancel their sources on the emitting thread, such as `flatMap`, `window` and `groupBy`, may cancel
 * them after the collection has returned, and the mappers of these sources are then not waited for.
 *
 * In `runTest`, time is virtual. A `withTimeout` around the collection expires immediately, because the data come from
 * real threads, for which the virtual clock does not wait. So collect in `runBlocking`, or in
 * `withContext(Dispatchers.Default)` inside `runTest`.
 *
 * @param demand the number of elements to request at a time, at least 1. Defaults to 1. With [Int.MAX_VALUE], all
 *     elements are requested together, without a bound
 */
public fun <T : Any> Flux<T>.toFlow(demand: Int = 1): Flow<T> {
    require(demand >= 1) { "expected demand >= 1, but got $demand" }
    val capacity = if (demand == 1) Channel.RENDEZVOUS else demand
    return CollectedFlow(forCoroutine(), EmptyCoroutineContext, capacity, BufferOverflow.SUSPEND)
}

/**
 * Collects a source as `asFlow()` does, and waits for its mappers. This class is a [ChannelFlow], like the flow of
 * `asFlow()`, so that `buffer`, `conflate`, `flowOn` and `produceIn` fuse with it. With any other flow, these operators
 * would add a buffer of 64 elements.
 */
@OptIn(InternalCoroutinesApi::class)
private class CollectedFlow<T : Any>(
    private val source: Flux<T>,
    context: CoroutineContext,
    capacity: Int,
    onBufferOverflow: BufferOverflow,
) : ChannelFlow<T>(context, capacity, onBufferOverflow) {
    override fun create(
        context: CoroutineContext,
        capacity: Int,
        onBufferOverflow: BufferOverflow,
    ): ChannelFlow<T> = CollectedFlow(source, context, capacity, onBufferOverflow)

    override suspend fun collect(collector: FlowCollector<T>): Unit = collectIn(context, collector)

    /** Called by `produceIn`, in a coroutine that already has the flow's context. */
    override suspend fun collectTo(scope: ProducerScope<T>): Unit = collectIn(EmptyCoroutineContext) { scope.send(it) }

    private suspend fun collectIn(
        context: CoroutineContext,
        collector: FlowCollector<T>,
    ) = source.awaitingMappers {
        it
            .asFlow()
            .buffer(capacity, onBufferOverflow)
            .flowOn(context)
            .collect(collector)
    }
}
