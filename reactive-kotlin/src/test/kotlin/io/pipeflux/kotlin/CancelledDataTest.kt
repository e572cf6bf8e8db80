package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.records.text.TextLines
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.assertThrows
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CopyOnWriteArrayList

/** A CancellationException of the data is an error of the data; one of the coroutine is a cancellation. */
class CancelledDataTest {
    private val failure = CancellationException("of the data")
    private val cancelled: Flux<Int> = Flux.range(1, 3).concatWith(Flux.error(failure))

    private fun future(): CompletableFuture<Int> = CompletableFuture<Int>().apply { cancel(true) }

    private val brokenBytes: Flux<ByteBuffer> = Flux.just(ByteBuffer.wrap("a\nb\n".toByteArray())).concatWith(Flux.error(failure))

    /** Every extension, over data that fail, or with a mapper that does. */
    private val pipelines: Map<String, Flux<out Any>> =
        mapOf(
            "a source" to cancelled,
            "decode" to brokenBytes.decode(TextLines.format()),
            "decodeObjects" to
                Flux.just(ObjectBytes.of("object", 0, 4, null) { brokenBytes }).decodeObjects(TextLines.format()),
            "repeatEpochs" to cancelled.repeatEpochs(2),
            "repeatUntilEmpty" to cancelled.repeatUntilEmpty(),
            "prefetch" to cancelled.prefetch(2),
            "prefetchBytes" to cancelled.prefetchBytes(100),
            "shuffle" to cancelled.shuffle(2, 1),
            "interleave" to Flux.just(cancelled).interleave(1, 1),
            "shard" to cancelled.shard(2, 1),
            "mapAndBatch, of the source" to cancelled.mapAndBatch(2, 2) { row: Int -> row },
            "mapAndBatch, of the mapper" to Flux.range(1, 3).mapAndBatch(2, 2) { _: Int -> future().join() },
            "mapAndBatch, of the mapper, on the caller's thread" to
                Flux.range(1, 3).mapAndBatch(2, 0) { _: Int -> future().get() },
            "a timeout in a mapper" to
                Flux.range(1, 3).mapAndBatch(2, 0) { _: Int ->
                    runBlocking { withTimeout(1) { awaitCancellation() } }
                },
            "map" to Flux.range(1, 3).map { future().join() },
        )

    private val ways: Map<String, (Flux<out Any>) -> Flow<Any>> =
        mapOf(
            "toFlow(1)" to { data -> data.toFlow() },
            "toFlow(8)" to { data -> data.toFlow(8) },
            "toFlow without bound" to { data -> data.toFlow(Int.MAX_VALUE) },
            "flowOn" to { data -> data.toFlow().flowOn(Dispatchers.Default) },
            "buffer" to { data -> data.toFlow().buffer(3) },
            "conflate" to { data -> data.toFlow().conflate() },
        )

    @TestFactory
    fun `is an error of the coroutine that collects`(): List<DynamicTest> =
        pipelines.flatMap { (pipeline, data) ->
            ways.map { (way, toFlow) -> dynamicTest("$pipeline, $way") { failsIn(toFlow(data)) } }
        }

    private fun failsIn(flow: Flow<Any>) {
        val inPlace = assertThrows<CancelledDataException> { runBlocking { flow.collect() } }
        assertThat(inPlace).hasRootCauseInstanceOf(CancellationException::class.java)
        assertThrows<CancelledDataException> { runBlocking { launch { flow.collect() } } }
        assertThrows<CancelledDataException> { runBlocking { async(Dispatchers.Default) { flow.collect() }.await() } }
    }

    @Test
    fun `keeps the exception as its cause, and comes after the elements before it`() {
        val collected = CopyOnWriteArrayList<Int>()
        val error = assertThrows<CancelledDataException> { runBlocking { cancelled.toFlow().collect { collected += it } } }
        assertThat(collected).containsExactly(1, 2, 3)
        assertThat(error).hasRootCause(failure).hasMessageContaining("of the data")
    }

    @Test
    fun `a timeout of the data is one, too`() {
        val data = Flux.error<Int>(assertThrows<TimeoutCancellationException> { runBlocking { withTimeout(1) { awaitCancellation() } } })
        assertThrows<CancelledDataException> { runBlocking { withTimeout(50_000) { data.toFlow().collect() } } }
    }

    @Test
    fun `under a supervisor the handler gets it and the others go on`() {
        val handled = CopyOnWriteArrayList<Throwable>()
        val sum =
            runBlocking {
                supervisorScope {
                    launch(CoroutineExceptionHandler { _, e -> handled += e }) { cancelled.toFlow().collect() }.join()
                    async {
                        Flux.range(1, 3).toFlow().map { it * 2 }.let { flow ->
                            var sum = 0
                            flow.collect { sum += it }
                            sum
                        }
                    }.await()
                }
            }
        assertThat(sum).isEqualTo(12)
        assertThat(handled).singleElement().isInstanceOf(CancelledDataException::class.java)
    }

    @Test
    fun `other errors keep their type`() {
        assertThrows<ArithmeticException> { runBlocking { Flux.error<Int>(ArithmeticException()).toFlow().collect() } }
    }

    @Test
    fun `a coroutine that is cancelled is cancelled, and cancels the data`() {
        for (way in ways.values) {
            val signals = CopyOnWriteArrayList<String>()
            runBlocking {
                val begun = Channel<Unit>(Channel.CONFLATED)
                val data = Flux.just(1).concatWith(Flux.never()).doOnCancel { signals += "cancel" }
                val job = launch { way(data).onEach { begun.send(Unit) }.collect() }
                begun.receive()
                job.cancelAndJoin()
                assertThat(job.isCancelled).isTrue()
            }
            assertThat(signals).containsExactly("cancel")
        }
    }

    @Test
    fun `a source that answers its cancellation with an error does not change that`() {
        val data = Flux.create<Int> { sink -> sink.next(1).onCancel { sink.error(CancellationException("late")) } }
        runBlocking {
            assertThat(withTimeoutOrNull(200) { data.toFlow().collect() }).isNull()
            assertThat(data.toFlow().first()).isEqualTo(1)
        }
    }

    @Test
    fun `what the collector throws stays what it is`() {
        val own = CancellationException("of the collector")
        val thrown = assertThrows<CancellationException> { runBlocking { Flux.just(1).toFlow().collect { throw own } } }
        assertThat(thrown).hasMessage("of the collector")
    }
}
