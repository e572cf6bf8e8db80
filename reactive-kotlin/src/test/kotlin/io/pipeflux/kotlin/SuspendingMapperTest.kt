package io.pipeflux.kotlin

import io.pipeflux.core.Pass
import io.pipeflux.core.Position
import io.pipeflux.core.RawRecord
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.SkipPolicy
import io.pipeflux.core.operator.BatchOptions
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.reactor.asCoroutineContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import reactor.core.publisher.Flux
import reactor.test.StepVerifier
import reactor.util.context.Context
import java.io.IOException
import java.nio.ByteBuffer
import java.util.concurrent.CancellationException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.atomic.AtomicInteger

/** mapAndBatch with a mapper that suspends. */
class SuspendingMapperTest {
    private val begun = AtomicInteger()
    private val cancelled = AtomicInteger()

    /** Counts those it begins and those that are cancelled, and never ends by itself. */
    private suspend fun wait(row: Int): Int {
        begun.incrementAndGet()
        try {
            awaitCancellation()
        } finally {
            cancelled.incrementAndGet()
            check(row >= 0)
        }
    }

    @ParameterizedTest
    @ValueSource(ints = [1, 2, 8, 100])
    fun `keeps the order, and maps no more rows at a time than its parallelism`(parallelism: Int) {
        val now = AtomicInteger()
        val most = AtomicInteger()
        val batches =
            Flux
                .range(0, 300)
                .mapAndBatch(7, parallelism, Dispatchers.Default) { row ->
                    most.accumulateAndGet(now.incrementAndGet(), Math::max)
                    if (row % 3 > 0) delay((row % 5).toLong()) else yield()
                    now.decrementAndGet()
                    row
                }
        val rows = runBlocking { batches.toFlow().toList() }
        assertThat(rows.map { it.size }).isEqualTo(List(42) { 7 } + 6)
        assertThat(rows.flatten()).isEqualTo((0 until 300).toList())
        assertThat(most.get()).isBetween(1, parallelism)
    }

    @Test
    fun `rows are mapped at the same time also on one thread and within one list`() {
        val all = CompletableDeferred<Unit>()
        Executors.newSingleThreadExecutor().asCoroutineDispatcher().use { one ->
            val batches =
                Flux.range(0, 50).mapAndBatch(50, 50, one) { row ->
                    if (begun.incrementAndGet() == 50) all.complete(Unit)
                    all.await()
                    row
                }
            assertThat(runBlocking { batches.toFlow().first() }).hasSize(50)
        }
    }

    @Test
    fun `a cancel of the Flux cancels the mappers in progress and discards their rows`() {
        val discarded = ConcurrentLinkedQueue<Any>()
        val batches =
            Flux
                .range(0, 100)
                .mapAndBatch(2, 5, Dispatchers.Default) { row -> if (row < 2) -row else wait(row) }
                .doOnDiscard(Any::class.java) { discarded += it }
        StepVerifier
            .create(batches)
            .expectNext(listOf(0, -1))
            .then { await().until { begun.get() == 5 } }
            .thenCancel()
            .verify()
        await().until { cancelled.get() == 5 && discarded.size == 5 }
        assertThat(discarded).containsExactlyInAnyOrder(2, 3, 4, 5, 6)
    }

    @Test
    fun `a cancel of the coroutine that collects cancels the mappers`() =
        runBlocking {
            val job =
                launch(Dispatchers.Default) {
                    Flux
                        .range(0, 100)
                        .mapAndBatch(10, 5, Dispatchers.Default, ::wait)
                        .toFlow()
                        .collect()
                }
            await().until { begun.get() == 5 }
            job.cancelAndJoin()
            await().until { cancelled.get() == 5 }
        }

    @Test
    fun `an exception of a mapper takes the place of its list, keeps its type, and cancels the others`() {
        val seen = CopyOnWriteArrayList<List<Int>>()
        val batches =
            Flux.range(0, 100).mapAndBatch(2, 4, Dispatchers.Default) { row ->
                when {
                    row < 5 -> row.also { delay(5) }
                    row == 5 -> throw IOException("row 5")
                    else -> wait(row)
                }
            }
        val error = assertThrows<IOException> { runBlocking { batches.toFlow().collect { seen += it } } }
        assertThat(error).hasMessage("row 5")
        assertThat(seen).containsExactly(listOf(0, 1), listOf(2, 3))
        await().until { cancelled.get() == begun.get() }
    }

    @Test
    fun `a fatal error of a mapper ends the Flux, whatever its thread`() {
        val batches = Flux.range(0, 9).mapAndBatch(2, 2, Dispatchers.Default) { if (it < 4) it else throw LinkageError("fatal") }
        StepVerifier
            .create(batches)
            .expectNext(listOf(0, 1), listOf(2, 3))
            .verifyError(LinkageError::class.java)
    }

    @Test
    fun `a CancellationException of a mapper ends the Flux, and is an error of the collecting coroutine`() {
        val failures =
            listOf<suspend (Int) -> Int>(
                { throw CancellationException("of the mapper") },
                { withTimeout(1) { awaitCancellation() } },
                {
                    currentCoroutineContext()[Job]?.cancel()
                    yield()
                    it
                },
            )
        for (failure in failures) {
            val batches = Flux.range(0, 9).mapAndBatch(2, 2, Dispatchers.Default) { if (it < 4) it else failure(it) }
            StepVerifier
                .create(batches)
                .expectNext(listOf(0, 1), listOf(2, 3))
                .verifyError(CancellationException::class.java)
            val error = assertThrows<CancelledDataException> { runBlocking { launch { batches.toFlow().collect() } } }
            assertThat(error).hasCauseInstanceOf(CancellationException::class.java)
        }
    }

    @Test
    fun `the cause of a CancelledDataException names its record`() {
        val batches =
            Flux.just(RawRecord.of(ByteBuffer.allocate(3))).mapAndBatch(1, 1, Dispatchers.Default) {
                if (it.size() > 0) throw CancellationException("of the mapper") else it
            }
        val error = assertThrows<CancelledDataException> { runBlocking { batches.toFlow().collect() } }
        val suppressed = generateSequence<Throwable>(error) { it.cause }.flatMap { it.suppressed.asSequence() }.map { it.message }.toList()
        assertThat(suppressed).anySatisfy { assertThat(it).contains("record 0").contains("[PF-RECORD-08]") }
    }

    @Test
    fun `rows are skipped within the policy, also those that a timeout ends`() {
        val letters = CopyOnWriteArrayList<Throwable>()
        val options = BatchOptions.of(3, 4).onBadRow(SkipPolicy.skip(1, 3).deadLetters { letters += it.cause() })
        val batches =
            Flux.range(0, 8).mapAndBatch(options, Dispatchers.Default) { row ->
                if (row % 4 == 1) withTimeout(1) { awaitCancellation() } else row
            }
        assertThat(runBlocking { batches.toFlow().toList() }).containsExactly(listOf(0, 2, 3), listOf(4, 6, 7))
        assertThat(letters).hasSize(2).allSatisfy { assertThat(it).isInstanceOf(TimeoutCancellationException::class.java) }
    }

    @Test
    fun `a dispatcher that is closed ends the Flux, whatever the policy, and the error names it`() {
        val skipped = CopyOnWriteArrayList<Any>()
        val options = BatchOptions.of(2, 1).onBadRow(SkipPolicy.skip(3, 100).deadLetters { skipped += it })
        val one = Executors.newSingleThreadExecutor().asCoroutineDispatcher()
        val batches =
            Flux.range(0, 10).mapAndBatch(options, one) { row ->
                if (row == 3) one.close()
                row
            }
        val error = assertThrows<CancelledDataException> { runBlocking { batches.toFlow().collect() } }
        assertThat(error).hasRootCauseInstanceOf(RejectedExecutionException::class.java).hasMessageContaining("dispatcher")
        assertThat(skipped).isEmpty()
    }

    @Test
    fun `runs in its context, and sees the Context of the coroutine that collects`() =
        runBlocking<Unit> {
            val seen =
                Flux.range(0, 3).mapAndBatch(3, 2, Dispatchers.IO + CoroutineName("mapper")) {
                    val context = currentCoroutineContext()
                    val key = context[ReactorContext]?.context?.get<String>("key")
                    "${context[CoroutineName]?.name} $key ${Thread.currentThread().name.substringBefore('-')}"
                }
            val batches = withContext(Context.of("key", "value").asCoroutineContext()) { seen.toFlow().toList() }
            assertThat(batches).containsExactly(List(3) { "mapper value DefaultDispatcher" })
        }

    @Test
    fun `a resume point reaches the source from the coroutine's Context, as with the other mappers`() =
        runBlocking<Unit> {
            val point = ResumePoint(Position(3, Position.NO_OBJECT, 17, 1), 0)
            val epochs =
                Flux
                    .deferContextual { Flux.just(Pass.current(it).epoch()) }
                    .repeatEpochs(5)
                    .mapAndBatch(1, 2, Dispatchers.Default) { it }
            val context = Pass.resumeAt(point).apply(Context.empty()).asCoroutineContext()
            assertThat(withContext(context) { epochs.toFlow().toList() }.flatten()).containsExactly(3L, 4L)
        }

    @Test
    fun `refuses a context with a Job, and parallelism 0`() =
        runBlocking<Unit> {
            val context = currentCoroutineContext()
            assertThatThrownBy { Flux.range(0, 9).mapAndBatch(2, 2, context) { it } }
                .isInstanceOf(IllegalArgumentException::class.java)
                .hasMessageContaining("expected a context without a Job, but got")
                .hasMessageContaining("minusKey(Job)")
            assertThatThrownBy { Flux.range(0, 9).mapAndBatch(2, 0, Dispatchers.Default) { it } }
                .isInstanceOf(IllegalArgumentException::class.java)
                .hasMessageContaining("parallelism >= 1")
            val rows = Flux.range(0, 4).mapAndBatch(2, 2, context.minusKey(Job)) { it }
            assertThat(rows.toFlow().toList()).containsExactly(listOf(0, 1), listOf(2, 3))
        }
}
