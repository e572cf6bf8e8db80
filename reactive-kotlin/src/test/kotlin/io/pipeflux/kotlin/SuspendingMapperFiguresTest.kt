package io.pipeflux.kotlin

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.chunked
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.reactive.asFlow
import kotlinx.coroutines.reactor.mono
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Tag
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import reactor.core.publisher.Flux

/**
 * Prints what a row costs in mapAndBatch with a suspending mapper, and in what one would write without it. See
 * docs/benchmarks.md.
 */
@Tag("soak")
@OptIn(ExperimentalCoroutinesApi::class)
class SuspendingMapperFiguresTest {
    private val size = 64
    private val parallelism = 16
    private val rounds = 9

    /** What the mapper does. */
    enum class Work(
        val rows: Int,
    ) {
        YIELD(100_000) {
            override suspend fun map(row: Int) = row.also { yield() }
        },
        DELAY_1_MS(4_000) {
            override suspend fun map(row: Int) = row.also { delay(1) }
        }, ;

        abstract suspend fun map(row: Int): Int
    }

    private inner class Side(
        val name: String,
        val batches: (Work) -> Flow<List<Int>>,
    ) {
        val nanos = mutableListOf<Double>()

        fun run(work: Work) {
            val began = System.nanoTime()
            val all = runBlocking { batches(work).toList() }
            nanos += (System.nanoTime() - began).toDouble() / work.rows
            assertThat(all).hasSize((work.rows + size - 1) / size)
            assertThat(all.flatten()).isEqualTo((0 until work.rows).toList())
        }

        fun median(): Double = nanos.drop(2).sorted().let { it[it.size / 2] } // the first rounds warm up
    }

    private fun rows(work: Work): Flux<Int> = Flux.range(0, work.rows).hide()

    @ParameterizedTest
    @EnumSource
    fun `the same batches, and nanoseconds per row`(work: Work) {
        val sides =
            listOf(
                Side("mapAndBatch") { rows(it).mapAndBatch(size, parallelism, Dispatchers.Default, it::map).toFlow() },
                Side("flatMapSequential, buffer") {
                    rows(it)
                        .flatMapSequential({ row -> mono(Dispatchers.Default) { it.map(row) } }, parallelism, 1)
                        .buffer(size)
                        .asFlow()
                },
                Side("async, buffer, await, chunked") { of ->
                    channelFlow {
                        rows(of).asFlow().collect { row -> send(async(Dispatchers.Default) { of.map(row) }) }
                    }.buffer(parallelism - 2) // one more is being sent, and one is awaited
                        .map { it.await() }
                        .chunked(size)
                },
            )
        repeat(rounds) { sides.forEach { it.run(work) } }
        for (side in sides) {
            println("$work: ${side.name}: %.0f ns per row, %.2f of mapAndBatch".format(side.median(), side.median() / sides[0].median()))
        }
    }
}
