package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.pipe.ChannelWriter
import io.pipeflux.core.pipe.NamedPipes
import io.pipeflux.core.pipe.PipeWrite
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.isActive
import kotlinx.coroutines.withContext
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.file.Path

/**
 * Writes the bytes into an existing pipe. Returns the number of bytes that were written.
 *
 * Waits for a reader, then collects the flow in the context of the caller. The flow suspends in `emit` while the pipe
 * is full. Two chunks are requested ahead, so an emitted buffer must not be changed. If the reader closes the pipe
 * early, the flow is cancelled, and [PipeWrite.complete] of the result is false. If the flow fails, its exception or
 * `Error` is thrown, and the pipe is closed. If the coroutine is cancelled, even while it waits for a reader, the flow
 * is cancelled and the pipe is closed. If the flow throws after it was cancelled, for example in a `finally`, Reactor's
 * hook `onErrorDropped` gets the Throwable and logs it by default. The flow has ended when this function returns or
 * throws.
 *
 * @param fifo the existing pipe. `NamedPipes.create` can create it
 */
public suspend fun Flow<ByteBuffer>.toPipe(fifo: Path): PipeWrite = awaitWritten { NamedPipes.write(fifo, it) }

/**
 * Writes the bytes as one epoch of a channel: creates the channel's pipe, waits for a reader, writes the bytes, reports
 * the end, and removes the pipe. In all other respects, this function behaves like [toPipe] with an existing pipe.
 *
 * If the flow fails, its error is also reported to the reader. If the coroutine is cancelled, the reader fails, too,
 * with an error that says that the writer was stopped. When this function has returned or thrown, even after a cancel,
 * the pipe has been removed, and the same epoch can be written again.
 *
 * @param writer the writer of the directory with the pipes
 * @param channel 1 to 64 of the characters `A-Z a-z 0-9 . _ -`
 * @param epoch the index of the pipe, counted from 0
 */
public suspend fun Flow<ByteBuffer>.toPipe(
    writer: ChannelWriter,
    channel: String,
    epoch: Long,
): PipeWrite =
    try {
        awaitWritten { bytes ->
            val epochBytes = ObjectBytes.of(channel, 0, ObjectBytes.UNKNOWN_SIZE, null) { bytes }
            writer.write(channel, epoch, Flux.just(epochBytes), ObjectBytes::bytes)
        }
    } finally {
        // A cancelled write returns before its pipe is removed, so the removal is awaited here.
        if (!currentCoroutineContext().isActive) {
            withContext(NonCancellable) { writer.idle(channel, epoch).awaitEnd() }
        }
    }
