package io.pipeflux.kotlin.docs

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.pipe.NamedPipes
import io.pipeflux.kotlin.decodeArrow
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.batch.Column
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.single
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path

/** The snippets of docs/kotlin.md; those for S3 are run by `S3Test`. */
class SnippetsTest {
    @TempDir
    lateinit var directory: Path

    private val values = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).also { it.putLong(0, 7) }
    private val batch = ColumnBatch.of(listOf(Column.of("labels", DType.INT64, intArrayOf(1), values)), ResumePoint.START)

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
}
