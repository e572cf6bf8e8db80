package io.pipeflux.kotlin.docs

import io.pipeflux.core.Position
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.pipe.NamedPipes
import io.pipeflux.kotlin.decodeArrow
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.batch.Column
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.single
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger

/** The snippets of docs/kotlin.md; those for S3 are run by `S3Test`. */
class SnippetsTest {
    @TempDir
    lateinit var directory: Path

    private val values = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).also { it.putLong(0, 7) }
    private val batch = ColumnBatch.of(listOf(column()), ResumePoint.START)

    private fun column() = Column.of("labels", DType.INT64, intArrayOf(1), values)

    @Test
    fun `writes numbers into a pipe`() =
        runBlocking<Unit> {
            val fifo = directory.resolve("numbers")
            val complete = async(Dispatchers.Default) { writeNumbers(fifo) }
            val lines =
                withContext(Dispatchers.IO) {
                    await().until { Files.exists(fifo) }
                    Files.readAllLines(fifo)
                }
            assertThat(lines).isEqualTo((0 until 1000).map { "$it" })
            assertThat(complete.await()).isTrue()
        }

    @Test
    fun `sends batches, which have their columns by name`() =
        runBlocking<Unit> {
            val fifo = directory.resolve("batches").also(NamedPipes::create)
            val write = async { sendBatches(flowOf(batch), fifo) }
            assertThat(
                firstLabel(
                    NamedPipes
                        .read(fifo)
                        .decodeArrow()
                        .toFlow()
                        .single(),
                ),
            ).isEqualTo(7)
            write.await()
        }

    @Test
    fun `collects in a test with virtual time`() = runTest { collectInATest(Flux.just(batch)) }

    @Test
    fun `enriches batches, which keep their resume points`() =
        runBlocking<Unit> {
            val points = (1L..20).map { ResumePoint(Position(0, Position.NO_OBJECT, it, it), 0) }
            val batches = Flux.fromIterable(points).map { ColumnBatch.of(listOf(column()), it) }
            val enriched = enrichedBatches(batches) { delay(1) }.toList()
            assertThat(enriched.map { it.resumeAt() }).isEqualTo(points)
        }

    @Test
    fun `returns only when the calls have ended, although they do not react to their cancel`() {
        val calls = AtomicInteger()
        val most = AtomicInteger()
        val fetch: suspend (String) -> FloatArray = { line ->
            most.accumulateAndGet(calls.incrementAndGet(), Math::max)
            withContext(NonCancellable) { delay(if (line.toInt() < 3 * 64) 1L else 300L) }
            calls.decrementAndGet()
            FloatArray(1)
        }
        val lines = Flux.range(0, 10_000).map { "$it" }
        assertThat(runBlocking { firstThree(lines, fetch) }).hasSize(3)
        assertThat(calls).hasValue(0)
        assertThat(most.get()).isBetween(2, 16)
        assertThrows<IOException> { runBlocking { firstThree(lines) { if (it == "70") throw IOException(it) else fetch(it) } } }
        assertThat(calls).hasValue(0)
        runBlocking {
            val job = launch(Dispatchers.Default) { firstThree(lines.map { "1000" }, fetch) }
            await().until { calls.get() == 16 }
            job.cancelAndJoin()
        }
        assertThat(calls).hasValue(0)
    }
}
