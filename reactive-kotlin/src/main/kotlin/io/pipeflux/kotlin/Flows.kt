package io.pipeflux.kotlin

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.reactive.asFlow
import reactor.core.publisher.Flux
import java.util.concurrent.CancellationException

/**
 * The elements as a [Flow] that asks for [demand] of them at a time.
 *
 * ```
 * toFlow(2)   request(2) . a, b arrive . collected a . collected b . request(2) . ...
 * ```
 *
 * Requests [demand] elements when collecting begins, and the same number again whenever all of them were collected:
 * with 1, the next element is requested when the collector's block has returned for the one before. What is to be ready
 * by then is read ahead by [prefetch] and [mapAndBatch], within their bounds. Plain `asFlow()` requests 64 at a time.
 *
 * Operators behind it that buffer raise the demand: `buffer(n)` is added to it (`toFlow(1).buffer(5)` requests 5,
 * `toFlow(2).buffer(5)` 7), `conflate` asks for everything. `flowOn` with another dispatcher requests the next elements
 * while the collector is at work, and lets an error interrupt it there; to collect on another dispatcher without that,
 * collect inside `withContext`.
 *
 * Each collecting is a subscription, with the [kotlinx.coroutines.reactor.ReactorContext] of the coroutine as its
 * Context. An error is thrown by `collect`, with its type, after the elements before it. Only a
 * [java.util.concurrent.CancellationException] of the data, which coroutines would take for their own cancellation, is
 * thrown as the cause of a [CancelledDataException]. When the coroutine is cancelled, the collector fails or a
 * `first()` has enough, the subscription is cancelled, which closes pipes and connections; elements that have arrived
 * and were not collected, at most [demand], are dropped without a call of Reactor's discard hooks.
 *
 * In `runTest` time is virtual: a `withTimeout` around the collecting fires at once, since the data come from real threads
 * for which its clock does not wait. Collect in `runBlocking`, or in `withContext(Dispatchers.Default)` inside `runTest`.
 *
 * @param demand how many elements to request at a time, at least 1. Defaults to 1; [Int.MAX_VALUE]: all at once,
 *     unbounded
 */
public fun <T : Any> Flux<T>.toFlow(demand: Int = 1): Flow<T> {
    require(demand >= 1) { "expected demand >= 1, but got $demand" }
    // on the Flux, not by Flow.catch: an operator between asFlow and a buffer would end their fusion, and so change the
    // demand
    return onErrorMap(CancellationException::class.java) { CancelledDataException(it) }
        .asFlow()
        .buffer(if (demand == 1) Channel.RENDEZVOUS else demand)
}
