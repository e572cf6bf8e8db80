package io.pipeflux.kotlin.docs

import com.google.protobuf.ByteString
import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.PipelineMonitor
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.job.Fingerprint
import io.pipeflux.kotlin.awaitRun
import io.pipeflux.kotlin.decodeObjects
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.example.proto.BytesList
import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.tfrecord.TfRecords
import io.pipeflux.test.FrameFormatContract
import io.pipeflux.test.FrameFormatContract.Sample
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Nested
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Path
import io.pipeflux.records.example.proto.Feature as FeatureProto

/** The snippets of docs/guide; `S3Test` runs [trainFromS3] and [fillPipes]. */
class GuideTest {
    @TempDir
    lateinit var directory: Path

    private val rows = 100
    private val labels = Schema.of(Feature.int64("labels"))
    private var seen = 0L
    private val fit = { batch: ColumnBatch -> seen += batch.rows() }
    private val file: ByteBuffer =
        Flux
            .range(0, rows)
            .map(::example)
            .transform(TfRecords.encode())
            .reduce(ByteBuffer.allocate(1 shl 20)) { all, frame -> all.put(frame) }
            .block()
            .let(::requireNotNull)
            .flip()
    private val objects =
        Flux.just(
            ObjectBytes.of("object", 0, file.limit().toLong(), null) { from ->
                Flux.just(file.slice(from.toInt(), file.limit() - from.toInt()))
            },
        )
    private val batches =
        objects.decodeObjects(TfRecords.format()).repeatEpochs(2).mapAndBatch(64, 2, labels.batches())

    private fun example(label: Int): ByteBuffer {
        val data = ByteBuffer.allocate(4 * Double.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN).putDouble(0, label + 0.5)
        val features =
            Features
                .newBuilder()
                .putFeature("data", bytes(data))
                .putFeature("labels", FeatureProto.newBuilder().setInt64List(Int64List.newBuilder().addValue(label.toLong())).build())
        return ByteBuffer.wrap(
            Example
                .newBuilder()
                .setFeatures(features)
                .build()
                .toByteArray(),
        )
    }

    private fun bytes(data: ByteBuffer) =
        FeatureProto.newBuilder().setBytesList(BytesList.newBuilder().addValue(ByteString.copyFrom(data))).build()

    @Test
    fun `reads pipes that an agent fills`() =
        runBlocking<Unit> {
            val filling =
                launch(Dispatchers.Default) {
                    PipeAgent
                        .at(directory)
                        .channel("train", objects)
                        .epochs(2)
                        .awaitRun()
                }
            trainFromPipes(directory, labels, fit)
            filling.join()
            assertThat(seen).isEqualTo(2L * rows)
        }

    @Test
    fun `finds out the format and proposes a schema`() =
        runBlocking<Unit> {
            assertThat(lookInto(objects)).contains("Feature.int64(\"labels\")")
            assertThat(lookInto(Flux.empty())).isNull()
        }

    @Test
    fun `columns have the values of the records`() {
        val batch = requireNotNull(objects.decodeObjects(TfRecords.format()).mapAndBatch(64, 2, narrow.batches()).blockFirst())
        assertThat(describe(batch)).startsWith("label 0, first value 0.5, label 1, first value 1.5")
    }

    @Test
    fun `a second run continues after the last step of the first`() =
        runBlocking<Unit> {
            fun checkpoints() = Checkpoints.directory(directory.resolve("checkpoints"), Fingerprint.of("train", "here")).everySteps(1)
            val first = Model()
            checkpoints().use { trainWithCheckpoints(batches.take(1), first, it) }
            assertThat(first.seen).isEqualTo(64)
            val second = Model()
            checkpoints().use { trainWithCheckpoints(batches, second, it) }
            assertThat(second.seen).isEqualTo(2L * rows)
        }

    @Test
    fun `a training is watched to its end`() =
        runBlocking<Unit> {
            val monitor = PipelineMonitor.create("train")
            trainWatched(batches, monitor, fit)
            assertThat(seen).isEqualTo(2L * rows)
            assertThat(monitor.records()).isEqualTo(2L * rows)
        }

    @Nested
    inner class LengthPrefixedTest : FrameFormatContract {
        override fun format() = LengthPrefixed.format()

        override fun samples() = listOf("", "a", "a longer record than the others").map { sample(it.toByteArray()) }

        private fun sample(payload: ByteArray) =
            Sample.of(
                ByteBuffer
                    .allocate(4 + payload.size)
                    .putInt(payload.size)
                    .put(payload)
                    .array(),
                payload,
            )
    }
}
