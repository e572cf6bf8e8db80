package io.pipeflux.kotlin

import io.pipeflux.core.PipeException
import io.pipeflux.core.pipe.ChannelWriter
import io.pipeflux.core.pipe.NamedPipes
import io.pipeflux.core.pipe.PipeWrite
import io.pipeflux.core.suite.OpenResources
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.asCoroutineContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import reactor.util.context.Context
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import java.util.function.Consumer

/** A Flow as the source of a pipe, beside readers that are fast, slow, gone, or not there. */
class FlowToPipeTest : Pipes() {
    private val emitted = AtomicInteger()
    private val ended = AtomicBoolean()

    /** Chunks without end; knows how many were taken, and that it has ended. */
    private val endless: Flow<ByteBuffer> =
        flow {
            try {
                while (true) {
                    emit(ByteBuffer.allocate(64 shl 10))
                    emitted.incrementAndGet()
                }
            } finally {
                withContext(NonCancellable) { delay(20) } // whoever does not wait does not see the end
                ended.set(true)
            }
        }

    private fun fifo(): Path = directory.resolve("fifo").also(NamedPipes::create)

    private fun bytes(text: String) = ByteBuffer.wrap(text.toByteArray())

    @Test
    fun `all bytes arrive, in order`() =
        runBlocking<Unit> {
            val fifo = fifo()
            val numbers = (0 until 10_000).map { "$it\n" }
            val write = async { numbers.map(::bytes).asFlow().toPipe(fifo) }
            val read = withContext(Dispatchers.IO) { Files.readString(fifo) }
            assertThat(read).isEqualTo(numbers.joinToString(""))
            assertThat(write.await().bytes()).isEqualTo(read.length.toLong())
            assertThat(write.await().complete()).isTrue()
        }

    @Test
    fun `runs in the context of the caller, and no further than the reader and the pipe's memory`() =
        runBlocking<Unit> {
            val fifo = fifo()
            val names = CompletableDeferred<Pair<String?, Thread>>()
            val named =
                flow {
                    names.complete(currentCoroutineContext()[CoroutineName]?.name to Thread.currentThread())
                    endless.collect { emit(it) }
                }
            val write = launch(CoroutineName("writer")) { named.toPipe(fifo) }
            val reader = withContext(Dispatchers.IO) { Files.newInputStream(fifo) }
            reader.use {
                assertThat(names.await()).isEqualTo("writer" to Thread.currentThread())
                var before = -1
                while (before != emitted.get()) { // until it emits no more
                    before = emitted.get()
                    delay(100)
                }
                assertThat(emitted.get()).isBetween(1, 40) // 1 MiB of pipe, a few chunks
                withContext(Dispatchers.IO) { it.readNBytes(4 shl 20) }
                assertThat(emitted.get()).isGreaterThan(before)
                write.cancelAndJoin()
            }
            assertThat(ended).isTrue()
        }

    @Test
    fun `a cancel ends the flow and closes the pipe`() =
        runBlocking<Unit> {
            val fifo = fifo()
            val write = launch(Dispatchers.Default) { endless.toPipe(fifo) }
            withContext(Dispatchers.IO) {
                Files.newInputStream(fifo).use { reader ->
                    reader.readNBytes(1000)
                    write.cancelAndJoin()
                    assertThat(ended).isTrue()
                    reader.readAllBytes() // ends
                }
            }
            OpenResources.awaitNoneLeft(directory)
        }

    @Test
    fun `a cancel while no reader has come ends the waiting`() =
        runBlocking<Unit> {
            val fifo = fifo()
            val write = launch(Dispatchers.Default) { endless.toPipe(fifo) }
            await().until { OpenResources.pipeThreads().isNotEmpty() }
            write.cancelAndJoin()
            OpenResources.awaitNoneLeft(directory)
            assertThat(emitted).hasValue(0)
        }

    @Test
    fun `a reader that leaves cancels the flow, and the result says so`() =
        runBlocking<Unit> {
            val fifo = fifo()
            val write = async(Dispatchers.Default) { endless.toPipe(fifo) }
            withContext(Dispatchers.IO) { Files.newInputStream(fifo).use { it.readNBytes(1000) } }
            assertThat(write.await().complete()).isFalse()
            assertThat(ended).isTrue()
        }

    @Test
    fun `a failure of the flow is thrown, and reaches the reader of a channel`() {
        val failing =
            flow<ByteBuffer> { emit(bytes("a")) }.let { first ->
                flow {
                    first.collect { emit(it) }
                    throw IOException("the disk is gone")
                }
            }
        val writer = ChannelWriter.into(directory)
        runBlocking {
            val read = async(Dispatchers.Default) { runCatching { channel("train").toFlow().collect() } }
            assertThrows<IOException> { runBlocking { failing.toPipe(writer, "train", 0) } }
            assertThat(read.await().exceptionOrNull())
                .isInstanceOf(PipeException::class.java)
                .hasMessageContaining("the disk is gone")
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = [false, true])
    fun `an Error of the flow is thrown as it is, and the reader of a channel learns the reason`(outOfMemory: Boolean) {
        val thrown = if (outOfMemory) OutOfMemoryError("Java heap space") else AssertionError("no such label")
        val failing =
            flow {
                emit(bytes("a"))
                throw thrown
            }
        val writer = ChannelWriter.into(directory)
        runBlocking {
            val read = async(Dispatchers.Default) { runCatching { channel("train").toFlow().collect() } }
            val error = runCatching { failing.toPipe(writer, "train", 0) }.exceptionOrNull()
            assertThat(error).hasSameClassAs(thrown).hasMessage(thrown.message)
            assertThat(read.await().exceptionOrNull())
                .isInstanceOf(PipeException::class.java)
                .hasMessageContaining(thrown.toString())
        }
    }

    @Test
    fun `after a cancel the pipe is removed, whatever other pipes are written, and can be written again`() =
        runBlocking<Unit> {
            val writer = ChannelWriter.into(directory)
            val other = launch(Dispatchers.Default) { endless.toPipe(writer, "other", 0) }
            await().until { Files.exists(directory.resolve("other_0")) }
            repeat(5) {
                val write = launch(Dispatchers.Default) { endless.toPipe(writer, "train", 0) }
                await().until { Files.exists(directory.resolve("train_0")) }
                write.cancelAndJoin()
                val left = Files.list(directory).use { files -> files.map { "${it.fileName}" }.filter { "train_0" in it }.toList() }
                assertThat(left).isEqualTo(listOf(".train_0.end"))
            }
            assertThat(other.isActive).isTrue()
            other.cancelAndJoin()
        }

    @Test
    fun `what a flow throws after its reader has left is dropped to the hook`() =
        runBlocking<Unit> {
            val late = IOException("the file could not be closed")
            val failing =
                flow {
                    try {
                        endless.collect { emit(it) }
                    } finally {
                        throw late
                    }
                }
            val writer = ChannelWriter.into(directory)
            val writes: List<Pair<Path, suspend () -> PipeWrite>> =
                listOf(
                    fifo().let { it to { failing.toPipe(it) } },
                    directory.resolve("train_0") to { failing.toPipe(writer, "train", 0) },
                )
            for ((pipe, write) in writes) {
                val dropped = CompletableDeferred<Throwable>()
                val hook = Context.of("reactor.onErrorDropped.local", Consumer<Throwable> { dropped.complete(it) })
                val writing = async(Dispatchers.Default + hook.asCoroutineContext()) { write() }
                await().until { Files.exists(pipe) }
                withContext(Dispatchers.IO) { Files.newInputStream(pipe).use { it.readNBytes(1000) } }
                assertThat(writing.await().complete()).isFalse()
                assertThat(dropped.await()).isInstanceOf(IOException::class.java).hasMessage(late.message)
            }
        }

    @Test
    fun `a CancellationException of the flow is an error`() {
        val fifo = fifo()
        runBlocking {
            launch(Dispatchers.IO) { Files.readString(fifo) }
            val cancelled = flow<ByteBuffer> { throw CancellationException("of the data") }
            assertThrows<CancelledDataException> { runBlocking { launch { cancelled.toPipe(fifo) } } }
        }
    }

    @Test
    fun `writes epochs of a channel that a pipeline reads`() =
        runBlocking<Unit> {
            val writer = ChannelWriter.into(directory)
            val agent =
                launch(Dispatchers.Default) {
                    for (epoch in 0L..1L) listOf("a\n", "b\n", "c\n").map { bytes("$epoch$it") }.asFlow().toPipe(writer, "train", epoch)
                    awaitCancellation()
                }
            val chunks = channel("train").repeatEpochs(2).toFlow().toList()
            assertThat(chunks.joinToString("") { Charsets.UTF_8.decode(it) }).isEqualTo("0a\n0b\n0c\n1a\n1b\n1c\n")
            agent.cancelAndJoin()
        }

    @Test
    fun `a flow that has enough ends the pipe`() =
        runBlocking<Unit> {
            val fifo = fifo()
            val write = async { endless.take(3).toPipe(fifo) }
            val read = withContext(Dispatchers.IO) { Files.newInputStream(fifo).use { it.readAllBytes().size } }
            assertThat(read).isEqualTo(3 * (64 shl 10))
            assertThat(write.await().complete()).isTrue()
        }
}
