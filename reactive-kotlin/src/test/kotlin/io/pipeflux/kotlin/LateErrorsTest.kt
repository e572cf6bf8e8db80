package io.pipeflux.kotlin

import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.suite.AgentDirectory
import io.pipeflux.core.suite.OpenResources
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.asCoroutineContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import org.reactivestreams.Publisher
import org.reactivestreams.Subscription
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.util.context.Context
import java.io.IOException
import java.nio.file.Path
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import java.util.function.Consumer

/** An error after the end or the cancel of what a coroutine awaits goes to onErrorDropped, once. */
class LateErrorsTest {
    private val dropped = CopyOnWriteArrayList<Throwable>()
    private val hook = Context.of("reactor.onErrorDropped.local", Consumer<Throwable> { dropped += it }).asCoroutineContext()

    /** Returns a source that emits [elements] elements if they are requested, and answers a cancel with an error. */
    private fun source(elements: Int): Publisher<Int> =
        Publisher { subscriber ->
            subscriber.onSubscribe(
                object : Subscription {
                    var next = 0

                    override fun request(n: Long) {
                        if (next < elements) subscriber.onNext(next++)
                    }

                    override fun cancel() = subscriber.onError(IOException("late"))
                },
            )
        }

    private val begun = AtomicInteger()

    private suspend fun failsOnCancel(row: Int): Int {
        begun.incrementAndGet()
        try {
            awaitCancellation()
        } catch (cancelled: CancellationException) {
            throw IOException("cleanup of $row", cancelled)
        }
    }

    private suspend fun failsFirst(row: Int): Int {
        if (row > 0) return failsOnCancel(row)
        begun.incrementAndGet()
        while (begun.get() < 5) yield()
        throw IllegalStateException("the first")
    }

    private fun assertDropped(rows: IntRange) {
        await().until { dropped.size >= rows.count() }
        assertThat(dropped.map { it.message }).containsExactlyInAnyOrderElementsOf(rows.map { "cleanup of $it" })
    }

    private fun assertOneDropped(type: Class<out Throwable>) {
        await().until { dropped.isNotEmpty() }
        assertThat(dropped).singleElement().isInstanceOf(type)
    }

    @Test
    fun `of mappers that are cancelled`() =
        runBlocking<Unit> {
            val batches = Flux.range(0, 100).mapAndBatch(10, 5, Dispatchers.Default) { failsOnCancel(it) }
            val job = launch(Dispatchers.Default + hook) { batches.toFlow().collect() }
            await().until { begun.get() == 5 }
            assertThat(dropped).isEmpty()
            job.cancelAndJoin()
            assertDropped(0..4)
        }

    @Test
    fun `of mappers that the error of another row cancels, but not that error`() {
        val batches = Flux.range(0, 5).mapAndBatch(5, 5, Dispatchers.Default) { failsFirst(it) }
        assertThrows<IllegalStateException> { runBlocking(hook) { batches.toFlow().collect() } }
        assertDropped(1..4)
    }

    @Test
    fun `not an error that is signalled, and not a cancellation`() =
        runBlocking<Unit> {
            val failing = Flux.range(0, 4).mapAndBatch(2, 1, Dispatchers.Default) { if (it < 2) it else throw IOException("row $it") }
            assertThrows<IOException> { runBlocking(hook) { failing.toFlow().collect() } }
            val waiting = Flux.range(0, 4).mapAndBatch(1, 2, Dispatchers.Default) { if (it < 1) it else awaitCancellation() }
            assertThat(withContext(hook) { waiting.toFlow().first() }).containsExactly(0)
            assertThat(dropped).isEmpty()
        }

    @Test
    fun `of a Flux, after a cancel and after enough elements`() =
        runBlocking<Unit> {
            val begun = CompletableDeferred<Unit>()
            val job = launch(Dispatchers.Default + hook) { Flux.from(source(1)).toFlow().collect { begun.complete(Unit) } }
            begun.await()
            job.cancelAndJoin()
            assertOneDropped(IOException::class.java)
            dropped.clear()
            assertThat(withContext(hook) { Flux.from(source(9)).toFlow().first() }).isZero()
            assertOneDropped(IOException::class.java)
        }

    @Test
    fun `of a Mono`() =
        runBlocking<Unit> {
            for (awaiting in listOf<suspend (Mono<Int>) -> Any?>({ it.awaitData() }, { it.awaitDataOrNull() }, { it.then().awaitEnd() })) {
                dropped.clear()
                val mono = Mono.fromDirect(source(0))
                val job = launch(hook, CoroutineStart.UNDISPATCHED) { awaiting(mono) }
                job.cancelAndJoin()
                assertOneDropped(IOException::class.java)
            }
        }

    @Test
    fun `of an agent that fails just before its coroutine is cancelled`(
        @TempDir directory: Path,
    ) = runBlocking<Unit> {
        val ml = directory.resolve("ml")
        val agent = PipeAgent.at(ml).channel("train", Flux.error(IllegalStateException("no bucket")))
        val running = launch(hook, CoroutineStart.UNDISPATCHED) { agent.awaitRun() }
        // this thread is also that of the coroutine, which therefore does not see the failure before the cancel
        runCatching { AgentDirectory(ml).cat("train_0") }
        OpenResources.awaitNoneLeft(directory)
        running.cancelAndJoin()
        assertThat(running.isCancelled).isTrue()
        assertOneDropped(IllegalStateException::class.java)
    }
}
