package io.pipeflux.kotlin

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.pipe.NamedPipes
import io.pipeflux.records.arrow.ArrowNulls
import io.pipeflux.records.batch.Column
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import io.pipeflux.records.csv.CsvField
import io.pipeflux.records.csv.CsvSchema
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicBoolean

/** Batches as an Arrow stream, from a Flux and from a Flow. */
class ArrowTest : Pipes() {
    private fun batch(first: Long): ColumnBatch {
        val values = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN)
        for (i in 0 until 4) values.putLong(8 * i, first + i)
        return ColumnBatch.of(listOf(Column.of("labels", DType.INT64, intArrayOf(4), values)), ResumePoint.START)
    }

    private fun labels(batches: List<ColumnBatch>) = batches.flatMap { batch -> List(batch.rows()) { batch["labels"].asLongBuffer()[it] } }

    @Test
    fun `a Flux becomes a stream and batches again`() {
        val batches = Flux.just(batch(0), batch(4)).encodeArrow().decodeArrow()
        assertThat(labels(runBlocking { batches.toFlow().toList() })).isEqualTo((0L until 8).toList())
        val filled = Flux.just(batch(0)).encodeArrow().decodeArrow(ArrowNulls.filled())
        assertThat(labels(runBlocking { filled.toFlow().toList() })).isEqualTo((0L until 4).toList())
    }

    @Test
    fun `a Flow goes through a pipe, in the context of its collector`() =
        runBlocking<Unit> {
            val fifo = directory.resolve("fifo").also(NamedPipes::create)
            val seen = CopyOnWriteArrayList<String?>()
            val batches: Flow<ColumnBatch> =
                flow {
                    for (first in 0L..8L step 4) {
                        seen += currentCoroutineContext()[CoroutineName]?.name
                        emit(batch(first))
                    }
                }
            val write = async(CoroutineName("trainer")) { batches.encodeArrow().toPipe(fifo) }
            assertThat(
                labels(
                    NamedPipes
                        .read(fifo)
                        .decodeArrow()
                        .toFlow()
                        .toList(),
                ),
            ).isEqualTo((0L until 12).toList())
            assertThat(write.await().complete()).isTrue()
            assertThat(seen).containsExactly("trainer", "trainer", "trainer")
        }

    @Test
    fun `a Flow that is not collected to its end has ended when its collector has`() =
        runBlocking<Unit> {
            val ended = AtomicBoolean()
            val batches =
                flow {
                    try {
                        while (true) emit(batch(0))
                    } finally {
                        ended.set(true)
                    }
                }
            withContext(CoroutineName("collector")) { batches.encodeArrow().first() }
            assertThat(ended).isTrue()
        }

    @Test
    fun `a stream without batches has the fields of a schema`() =
        runBlocking<Unit> {
            val fields = CsvSchema.of(CsvField.int64("labels")).batches()
            val withFields = emptyFlow<ColumnBatch>().encodeArrow(fields).toList().sumOf { it.remaining() }
            val without = emptyFlow<ColumnBatch>().encodeArrow().toList().sumOf { it.remaining() }
            assertThat(withFields).isGreaterThan(without)
            assertThat(
                Flux
                    .empty<ColumnBatch>()
                    .encodeArrow(fields)
                    .toFlow()
                    .toList()
                    .sumOf { it.remaining() },
            ).isEqualTo(withFields)
        }
}
