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

/** Awaits a value; a [CancellationException] of the data is an error, as in [toFlow]. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitData(): T =
    onErrorMap(CancellationException::class.java) { CancelledDataException(it) }.awaitSingle()

/** As [awaitData], for what completes without a value. */
@JvmSynthetic
internal suspend fun Mono<Void>.awaitEnd() {
    thenReturn(Unit).awaitData()
}

/** As [awaitData], null if it completes without a value. */
@JvmSynthetic
internal suspend fun <T : Any> Mono<T>.awaitDataOrNull(): T? =
    onErrorMap(CancellationException::class.java) { CancelledDataException(it) }.awaitSingleOrNull()

/** Gives the elements to a writer and awaits its result, [asFluxWhile] it writes. */
@JvmSynthetic
internal suspend fun <T : Any, R : Any> Flow<T>.awaitWritten(write: (Flux<T>) -> Mono<R>): R = asFluxWhile { write(it).awaitData() }

/**
 * Runs a block with the elements as a [Flux]. The flow runs in the context of the caller, as fast as the Flux is requested.
 * It has ended when this function returns or throws.
 */
@JvmSynthetic
internal suspend fun <T : Any, R> Flow<T>.asFluxWhile(block: suspend (Flux<T>) -> R): R {
    val elements = this
    val running = Job() // the collections, of which there may be several
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
