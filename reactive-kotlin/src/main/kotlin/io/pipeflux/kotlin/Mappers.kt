// A collection of toFlow() waits for the suspending mappers of the subscriptions that have ended with it. It does not
// wait for the mappers of a subscription that continues because other subscribers share it.
package io.pipeflux.kotlin

import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.job
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.withContext
import reactor.core.observability.DefaultSignalListener
import reactor.core.publisher.Flux
import reactor.util.context.Context

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
 * Counts the calling coroutine as a mapper until it has completed. Does not return if the mapper's subscription has
 * ended: the operator is then about to cancel the coroutine.
 */
@JvmSynthetic
internal suspend fun beginMapper() {
    val context = currentCoroutineContext()
    val mappers = context[ReactorContext]?.context?.getOrDefault<Mappers<*>>(Mappers::class, null) ?: return
    val mapper = Job(mappers.running) // cancelled at once if `running` has completed
    context.job.invokeOnCompletion { mapper.complete() }
    if (mapper.isCancelled) awaitCancellation()
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
    /** Has a child for each running mapper. Completes when the subscription and all its mappers have ended. */
    val running = Job()

    override fun addToContext(originalContext: Context): Context =
        if (collection == null) originalContext else originalContext.put(Mappers::class, this)

    override fun doOnComplete() = end()

    override fun doOnError(error: Throwable) = end()

    override fun doOnCancel() = end()

    private fun end() {
        val awaited = Job(collection)
        running.invokeOnCompletion { awaited.complete() }
        running.complete()
    }
}
