package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.agent.EpochWritten
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.core.suite.AgentDirectory
import io.pipeflux.core.suite.OpenResources
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.asCoroutineContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import reactor.core.publisher.Sinks
import reactor.util.context.Context
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.CopyOnWriteArrayList

class AgentsTest {
    @TempDir
    lateinit var directory: Path

    private val ml: Path by lazy { directory.resolve("ml") }
    private val pipes by lazy { AgentDirectory(ml) }

    private fun objects(vararg texts: String): Flux<ObjectBytes> =
        Flux.fromArray(texts).index { i, text ->
            ObjectBytes.of("object $i", i, text.length.toLong(), null) { Flux.just(ByteBuffer.wrap(text.toByteArray())) }
        }

    private fun agent(objects: Flux<ObjectBytes>) = PipeAgent.at(ml).channel("train", objects)

    @AfterEach
    fun nothingIsLeft() = OpenResources.awaitNoneLeft(directory)

    @Test
    fun `returns when all epochs are written`() =
        runBlocking<Unit> {
            val written = CopyOnWriteArrayList<EpochWritten>()
            val agent = launch { agent(objects("ab", "cd")).epochs(2).onEpoch { written += it }.awaitRun() }
            withContext(Dispatchers.IO) { pipes.awaitConfig() }
            val channel = PipeChannels.create(PipeOptions.mlRoot(ml)).channel("train")
            val bytes = channel.repeatEpochs(2).toFlow().toList()
            agent.join()
            assertThat(bytes.joinToString("") { Charsets.UTF_8.decode(it) }).isEqualTo("abcdabcd")
            assertThat(written.map { it.bytes() }).containsExactly(4, 4)
            assertThat(agent.isCancelled).isFalse()
        }

    @Test
    fun `a cancel is complete when its pipes are removed and the next agent can begin`() =
        runBlocking<Unit> {
            repeat(3) {
                val agent = launch(Dispatchers.Default) { agent(objects("ab")).awaitRun() }
                withContext(Dispatchers.IO) { pipes.awaitPipe("train_0") }
                agent.cancelAndJoin()
                assertThat(agent.isCancelled).isTrue()
                assertThat(pipes.pipes()).isEmpty()
            }
        }

    @Test
    fun `a failing sibling stops the agent`() {
        assertThrows<ArithmeticException> {
            runBlocking {
                coroutineScope {
                    launch(Dispatchers.Default) { agent(objects("ab")).awaitRun() }
                    withContext(Dispatchers.IO) { pipes.awaitPipe("train_0") }
                    throw ArithmeticException("loss is not a number")
                }
            }
        }
        assertThat(pipes.pipes()).isEmpty()
    }

    @Test
    fun `the agent's own signals stop it, too`() =
        runBlocking<Unit> {
            val stop = Sinks.empty<Void>()
            val agent = launch(Dispatchers.Default) { agent(objects("ab")).stopWhen(stop.asMono()).awaitRun() }
            withContext(Dispatchers.IO) { pipes.awaitPipe("train_0") }
            stop.tryEmitEmpty().orThrow()
            agent.join()
            assertThat(agent.isCancelled).isFalse()
            assertThat(pipes.pipes()).isEmpty()
        }

    @Test
    fun `throws the error of its channel with its type, and none is taken for a cancellation`() {
        val failures =
            mapOf(
                IllegalStateException("no bucket") to IllegalStateException::class,
                CancellationException("of the data") to CancelledDataException::class,
            )
        for ((failure, type) in failures) {
            runBlocking {
                val reader = launch(Dispatchers.IO) { runCatching { pipes.cat("train_0") } }
                val error = runCatching { agent(Flux.error(failure)).awaitRun() }.exceptionOrNull()
                assertThat(error).isInstanceOf(type.java).hasStackTraceContaining(failure.message)
                reader.join()
            }
        }
    }

    @Test
    fun `the channels see the Context of the coroutine`() =
        runBlocking<Unit> {
            val seen = CopyOnWriteArrayList<String>()
            val objects =
                Flux.deferContextual { context ->
                    seen += context.getOrDefault("key", "nothing") ?: "null"
                    objects("ab")
                }
            val reader = launch(Dispatchers.IO) { pipes.cat("train_0") }
            withContext(Context.of("key", "value").asCoroutineContext()) { agent(objects).epochs(1).awaitRun() }
            reader.join()
            assertThat(seen).containsExactly("value")
        }
}
