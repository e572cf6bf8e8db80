package io.pipeflux.kotlin

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.reactive.asFlow
import reactor.core.publisher.Flux
import java.util.concurrent.CancellationException

/**
 * Returns the elements as a [Flow] that requests [demand] of them at a time.
 *
 * ```
 * toFlow(2)   request(2) . a, b arrive . collected a . collected b . request(2) . ...
 * ```
 *
 * Requests [demand] elements when the collection begins, and the same number again whenever all of them were collected.
 * With 1, the next element is requested when the collector's block has returned for the one before. To have elements
 * ready by then, use [prefetch] or [mapAndBatch], which read ahead within their bounds. Plain `asFlow()` requests 64 at
 * a time.
 *
 * Operators downstream that buffer increase the demand: `buffer(n)` adds to it (`toFlow(1).buffer(5)` requests 5,
 * `toFlow(2).buffer(5)` requests 7), and `conflate` requests everything. `flowOn` with another dispatcher requests the
 * next elements while the collector runs, and an error can interrupt the collector. To avoid this, collect on another
 * dispatcher by `withContext`.
 *
 * Each collection is a subscription, with the [kotlinx.coroutines.reactor.ReactorContext] of the coroutine as its
 * Context. `collect` throws an error with its type, after the elements before it. Only a
 * [java.util.concurrent.CancellationException] of the data becomes the cause of a [CancelledDataException], because
 * coroutines would take it for their own cancellation. The subscription is cancelled, which closes pipes and
 * connections, when the coroutine is cancelled, the collector fails or an operator such as `first()` has its result.
 * Elements that have arrived by then and were not collected, at most [demand], are dropped without a call of Reactor's
 * discard hooks.
 *
 * In `runTest`, time is virtual: a `withTimeout` around the collection fires at once, because the data come from real
 * threads, for which the virtual clock does not wait. Collect in `runBlocking`, or in
 * `withContext(Dispatchers.Default)` inside `runTest`.
 *
 * @param demand the number of elements to request at a time, at least 1. Defaults to 1. With [Int.MAX_VALUE], all
 *     elements are requested at once, without a bound
 */
public fun <T : Any> Flux<T>.toFlow(demand: Int = 1): Flow<T> {
    require(demand >= 1) { "expected demand >= 1, but got $demand" }
    // on the Flux and not by Flow.catch: an operator between asFlow and buffer would prevent their fusion, and so
    // change
    // the demand
    return onErrorMap(CancellationException::class.java) { CancelledDataException(it) }
        .asFlow()
        .buffer(if (demand == 1) Channel.RENDEZVOUS else demand)
}
