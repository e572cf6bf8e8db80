package io.pipeflux.kotlin

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
import java.util.concurrent.CancellationException

/** Awaits a value. A [CancellationException] of the data is thrown as a [CancelledDataException], as [toFlow] does. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitData(): T =
    onErrorMap(CancellationException::class.java) { CancelledDataException(it) }.awaitSingle()

/** Awaits the completion of a Mono without a value. Errors are those of [awaitData]. */
@JvmSynthetic
internal suspend fun Mono<Void>.awaitEnd() {
    thenReturn(Unit).awaitData()
}

/** Awaits a value as [awaitData] does. Returns null if the Mono completes without a value. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitDataOrNull(): T? =
    onErrorMap(CancellationException::class.java) { CancelledDataException(it) }.awaitSingleOrNull()

/** Passes the elements to a writer as a [Flux], and awaits the writer's result. See [asFluxWhile]. */
@JvmSynthetic
internal suspend fun <T : Any, R : Any> Flow<T>.awaitWritten(write: (Flux<T>) -> Mono<R>): R = asFluxWhile { write(it).awaitData() }

/**
 * Runs a block with the elements as a [Flux]. When the Flux requests elements, the flow is collected in the context of
 * the caller. All collections have ended when this function returns or throws.
 */
@JvmSynthetic
internal suspend fun <T : Any, R> Flow<T>.asFluxWhile(block: suspend (Flux<T>) -> R): R {
    val elements = this
    // completes after all collections; the block may start several
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
