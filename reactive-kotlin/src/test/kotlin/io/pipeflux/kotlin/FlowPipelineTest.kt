package io.pipeflux.kotlin

import com.google.protobuf.ByteString
import io.pipeflux.core.CorruptRecordException
import io.pipeflux.core.PipeException
import io.pipeflux.core.PipefluxException
import io.pipeflux.core.RawRecord
import io.pipeflux.core.TruncatedInputException
import io.pipeflux.core.suite.OpenResources
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.example.proto.BytesList
import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.tfrecord.TfRecords
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import io.pipeflux.records.example.proto.Feature as FeatureProto

/** The pipeline of the README, through FIFOs, collected by coroutines. */
class FlowPipelineTest : Pipes() {
    private val rows = 150
    private val schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 2), Feature.int64("labels"))

    private fun example(label: Long): ByteBuffer {
        val data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN)
        data.putDouble(label / 2.0).putDouble(-1.0).flip()
        val bytes = BytesList.newBuilder().addValue(ByteString.copyFrom(data))
        val labels = Int64List.newBuilder().addValue(label)
        val features =
            Features
                .newBuilder()
                .putFeature("data", FeatureProto.newBuilder().setBytesList(bytes).build())
                .putFeature("labels", FeatureProto.newBuilder().setInt64List(labels).build())
        val example = Example.newBuilder().setFeatures(features).build()
        return ByteBuffer.wrap(example.toByteArray())
    }

    /** An epoch's records; labels count on from epoch to epoch. */
    private fun epoch(n: Int): Flux<ByteBuffer> = Flux.range(n * rows, rows).map { example(it.toLong()) }.transform(TfRecords.encode())

    private val endless: Flux<ByteBuffer> =
        Flux.range(0, Int.MAX_VALUE).map { example(it.toLong()) }.transform(TfRecords.encode())

    private fun pipeline(epochs: Int): Flux<ColumnBatch> =
        channel("train")
            .decode(TfRecords.format())
            .repeatEpochs(epochs)
            .prefetch(10)
            .mapAndBatch(64, 2, schema.batches())

    private fun labels(batches: List<ColumnBatch>) =
        batches.flatMap { batch -> LongArray(batch.rows()).also { batch.column("labels").copyTo(it) }.asIterable() }

    private fun awaitReaderGone() = await().until { OpenResources.pipeThreads().none { it.startsWith("pipeflux-read") } }

    @Test
    fun `three epochs come in order as columns, and no fourth pipe is opened`() {
        startAgent("train", 5, ::epoch)
        val batches = runBlocking { pipeline(epochs = 3).toFlow(demand = 1).toList() }
        assertThat(batches.map { it.rows() }).containsExactly(64, 64, 64, 64, 64, 64, 64, 2)
        assertThat(labels(batches)).isEqualTo((0L until 3 * rows).toList())
        val data = DoubleArray(128).also { batches[1].column("data").copyTo(it) }
        assertThat(data.take(4)).containsExactly(32.0, -1.0, 32.5, -1.0)
        assertThat(directory.resolve(".train_2.end")).exists()
        await().until { Files.exists(directory.resolve("train_3")) } // made, but nobody has come
        assertThat(directory.resolve(".train_3.end")).content().contains("not ended")
    }

    @Test
    fun `a lambda maps each record`() {
        startAgent("train", 2, ::epoch)
        val sizes =
            runBlocking {
                channel("train")
                    .decode(TfRecords.format())
                    .repeatEpochs(2)
                    .mapAndBatch(100, 2) { record -> "${record.position().epoch()}: ${record.size()} bytes" }
                    .toFlow()
                    .toList()
            }
        assertThat(sizes.map { it.size }).containsExactly(100, 100, 100)
        assertThat(sizes.flatten().map { it.substringBefore(':') }).isEqualTo(List(150) { "0" } + List(150) { "1" })
    }

    @Test
    fun `a job that is started again goes on behind the last batch it has seen`() {
        startAgent("train", 2, ::epoch)
        val before = runBlocking { pipeline(epochs = 2).toFlow().take(2).toList() }
        stopAgents()
        OpenResources.awaitNoneLeft(directory)

        startAgent("train", 2, ::epoch)
        val after = runBlocking { pipeline(epochs = 2).resumeAt(before.last().resumeAt()).toFlow().toList() }
        assertThat(labels(before) + labels(after)).isEqualTo((0L until 2 * rows).toList())
    }

    @Test
    fun `first closes the pipe`() {
        startAgent("train", 1) { endless }
        val batch = runBlocking { pipeline(epochs = 3).toFlow().first() }
        assertThat(batch.rows()).isEqualTo(64)
        OpenResources.awaitNoneLeft(directory) // the agent has seen it, and ended by itself
        assertThat(written.map { it.complete() }).containsExactly(false)
    }

    @Test
    fun `cancelling the job while it collects closes the pipe`() {
        startAgent("train", 1) { endless }
        runBlocking {
            val collected = CompletableDeferred<ColumnBatch>()
            val job = launch(Dispatchers.Default) { pipeline(epochs = 1).toFlow(4).collect { collected.complete(it) } }
            collected.await()
            job.cancelAndJoin()
        }
        OpenResources.awaitNoneLeft(directory)
        assertThat(written.map { it.complete() }).containsExactly(false)
    }

    @Test
    fun `cancelling the job while it waits for bytes closes the pipe`() {
        val reading = CompletableDeferred<Unit>()
        startAgent("train", 1) { Flux.never<ByteBuffer>().doOnSubscribe { reading.complete(Unit) } }
        cancelWhen(pipeline(epochs = 1).toFlow(), reading)
        awaitReaderGone()
    }

    @Test
    fun `cancelling the job while it waits for a pipe ends the waiting`() {
        val requested = CompletableDeferred<Unit>()
        cancelWhen(channel("train").doOnRequest { requested.complete(Unit) }.toFlow(), requested)
        OpenResources.awaitNoneLeft(directory)
    }

    private fun cancelWhen(
        flow: Flow<Any>,
        reached: CompletableDeferred<Unit>,
    ) = runBlocking {
        val job = launch(Dispatchers.Default) { flow.collect { throw AssertionError("$it") } }
        reached.await()
        job.cancelAndJoin()
    }

    @Test
    fun `an exception of the collector closes the pipe`() {
        startAgent("train", 1) { endless }
        assertThrows<ArithmeticException> {
            runBlocking { pipeline(epochs = 1).toFlow().collect { throw ArithmeticException("loss is not a number") } }
        }
        OpenResources.awaitNoneLeft(directory)
    }

    @Test
    fun `truncated input is thrown with its type and position, behind the batches before it`() {
        startAgent("train", 1) { n ->
            epoch(n).index { i, frame -> if (i < rows - 1L) frame else frame.duplicate().limit(frame.limit() - 3) }
        }
        val seen = mutableListOf<ColumnBatch>()
        val error =
            assertThrows<TruncatedInputException> {
                runBlocking { pipeline(epochs = 3).toFlow(demand = 2).collect { seen += it } }
            }
        assertThat(seen.map { it.rows() }).containsExactly(64, 64)
        assertThat(error.position()!!.recordOrdinal()).isEqualTo(rows - 1L)
        assertThat(error).hasMessageContaining("train_0")
    }

    @Test
    fun `corrupt input is thrown through a change of dispatcher with its type and position`() {
        startAgent("train", 1) { Flux.just(ByteBuffer.allocate(64)) }
        val error =
            assertThrows<CorruptRecordException> {
                runBlocking { withContext(Dispatchers.IO) { pipeline(epochs = 1).toFlow().collect {} } }
            }
        assertThat(error.position()!!.byteOffset()).isZero()
    }

    @Test
    fun `an error of the agent is thrown with its message`() {
        startAgent("train", 1) { n -> epoch(n).concatWith(Flux.error(IllegalStateException("the bucket is gone"))) }
        val error = assertThrows<PipeException> { runBlocking { pipeline(epochs = 1).toFlow().collect {} } }
        assertThat(error).hasMessageContaining("the bucket is gone")
    }

    @Test
    fun `an exception of the mapper is thrown with its type, and says for which record`() {
        class NoLabel : RuntimeException("no label")
        startAgent("train", 1, ::epoch)
        val parse = { record: RawRecord -> if (record.position().recordOrdinal() == 70L) throw NoLabel() else record.size() }
        val batches = channel("train").decode(TfRecords.format()).mapAndBatch(64, 2, parse)
        val error = assertThrows<NoLabel> { runBlocking { batches.toFlow().collect {} } }
        val positions = error.suppressed.filterIsInstance<PipefluxException>().map { it.position() }
        assertThat(positions.single()!!.recordOrdinal()).isEqualTo(70L)
    }
}
