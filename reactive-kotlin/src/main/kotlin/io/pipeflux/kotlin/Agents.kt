package io.pipeflux.kotlin

import io.pipeflux.core.agent.PipeAgent
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.withContext
import reactor.core.publisher.Sinks
import reactor.util.context.Context
import java.util.concurrent.CancellationException

/**
 * Runs the agent until all epochs of every channel have been written, or until the agent is stopped: `launch {
 * agent.awaitRun() }`.
 *
 * If a channel fails, throws the channel's error with its original type. If the coroutine is cancelled, the agent is
 * stopped, and this function returns only after the agent's readers have been released and its pipes have been removed.
 * So no pipe remains after a `coroutineScope` that ran an agent. An error that the coroutine can no longer throw,
 * because it was cancelled, goes to Reactor's hook `onErrorDropped`.
 */
public suspend fun PipeAgent.awaitRun() {
    val stop = Sinks.empty<Void>()
    val ended = CompletableDeferred<Throwable?>()
    val context = currentCoroutineContext()[ReactorContext]?.context ?: Context.empty()
    stopWhen(stop.asMono())
        .run()
        .contextWrite(context)
        .subscribe(null, { ended.complete(it) }) { ended.complete(null) }
    val failure =
        try {
            ended.await()
        } catch (cancelled: CancellationException) {
            stop.tryEmitEmpty()
            withContext(NonCancellable) { ended.await() }?.let { drop(it, context) }
            throw cancelled
        }
    if (failure != null) {
        throw if (failure is CancellationException) CancelledDataException(failure) else failure
    }
}
