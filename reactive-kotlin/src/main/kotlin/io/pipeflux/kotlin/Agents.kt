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
 * If a channel fails, throws the channel's error with its type. If the coroutine is cancelled, the agent is stopped,
 * and this function returns only after the agent's readers have been released and its pipes have been removed. So a
 * `coroutineScope` with an agent in it leaves no pipe.
 */
public suspend fun PipeAgent.awaitRun() {
    val stop = Sinks.empty<Void>()
    val ended = CompletableDeferred<Throwable?>()
    stopWhen(stop.asMono())
        .run()
        .contextWrite(currentCoroutineContext()[ReactorContext]?.context ?: Context.empty())
        .subscribe(null, { ended.complete(it) }) { ended.complete(null) }
    val failure =
        try {
            ended.await()
        } catch (cancelled: CancellationException) {
            stop.tryEmitEmpty()
            withContext(NonCancellable) { ended.join() }
            throw cancelled
        }
    if (failure != null) {
        throw if (failure is CancellationException) CancelledDataException(failure) else failure
    }
}
