package io.pipeflux.kotlin.docs

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.job.Fingerprint
import io.pipeflux.core.suite.AgentDirectory
import io.pipeflux.core.suite.OpenResources
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.tfrecord.TfRecords
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.file.Path
import io.pipeflux.records.example.proto.Feature as FeatureProto

/** The service's heart of docs/kotlin.md: it trains, is watched, cancelled, and goes on. */
class TrainingTest {
    @TempDir
    lateinit var directory: Path

    private val rows = 1000
    private val schema = Schema.of(Feature.int64("labels"))
    private val ml by lazy { directory.resolve("ml") }

    private fun example(label: Int): ByteBuffer {
        val labels = FeatureProto.newBuilder().setInt64List(Int64List.newBuilder().addValue(label.toLong()))
        val features = Features.newBuilder().putFeature("labels", labels.build())
        return ByteBuffer.wrap(
            Example
                .newBuilder()
                .setFeatures(features)
                .build()
                .toByteArray(),
        )
    }

    private fun agent(bytes: Flux<ByteBuffer> = Flux.range(0, rows).map(::example).transform(TfRecords.encode())) =
        PipeAgent.at(ml).channel("train", Flux.just(ObjectBytes.of("object", 0, ObjectBytes.UNKNOWN_SIZE, null) { bytes }))

    private fun checkpoints() = Checkpoints.directory(directory.resolve("checkpoints"), Fingerprint.of("train", "here"))

    @Test
    fun `trains beside the agent, and leaves nothing`() =
        runBlocking<Unit> {
            val model = Model()
            checkpoints().use {
                val training = Training(ml, schema, model, it)
                trainBesideAgent(agent(), training, epochs = 3)
                assertThat(model.seen).isEqualTo(3L * rows)
                assertThat(training.progress.value.loss).isEqualTo((rows - 1) / 2.0)
            }
            assertThat(AgentDirectory(ml).pipes()).isEmpty()
            OpenResources.awaitNoneLeft(directory)
        }

    @Test
    fun `a cancelled training goes on where it was, and each row was seen once`() =
        runBlocking<Unit> {
            checkpoints().use {
                val training = Training(ml, schema, Model(), it)
                val job = launch(Dispatchers.Default) { trainBesideAgent(agent(), training, epochs = 100) }
                training.progress.first { it.step >= 20 }
                job.cancelAndJoin()
                assertThat(AgentDirectory(ml).pipes()).isEmpty()
            }
            val model = Model()
            checkpoints().use { trainBesideAgent(agent(), Training(ml, schema, model, it), epochs = 100) }
            assertThat(model.seen).isEqualTo(100L * rows)
        }

    @Test
    fun `the failure of the data ends the training, and the agent`() {
        val failing =
            Flux
                .range(
                    0,
                    100,
                ).map(::example)
                .transform(TfRecords.encode())
                .concatWith(Flux.error(IllegalStateException("no bucket")))
        val error =
            assertThrows<RuntimeException> {
                runBlocking {
                    checkpoints().use { trainBesideAgent(agent(failing), Training(ml, schema, Model(), it), epochs = 3) }
                }
            }
        assertThat(error).hasStackTraceContaining("no bucket")
        assertThat(AgentDirectory(ml).pipes()).isEmpty()
    }
}
