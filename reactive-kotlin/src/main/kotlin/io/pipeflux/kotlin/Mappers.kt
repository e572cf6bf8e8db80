// A collection of toFlow() waits for the suspending mappers of the subscriptions that have ended with it. It does not
// wait for the mappers of a subscription that continues because other subscribers share it.
package io.pipeflux.kotlin

import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.job
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.reactor.mono
import kotlinx.coroutines.withContext
import reactor.core.observability.DefaultSignalListener
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.util.context.Context
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.CoroutineContext

/**
 * Runs a block that collects the given source with [collect], and returns after all suspending mappers have ended whose
 * subscription has ended with the block.
 */
@JvmSynthetic
internal suspend fun <T : Any> Flux<T>.awaitingMappers(collect: suspend (Flux<T>) -> Unit) {
    val ending = Job()
    try {
        collect(contextWrite { it.put(Collection, ending) })
    } finally {
        ending.complete()
        if (!ending.isCompleted) withContext(NonCancellable) { ending.join() }
    }
}

/** Counts the mappers of each subscription, so that [awaitingMappers] can wait for them. */
@JvmSynthetic
internal fun <T : Any> Flux<T>.withMappers(): Flux<T> = tap { context -> Mappers(context.getOrDefault<Job>(Collection, null)) }

/**
 * Runs a mapper as `mono` does, and counts it until it has ended. If the mapper throws after a cancel, the Throwable is
 * passed to `onErrorDropped`. `mono` passes such a Throwable to the hook `onOperatorError`, which does nothing by
 * default.
 */
@JvmSynthetic
internal fun <R : Any> mapperMono(
    context: CoroutineContext,
    mapper: suspend () -> R,
): Mono<R> {
    val signalled = AtomicBoolean()
    return mono(context) {
        val reactor = coroutineContext[ReactorContext]?.context ?: Context.empty()
        val mappers = reactor.getOrDefault<Mappers<*>>(Mappers::class, null)
        val begun = mappers == null || mappers.begin()
        // after a cancel, the Mono does not signal the error, so the error is dropped
        coroutineContext.job.invokeOnCompletion { error ->
            try {
                if (error != null && error !is CancellationException && !signalled.get()) drop(error, reactor)
            } finally {
                if (begun) mappers?.end()
            }
        }
        if (!begun) awaitCancellation() // the subscription has ended, so the operator is about to cancel the coroutine
        mapper()
    }.onErrorMap { error -> error.also { signalled.set(true) } }
}

/** The key in the Context of the Job that completes when all mappers have ended for which the collection waits. */
private object Collection

/**
 * The mappers of one subscription. Signals of the subscription arrive here before they arrive downstream. So the
 * collection knows, when it ends, which mappers to wait for.
 */
private class Mappers<T : Any>(
    private val collection: Job?,
) : DefaultSignalListener<T>() {
    /** The number of running mappers, and one more until the subscription has ended. With 0, no mapper may begin. */
    private val running = AtomicInteger(1)
    private val subscriptionEnded = AtomicBoolean()
    private val allEnded = Job()

    override fun addToContext(originalContext: Context): Context =
        if (collection == null) originalContext else originalContext.put(Mappers::class, this)

    /** Counts a mapper. Returns false if the mapper must not begin. */
    fun begin(): Boolean = running.getAndUpdate { if (it == 0) 0 else it + 1 } != 0

    /** Counts a mapper that has begun and has ended. */
    fun end() {
        if (running.decrementAndGet() == 0) allEnded.complete()
    }

    override fun doOnComplete() = endSubscription()

    override fun doOnError(error: Throwable) = endSubscription()

    override fun doOnCancel() = endSubscription()

    // A cancel and the end of the data may arrive at the same time. The collection must wait after either of them.
    private fun endSubscription() {
        val awaited = Job(collection)
        allEnded.invokeOnCompletion { awaited.complete() }
        if (subscriptionEnded.compareAndSet(false, true)) end()
    }
}
