// When a collection of toFlow() ends, it waits for the suspending mappers of each subscription that ends with it. It
// does not wait for the mappers of a subscription that continues because other subscribers share it.
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
 * Collects this source with [collect], and then waits for the suspending mappers of each subscription that ended with
 * the collection.
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
 * Runs a mapper as `mono` does, and counts the mapper as running until it has ended. If the mapper throws after a
 * cancel, the Throwable is passed to `onErrorDropped`. `mono` itself would pass such a Throwable to the hook
 * `onOperatorError`, which does nothing by default.
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

/**
 * A key in Reactor's Context. Its value is the Job that completes when all mappers that the collection must wait for
 * have ended.
 */
private object Collection

/**
 * The mappers of one subscription. Each signal of the subscription arrives here before it arrives downstream. So when
 * the collection ends, it already knows which mappers to wait for.
 */
private class Mappers<T : Any>(
    private val collection: Job?,
) : DefaultSignalListener<T>() {
    /** The number of running mappers, plus 1 until the subscription has ended. At 0, no further mapper may begin. */
    private val running = AtomicInteger(1)
    private val subscriptionEnded = AtomicBoolean()
    private val allEnded = Job()

    override fun addToContext(originalContext: Context): Context =
        if (collection == null) originalContext else originalContext.put(Mappers::class, this)

    /** Counts a mapper as running. Returns false if the mapper must not begin. */
    fun begin(): Boolean = running.getAndUpdate { if (it == 0) 0 else it + 1 } != 0

    /** Counts a mapper, or the subscription, as ended. */
    fun end() {
        if (running.decrementAndGet() == 0) allEnded.complete()
    }

    override fun doOnComplete() = endSubscription()

    override fun doOnError(error: Throwable) = endSubscription()

    override fun doOnCancel() = endSubscription()

    // A cancel and the end of the data may arrive at the same time, so this may be called twice. Each call must make
    // the collection wait.
    private fun endSubscription() {
        val awaited = Job(collection)
        allEnded.invokeOnCompletion { awaited.complete() }
        if (subscriptionEnded.compareAndSet(false, true)) end()
    }
}
