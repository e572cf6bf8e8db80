package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.Pass
import io.pipeflux.core.Position
import io.pipeflux.core.RawRecord
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.operator.BatchOptions
import io.pipeflux.core.operator.Remainder
import io.pipeflux.core.operator.WhenOneEnds
import io.pipeflux.records.tfrecord.TfRecords
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import java.nio.ByteBuffer
import java.util.function.Function
import java.util.stream.Collectors

class OperatorsTest {
    private val numbers: Flux<Int> = Flux.range(1, 5)

    /** Gives its own pass, once. */
    private val passes: Flux<Pass> = Flux.deferContextual { Flux.just(Pass.current(it)) }

    private fun <T : Any> Flux<T>.toList(): List<T> = collectList().block()!!

    private fun record(text: String): ByteBuffer =
        Flux
            .just(ByteBuffer.wrap(text.toByteArray()))
            .transform(TfRecords.encode())
            .blockLast()!!

    private fun text(record: RawRecord) = String(record.toByteArray())

    @Test
    fun `decode cuts bytes into frames`() {
        val records = Flux.just(record("a"), record("bc")).decode(TfRecords.format()).map(::text)
        assertThat(records.toList()).containsExactly("a", "bc")
    }

    @Test
    fun `decodeObjects cuts each object into frames that name it`() {
        val objects =
            Flux.range(0, 2).map { n ->
                ObjectBytes.of("key$n", n.toLong(), ObjectBytes.UNKNOWN_SIZE, null) { Flux.just(record("in $n")) }
            }
        val records = objects.decodeObjects(TfRecords.format()).map { it.source() + ": " + text(it) }
        assertThat(records.toList()).containsExactly("key0: in 0", "key1: in 1")
    }

    @Test
    fun `repeatEpochs counts passes in total, where the member repeat counts more`() {
        val epochs = 3
        assertThat(passes.repeatEpochs(epochs).map { it.epoch() }.toList()).containsExactly(0L, 1L, 2L)
        assertThat(passes.repeatEpochs(0).toList()).isEmpty()
        assertThat(passes.repeat(epochs.toLong()).toList()).hasSize(4)
        assertThatThrownBy { passes.repeatEpochs(-1) }
            .isInstanceOf(IllegalArgumentException::class.java)
            .hasMessageContaining("-1")
    }

    @Test
    fun `repeatUntilEmpty stops after a pass without elements`() {
        val passes = passes.filter { it.epoch() < 2 }.repeatUntilEmpty().map { it.epoch() }
        assertThat(passes.toList()).containsExactly(0L, 1L)
    }

    @Test
    fun `resumeAt reaches the first pass only`() {
        val point = ResumePoint(Position(3, Position.NO_OBJECT, 17, 1), 0)
        val passes = passes.repeatEpochs(5).resumeAt(point)
        assertThat(passes.map { "${it.epoch()} from ${it.start()?.position()?.byteOffset()}" }.toList())
            .containsExactly("3 from 17", "4 from null")
    }

    @Test
    fun `prefetch hands over on the parallel scheduler or a given one`() {
        fun threads(prefetched: Flux<Int>) = prefetched.map { Thread.currentThread().name.substringBefore('-') }.toList()
        assertThat(threads(numbers.prefetch(10))).containsOnly("parallel")
        assertThat(threads(numbers.prefetch(10, Schedulers.single()))).containsOnly("single")
        assertThatThrownBy { numbers.prefetch(0) }
            .isInstanceOf(IllegalArgumentException::class.java)
            .hasMessageContaining("0")
    }

    @Test
    fun `prefetchBytes hands over all elements, in order`() {
        assertThat(numbers.prefetchBytes(100).toList()).containsExactly(1, 2, 3, 4, 5)
        assertThat(numbers.prefetchBytes(100, elements = 2, scheduler = Schedulers.single()).toList()).hasSize(5)
        assertThatThrownBy { numbers.prefetchBytes(0) }.isInstanceOf(IllegalArgumentException::class.java)
    }

    @Test
    fun `shuffle permutes blocks, and the same each time`() {
        val order = Flux.range(0, 100).shuffle(10, seed = 42).toList()
        assertThat(order).isEqualTo(Flux.range(0, 100).shuffle(10, seed = 42).toList())
        assertThat(order.subList(0, 10)).containsExactlyInAnyOrderElementsOf((0..9).toList())
        assertThat(order).isNotEqualTo((0..99).toList())
    }

    @Test
    fun `interleave takes blocks in turn, shard every n-th`() {
        assertThat(Flux.just(numbers, numbers).interleave(cycle = 2, block = 3).toList())
            .containsExactly(1, 2, 3, 1, 2, 3, 4, 5, 4, 5)
        assertThat(numbers.shard(count = 2, index = 1).toList()).containsExactly(2, 4)
    }

    @Test
    fun `sampleSources draws by weights, zipSources makes rows`() {
        val sampled = Flux.just(numbers, numbers).sampleSources(WhenOneEnds.CONTINUE, 42, 1.0, 2.0).toList()
        assertThat(sampled).containsExactlyInAnyOrderElementsOf((1..5) + (1..5))
        assertThat(Flux.just(numbers, numbers).zipSources(WhenOneEnds.FAIL).toList()).isEqualTo((1..5).map { listOf(it, it) })
    }

    @Test
    fun `mapAndBatch takes a lambda, a reference, a Kotlin function and a Java function`() {
        val kotlin: (Int) -> String = { "$it" }
        val java = Function<Any, String> { "$it" }
        val batches: List<Flux<List<String>>> =
            listOf(
                numbers.mapAndBatch(2, 2) { "$it" },
                numbers.mapAndBatch(2, 2, mapper = { n -> n.toString() }),
                numbers.mapAndBatch(2, 0, Int::toString),
                numbers.mapAndBatch(2, 0, kotlin),
                numbers.mapAndBatch(2, 2, java),
                numbers.mapAndBatch(BatchOptions.of(2, 2)) { "$it" },
                numbers.mapAndBatch(BatchOptions.of(2, 2), java),
            )
        assertThat(batches.map { it.toList() }).allSatisfy {
            assertThat(it).containsExactly(listOf("1", "2"), listOf("3", "4"), listOf("5"))
        }
    }

    @Test
    fun `mapAndBatch takes a collector`() {
        val joining: Flux<String> = numbers.map { "$it" }.mapAndBatch(2, 2, Collectors.joining("+"))
        assertThat(joining.toList()).containsExactly("1+2", "3+4", "5")
        val whole = BatchOptions.of(2, 0).remainder(Remainder.DROP)
        val sums: Flux<Int> = numbers.mapAndBatch(whole, Collectors.summingInt { it })
        assertThat(sums.toList()).containsExactly(3, 7)
    }

    @Test
    fun `mapAndBatch refuses a size below 1 and a parallelism below 0`() {
        assertThatThrownBy { numbers.mapAndBatch(0, 2) { it } }
            .isInstanceOf(IllegalArgumentException::class.java)
            .hasMessageContaining("0")
        assertThatThrownBy { numbers.mapAndBatch(64, -1, Collectors.counting<Int>()) }
            .isInstanceOf(IllegalArgumentException::class.java)
            .hasMessageContaining("-1")
    }
}
