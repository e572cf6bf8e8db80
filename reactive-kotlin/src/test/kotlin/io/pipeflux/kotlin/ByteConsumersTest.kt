package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.RawRecord
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.pipe.ChannelWriter
import io.pipeflux.core.pipe.NamedPipes
import io.pipeflux.core.suite.GivenBuffers
import io.pipeflux.core.suite.GivenBuffers.Consumer
import io.pipeflux.core.suite.PublicMethods
import io.pipeflux.records.batch.Column
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import io.pipeflux.records.text.TextLines
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.reactive.asFlow
import kotlinx.coroutines.reactor.mono
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import java.util.UUID
import java.util.stream.Stream

/** Whoever is given buffers leaves them as they are, so that their source may keep them and give them again. */
class ByteConsumersTest {
    @TempDir
    lateinit var directory: Path

    private val text = (1..400).joinToString("\n") { "${it * 7919},0.5" }.toByteArray()

    private val arrow by lazy {
        val values = ByteBuffer.allocate(8 * 400).order(ByteOrder.LITTLE_ENDIAN)
        val batch = ColumnBatch.of(listOf(Column.of("labels", DType.INT64, intArrayOf(400), values)), ResumePoint.START)
        GivenBuffers.joined(Flux.just(batch).encodeArrow()).blockOptional().orElseThrow().let { bytes ->
            ByteArray(bytes.remaining()).also { bytes.get(it) }
        }
    }

    private val consumers by lazy {
        listOf(
            Consumer("OperatorsKt.decode(Flux, FrameFormat)", text) { lines(it.decode(TextLines.format())) },
            Consumer("OperatorsKt.decodeObjects(Flux, FrameFormat)", text) {
                lines(Flux.just(objectOf(it)).decodeObjects(TextLines.format()))
            },
            Consumer("ArrowKt.decodeArrow(Flux, ArrowNulls)", arrow) { bytes -> bytes.decodeArrow().map { it.rows() }.collectList() },
            Consumer("FormatsKt.detectFormat(Flux, Continuation)", text) { mono { Flux.just(objectOf(it)).detectFormat() } },
            Consumer("FormatsKt.detectFormat(ObjectBytes, Continuation)", text) { mono { objectOf(it).detectFormat() } },
            Consumer("FormatsKt.inferSchema(Flux, int, Continuation)", text) { bytes ->
                mono { Flux.just(objectOf(bytes.cache())).inferSchema(10)?.toJson() }
            },
            Consumer("PipesKt.toPipe(Flow, Path, Continuation)", text) { bytes ->
                val fifo = directory.resolve(UUID.randomUUID().toString()).also(NamedPipes::create)
                written(fifo) { bytes.asFlow().toPipe(fifo) }
            },
            Consumer("PipesKt.toPipe(Flow, ChannelWriter, String, long, Continuation)", text) { bytes ->
                val own = Files.createDirectory(directory.resolve(UUID.randomUUID().toString()))
                written(own.resolve("train_0")) { bytes.asFlow().toPipe(ChannelWriter.into(own), "train", 0) }
            },
        )
    }

    private fun objectOf(bytes: Flux<ByteBuffer>) = ObjectBytes.of("object", 0, -1, null) { _ -> bytes }

    private fun lines(records: Flux<RawRecord>): Mono<List<String>> = records.map(TextLines::text).collectList()

    /** What a reader of the pipe gets while it is written. */
    private fun written(
        pipe: Path,
        write: suspend () -> Any,
    ): Mono<String> {
        val writing = mono(Dispatchers.Default) { write() }
        val reading =
            mono(Dispatchers.IO) {
                while (!Files.exists(pipe)) Thread.onSpinWait()
                Files.readString(pipe)
            }
        return Mono.zip(writing, reading) { _, read -> read }
    }

    @TestFactory
    fun `leaves the buffers as they are`(): Stream<DynamicTest> = consumers.stream().flatMap(GivenBuffers::tests)

    @Test
    fun `no public function is missing but those for S3, which pass their bytes to the tested writer`() {
        val given = PublicMethods.givenBytes(CancelledDataException::class.java).filterNot { it.startsWith("S3Kt.") }
        assertThat(consumers.map { it.method() }).containsAll(given)
    }
}
