// Reactor's own subscribers pass an error that arrives after a cancel to the hook `onErrorDropped`. Coroutines ignore
// such an error, so the functions of this file pass it to the hook.
package io.pipeflux.kotlin

import io.pipeflux.core.internal.Throwables
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.reactor.asFlux
import kotlinx.coroutines.reactor.awaitSingle
import kotlinx.coroutines.reactor.awaitSingleOrNull
import kotlinx.coroutines.withContext
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.util.context.Context
import reactor.util.context.ContextView
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicBoolean

/** Awaits a value. Like [toFlow], throws a [CancelledDataException] if the data fail with a [CancellationException]. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitData(): T = forCoroutine().awaitSingle()

/** Awaits the completion of a Mono without a value. Throws the same errors as [awaitData]. */
@JvmSynthetic
internal suspend fun Mono<Void>.awaitEnd() {
    thenReturn(Unit).awaitData()
}

/** Awaits a value as [awaitData] does. Returns null if the Mono completes without a value. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitDataOrNull(): T? = forCoroutine().awaitSingleOrNull()

/** Passes the elements of this flow to a writer as a [Flux], and awaits the writer's result. See [asFluxWhile]. */
@JvmSynthetic
internal suspend fun <T : Any, R : Any> Flow<T>.awaitWritten(write: (Flux<T>) -> Mono<R>): R = asFluxWhile { write(it).awaitData() }

/**
 * Runs a block with the elements of this flow as a [Flux]. Each subscription to the Flux collects the flow in the
 * context of the caller. All collections have ended when this function returns or throws.
 */
@JvmSynthetic
internal suspend fun <T : Any, R> Flow<T>.asFluxWhile(block: suspend (Flux<T>) -> R): R {
    val elements = this
    // the parent job of all collections: the block may start several of them
    val running = Job()
    val counted =
        flow {
            val collection = Job(running)
            try {
                emitAll(elements)
            } finally {
                collection.complete()
            }
        }
    try {
        return block(counted.asFlux(currentCoroutineContext().minusKey(Job)))
    } finally {
        running.complete()
        withContext(NonCancellable) { running.join() }
    }
}

/**
 * Adapts the errors of this source to a coroutine that collects the source. A [CancellationException] becomes a
 * [CancelledDataException]. An error that arrives after a cancel is passed to `onErrorDropped`.
 */
@JvmSynthetic
internal fun <T : Any> Flux<T>.forCoroutine(): Flux<T> {
    val source = this
    return Flux.deferContextual { context ->
        val cancelled = AtomicBoolean()
        source
            .onErrorResume { error ->
                if (cancelled.get()) Flux.never<T>().also { drop(error, context) } else Flux.error(ofData(error))
            }.doOnCancel { cancelled.set(true) }
    }
}

/**
 * Adapts the errors of this source to a coroutine that awaits the source, in the same way as [forCoroutine] of a
 * [Flux].
 */
@JvmSynthetic
internal fun <T : Any> Mono<T>.forCoroutine(): Mono<T> {
    val source = this
    return Mono.deferContextual { context ->
        val cancelled = AtomicBoolean()
        source
            .onErrorResume { error ->
                if (cancelled.get()) Mono.never<T>().also { drop(error, context) } else Mono.error(ofData(error))
            }.doOnCancel { cancelled.set(true) }
    }
}

/** Passes an error to `onErrorDropped`. Called when no coroutine waits for the error any longer. */
@JvmSynthetic
internal fun drop(
    error: Throwable,
    context: ContextView,
): Unit = Throwables.drop(error, Context.of(context))

private fun ofData(error: Throwable): Throwable = if (error is CancellationException) CancelledDataException(error) else error
