package io.pipeflux.kotlin

import io.pipeflux.core.SkipPolicy
import io.pipeflux.core.operator.BatchOptions
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.Runnable
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.coroutines.yield
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import reactor.core.publisher.Flux
import java.io.IOException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.CoroutineContext
import kotlin.random.Random

/** A collection returns only after every mapper has ended, however it ends, as a `coroutineScope` does. */
class MapperEndTest {
    private val begun = AtomicInteger()
    private val ended = AtomicInteger()
    private val returned = AtomicBoolean()
    private val late = CopyOnWriteArrayList<String>()

    /** Runs a mapper that must not run when the collection has returned. */
    private suspend fun <T> counted(mapper: suspend (Int) -> T): T {
        if (returned.get()) late += "began"
        val number = begun.incrementAndGet()
        try {
            return mapper(number)
        } finally {
            if (returned.get()) late += "ended"
            ended.incrementAndGet()
        }
    }

    /** Runs the collection, and checks that no mapper is running when it returns or throws. */
    private suspend fun <T> checked(collection: suspend () -> T): T =
        try {
            collection()
        } finally {
            assertThat(ended.get()).isEqualTo(begun.get())
            returned.set(true)
        }

    /** Suspends many times, whether it is cancelled or not. */
    private suspend fun slow(): Unit = withContext(NonCancellable) { repeat(500) { yield() } }

    /** Waits until it is cancelled, and is slow after that. */
    private suspend fun stubborn(): Int =
        try {
            awaitCancellation()
        } finally {
            slow()
        }

    @Test
    fun `after a cancel it waits for mappers that do not end at once`() =
        runBlocking {
            val all = CompletableDeferred<Unit>()
            val job =
                launch(Dispatchers.Default) {
                    checked {
                        Flux
                            .range(0, 100)
                            .mapAndBatch(10, 5, Dispatchers.Default) {
                                counted {
                                    if (it == 5) all.complete(Unit)
                                    stubborn()
                                }
                            }.toFlow()
                            .collect()
                    }
                }
            all.await()
            job.cancelAndJoin()
            assertThat(job.isCancelled).isTrue()
            assertThat(begun.get()).isEqualTo(5)
            assertThat(ended.get()).isEqualTo(5)
            assertThat(late).isEmpty()
        }

    @Test
    fun `after a cancel it waits for mappers that block`() =
        runBlocking {
            val begin = CompletableDeferred<Unit>()
            val end = CountDownLatch(1)
            val job =
                launch(Dispatchers.Default) {
                    checked {
                        Flux
                            .range(0, 100)
                            .mapAndBatch(1, 1, Dispatchers.IO) {
                                counted {
                                    begin.complete(Unit)
                                    end.await()
                                }
                            }.toFlow()
                            .collect()
                    }
                }
            begin.await()
            job.cancel()
            end.countDown()
            job.join()
            // further ones may begin before the cancel arrives
            assertThat(ended.get()).isEqualTo(begun.get()).isPositive()
            assertThat(late).isEmpty()
        }

    @Test
    fun `after an error of a mapper it waits for the others`() {
        val all = CompletableDeferred<Unit>()
        val batches =
            Flux.range(0, 100).mapAndBatch(2, 4, Dispatchers.Default) { row ->
                counted {
                    if (it == 4) all.complete(Unit)
                    all.await()
                    if (row == 0) throw IOException("row 0") else stubborn()
                }
            }
        val error = assertThrows<IOException> { runBlocking { checked { batches.toFlow().collect() } } }
        assertThat(error).hasMessage("row 0")
        assertThat(ended.get()).isEqualTo(4)
        assertThat(late).isEmpty()
    }

    @Test
    fun `after a take, an error of the collector or the end it waits, too`() {
        val batches =
            Flux.range(0, 100).mapAndBatch(1, 8, Dispatchers.Default) { row ->
                counted { if (row < 3) row else stubborn() }
            }
        val flow = batches.toFlow()
        assertThat(runBlocking { checked { flow.take(3).toList() } }).containsExactly(listOf(0), listOf(1), listOf(2))
        returned.set(false)
        assertThat(runBlocking { checked { flow.first() } }).containsExactly(0)
        returned.set(false)
        assertThrows<IOException> { runBlocking { checked { flow.collect { throw IOException("collector") } } } }
        returned.set(false)
        assertThat(runBlocking { checked { batches.take(2).toFlow().toList() } }).containsExactly(listOf(0), listOf(1))
        returned.set(false)
        assertThat(
            runBlocking {
                checked {
                    batches
                        .prefetch(4)
                        .toFlow(2)
                        .take(1)
                        .toList()
                }
            },
        ).containsExactly(listOf(0))
        assertThat(late).isEmpty()
    }

    @Test
    fun `buffer, flowOn and produceIn after it wait, too`() {
        val flow =
            Flux
                .range(0, 100)
                .mapAndBatch(1, 8, Dispatchers.Default) { row -> counted { if (row < 3) row else stubborn() } }
                .toFlow()
        for (other in listOf(flow.buffer(5), flow.flowOn(Dispatchers.IO), flow.buffer(5).flowOn(Dispatchers.IO))) {
            assertThat(runBlocking { checked { other.first() } }).containsExactly(0)
            returned.set(false)
        }
        runBlocking {
            checked {
                coroutineScope {
                    val channel = flow.produceIn(this)
                    assertThat(channel.receive()).containsExactly(0)
                    channel.cancel()
                }
            }
        }
        assertThat(late).isEmpty()
    }

    @Test
    fun `a channel of it has no element more than the flow requests`() =
        runBlocking {
            val emitted = AtomicInteger()
            val third = Channel<Int>(Channel.UNLIMITED)
            val source = Flux.range(0, 100).doOnNext { if (emitted.incrementAndGet() == 3) third.trySend(it) }
            val channel = source.toFlow(1).produceIn(this)
            assertThat(channel.receive()).isZero()
            repeat(100) { yield() }
            // one was received, one waits for its receiver, and one is requested when that one has been handed over
            assertThat(emitted.get()).isLessThanOrEqualTo(2)
            channel.cancel()
        }

    @Test
    fun `a coroutine that a mapper has launched belongs to it`() {
        val batches =
            Flux.range(0, 9).mapAndBatch(1, 4, Dispatchers.Default) { row ->
                CoroutineScope(currentCoroutineContext()).launch { counted { stubborn() } }
                row
            }
        assertThat(runBlocking { withTimeoutOrNull(1) { checked { batches.toFlow().collect() } } }).isNull()
        assertThat(late).isEmpty()
    }

    @Test
    fun `two suspending stages are both waited for`() {
        val batches =
            Flux
                .range(0, 100)
                .mapAndBatch(1, 4, Dispatchers.Default) { row -> counted { if (row < 3) row else stubborn() } }
                .mapAndBatch(1, 4, Dispatchers.IO) { row -> counted { if (row[0] < 1) row[0] else stubborn() } }
        assertThat(runBlocking { checked { batches.toFlow().first() } }).containsExactly(0)
        assertThat(late).isEmpty()
    }

    @Test
    fun `a mapper that was not dispatched before the cancel does not begin`() {
        val tasks = ConcurrentLinkedQueue<Runnable>()
        val held =
            object : CoroutineDispatcher() {
                override fun dispatch(
                    context: CoroutineContext,
                    block: Runnable,
                ) {
                    tasks += block
                }
            }
        runBlocking {
            val job =
                launch {
                    checked {
                        Flux
                            .range(0, 9)
                            .mapAndBatch(1, 4, held) { row -> counted { row } }
                            .toFlow()
                            .collect()
                    }
                }
            while (tasks.size < 4) yield()
            job.cancelAndJoin()
        }
        while (true) (tasks.poll() ?: break).run()
        assertThat(begun.get()).isZero()
    }

    @Test
    fun `it does not wait for a pipeline that others share`() {
        val gate = CompletableDeferred<Unit>()
        val rows = CopyOnWriteArrayList<List<Int>>()
        val shared =
            Flux
                .range(0, 20)
                .mapAndBatch(1, 2, Dispatchers.Default) { row ->
                    if (row >= 2) gate.await()
                    row
                }.publish(1)
                .refCount(2)
        val all = shared.subscribe { rows += it }
        assertThat(runBlocking { shared.toFlow().first() }).containsExactly(0)
        gate.complete(Unit)
        await().until { rows.size == 20 }
        assertThat(rows).isEqualTo(List(20) { listOf(it) })
        all.dispose()
    }

    @Test
    fun `the first subscriber of a shared pipeline leaves the others their mappers`() {
        val gate = CompletableDeferred<Unit>()
        val two = CompletableDeferred<Unit>()
        val rows = CopyOnWriteArrayList<List<Int>>()
        val shared =
            Flux
                .range(0, 20)
                .mapAndBatch(1, 2, Dispatchers.Default) { row ->
                    if (begun.incrementAndGet() == 2) two.complete(Unit)
                    gate.await()
                    row
                }.publish(1)
                .refCount(1)
        runBlocking {
            val first = launch(Dispatchers.Default) { shared.toFlow().collect() }
            two.await()
            val others = shared.subscribe { rows += it }
            first.cancelAndJoin() // returns although mappers are running, because the others need their rows
            gate.complete(Unit)
            await().until { rows.size == 20 }
            others.dispose()
        }
        assertThat(rows).isEqualTo(List(20) { listOf(it) })
    }

    /** How a mapper of the random test behaves. */
    private suspend fun behave(
        random: Int,
        row: Int,
    ): Int {
        when (random) {
            0 -> {
                yield()
            }

            1 -> {
                withContext(NonCancellable) { repeat(20) { yield() } }
            }

            2 -> {
                repeat(200) { Thread.onSpinWait() }
            }

            3 -> {
                withContext(NonCancellable) { delay(1) }
            }

            4 -> {
                withContext(Dispatchers.IO) { repeat(5) { yield() } }
            }

            5 -> {
                try {
                    withTimeoutOrNull(1) { awaitCancellation() }
                } finally {
                    withContext(NonCancellable) { repeat(20) { yield() } }
                }
            }
        }
        return row
    }

    enum class Ending { CANCEL_BY_MAPPER, CANCEL_BY_OTHER, MAPPER_FAILS, COLLECTOR_FAILS, TAKE, TIMEOUT, SOURCE_FAILS }

    @ParameterizedTest
    @EnumSource(Ending::class)
    fun `no mapper runs after a collection that ended at random`(ending: Ending) {
        val seed = Random.nextInt()
        val random = Random(seed)
        Executors.newSingleThreadExecutor().asCoroutineDispatcher().use { single ->
            repeat(Integer.getInteger("pipeflux.rounds", 50)) { round ->
                val test = MapperEndTest()
                test.end(ending, random, if (random.nextInt(3) == 0) single else Dispatchers.Default)
                assertThat(test.late).describedAs("seed %d, round %d", seed, round).isEmpty()
            }
        }
    }

    private fun end(
        ending: Ending,
        random: Random,
        dispatcher: CoroutineDispatcher,
    ) {
        val size = random.nextInt(1, 6)
        val at = random.nextInt(1, 60)
        val kinds = IntArray(200) { random.nextInt(7) }
        val skips = random.nextBoolean()
        val job = CompletableDeferred<Job>()
        val reached = CompletableDeferred<Unit>()
        val options = BatchOptions.of(size, random.nextInt(1, 12)).onBadRow(if (skips) SkipPolicy.skip(1, 200) else SkipPolicy.fail())
        val rows =
            Flux.range(0, 200).map { if (ending == Ending.SOURCE_FAILS && it == at) throw IOException("source") else it }
        val batches =
            rows.mapAndBatch(options, dispatcher) { row ->
                counted { number ->
                    if (number == at) {
                        if (ending == Ending.CANCEL_BY_MAPPER) job.await().cancel()
                        reached.complete(Unit)
                    }
                    if (ending == Ending.MAPPER_FAILS && row == at) throw IOException("mapper")
                    behave(kinds[row], row)
                }
            }
        val flow = batches.toFlow(random.nextInt(1, 4))
        runBlocking(Dispatchers.Default) {
            val collecting =
                launch {
                    try {
                        checked {
                            when (ending) {
                                Ending.TAKE -> flow.take(at / size + 1).collect()
                                Ending.COLLECTOR_FAILS -> flow.collect { if (it.last() >= at) throw IOException("collector") }
                                Ending.TIMEOUT -> withTimeoutOrNull(random.nextLong(1, 4)) { flow.collect() }
                                else -> flow.collect()
                            }
                        }
                    } catch (_: IOException) {
                        // ends the collection, as is wanted
                    }
                }
            job.complete(collecting)
            if (ending == Ending.CANCEL_BY_OTHER) {
                launch {
                    reached.await()
                    collecting.cancel()
                }
            }
            collecting.join()
        }
    }
}
