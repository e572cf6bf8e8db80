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

/** Awaits a value. A [CancellationException] of the data is thrown as a [CancelledDataException], as by [toFlow]. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitData(): T =
    onErrorMap(CancellationException::class.java) { CancelledDataException(it) }.awaitSingle()

/** Awaits the completion of a Mono without a value. Otherwise the same as [awaitData]. */
@JvmSynthetic
internal suspend fun Mono<Void>.awaitEnd() {
    thenReturn(Unit).awaitData()
}

/** Awaits a value as [awaitData] does. Returns null if the Mono completes without a value. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitDataOrNull(): T? =
    onErrorMap(CancellationException::class.java) { CancelledDataException(it) }.awaitSingleOrNull()

/** Passes the elements to a writer as a [Flux], see [asFluxWhile], and awaits its result. */
@JvmSynthetic
internal suspend fun <T : Any, R : Any> Flow<T>.awaitWritten(write: (Flux<T>) -> Mono<R>): R = asFluxWhile { write(it).awaitData() }

/**
 * Runs a block with the elements as a [Flux]. The flow is collected in the context of the caller, as the Flux requests
 * elements. It has ended when this function returns or throws.
 */
@JvmSynthetic
internal suspend fun <T : Any, R> Flow<T>.asFluxWhile(block: suspend (Flux<T>) -> R): R {
    val elements = this
    val running = Job() // completes after all collections, of which there may be several
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
