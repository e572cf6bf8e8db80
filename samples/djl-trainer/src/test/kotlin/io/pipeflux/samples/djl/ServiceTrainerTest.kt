package io.pipeflux.samples.djl

import ai.djl.Model
import ai.djl.engine.Engine
import ai.djl.ndarray.NDList
import ai.djl.ndarray.types.DataType
import ai.djl.ndarray.types.Shape
import ai.djl.nn.SequentialBlock
import ai.djl.nn.core.Linear
import ai.djl.training.DefaultTrainingConfig
import ai.djl.training.loss.Loss
import ai.djl.training.optimizer.Optimizer
import ai.djl.training.tracker.Tracker
import io.pipeflux.djl.DjlBatches
import io.pipeflux.records.batch.ColumnAllocator
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.samples.training.DemoData
import io.pipeflux.samples.training.DemoStore
import io.pipeflux.samples.training.LogisticModel.Score
import io.pipeflux.samples.training.LogisticModel.Step
import io.pipeflux.samples.training.service.ColumnSpec
import io.pipeflux.samples.training.service.HyperParameter
import io.pipeflux.samples.training.service.ServiceMetrics
import io.pipeflux.samples.training.service.ServiceSettings
import io.pipeflux.samples.training.service.Trainer
import io.pipeflux.samples.training.service.Trainers
import io.pipeflux.samples.training.service.TrainingJobs
import io.pipeflux.samples.training.service.TrainingServer
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayOutputStream
import java.io.DataInputStream
import java.io.DataOutputStream
import java.io.PrintWriter
import java.io.StringWriter
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Path
import java.time.Duration
import java.util.Base64

/**
 * Logistic regression in DJL as a trainer of the training service: the batches are PyTorch's arrays, without a copy.
 */
private class ServiceTrainer : Trainer {
    private val memory = ColumnAllocator.pooledDirect(1L shl 20)

    override fun name() = "djl"

    override fun description() = "Logistic regression of labels on data in DJL, trained by SGD"

    override fun hyperParameters() = listOf(HyperParameter("learning-rate", HyperParameter.Type.number, 0.1, 1e-6, 1.0))

    override fun check(schema: List<ColumnSpec>) = Unit // in a test, which asks for what there is

    override fun columns() = memory

    override fun learner(
        schema: List<ColumnSpec>,
        hyperParameters: Map<String, Double>,
        state: ByteArray?,
    ): Trainer.Learner = Classifier(schema.first().shape()[0].toLong(), hyperParameters.getValue("learning-rate"), state)
}

private class Classifier(
    features: Long,
    rate: Double,
    state: ByteArray?,
) : Trainer.Learner {
    private val model = Model.newInstance("classifier").apply { block = SequentialBlock().add(Linear.builder().setUnits(1).build()) }
    private val loss = Loss.sigmoidBinaryCrossEntropyLoss()
    private val trainer: ai.djl.training.Trainer

    init {
        Engine.getInstance().setRandomSeed(17)
        val optimizer = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(rate.toFloat())).build()
        trainer = model.newTrainer(DefaultTrainingConfig(loss).optOptimizer(optimizer))
        if (state != null) {
            model.block.loadParameters(model.ndManager, DataInputStream(state.inputStream()))
        }
        trainer.initialize(Shape(1, features))
    }

    private fun <T> arrays(
        columns: ColumnBatch,
        use: (data: NDList, labels: NDList) -> T,
    ): T =
        DjlBatches.batch(columns, trainer.manager, listOf("data"), listOf("labels")).use { batch ->
            val data = batch.data.singletonOrThrow().toType(DataType.FLOAT32, false)
            val labels =
                batch.labels
                    .singletonOrThrow()
                    .toType(DataType.FLOAT32, false)
                    .expandDims(1)
            use(NDList(data), NDList(labels))
        } // closing a batch gives its memory back

    private fun right(
        predicted: NDList,
        labels: NDList,
    ): Long =
        predicted
            .singletonOrThrow()
            .gt(0)
            .toType(DataType.FLOAT32, false)
            .eq(labels.singletonOrThrow())
            .sum()
            .getLong()

    override fun fit(batch: ColumnBatch): Step {
        val rows = batch.rows().toLong()
        return arrays(batch) { data, labels ->
            trainer.newGradientCollector().use { gradients ->
                val predicted = trainer.forward(data)
                val mean = loss.evaluate(labels, predicted)
                gradients.backward(mean)
                trainer.step()
                Step(mean.getFloat().toDouble(), Score(rows, right(predicted, labels)))
            }
        }
    }

    override fun score(batch: ColumnBatch): Score {
        val rows = batch.rows().toLong()
        return arrays(batch) { data, labels -> Score(rows, right(trainer.evaluate(data), labels)) }
    }

    override fun state(): ByteArray = ByteArrayOutputStream().also { model.block.saveParameters(DataOutputStream(it)) }.toByteArray()

    override fun model() = "{\"parameters\":\"" + Base64.getEncoder().encodeToString(state()) + "\"}"

    override fun close() {
        trainer.close()
        model.close()
    }
}

/** The training service with DJL as its trainer, over HTTP. */
@Tag("natives")
class ServiceTrainerTest {
    @TempDir
    lateinit var directory: Path

    private val http = HttpClient.newHttpClient()

    @Test
    fun `a job is trained, evaluated and resumed over HTTP`() {
        assumeTrue(isPyTorchHere())
        DemoStore.start(directory.resolve("s3")).use { store ->
            val nowhere = PrintWriter(StringWriter())
            store.upload(DemoData("train", 640, 2, 16, 1), nowhere)
            store.upload(DemoData("eval", 640, 1, 16, 2), nowhere)
            val request =
                """{"trainer": "djl", "epochs": 100, "batchSize": 64,
                    "channels": {"train": {"uri": "${store.uri("train/")}"}, "eval": {"uri": "${store.uri("eval/")}"}},
                    "schema": [{"name": "data", "kind": "raw", "type": "float64", "shape": [16]},
                               {"name": "labels", "kind": "int64"}]}"""
            val (expected, resumed) =
                served(store) { base ->
                    val first = start(base, request)
                    await().until { "\"state\":\"done\"" in get(base, "/jobs/$first") }
                    val second = start(base, request)
                    await().until { "\"checkpoints\":[{" in get(base, "/jobs/$second") }
                    first to second
                }
            served(store) { base ->
                await().until { "\"state\":\"done\"" in get(base, "/jobs/$resumed") }
                val job = get(base, "/jobs/$resumed")
                assertThat(job).contains("\"step\":1000", "\"records\":64000", "goes on after step ")
                assertThat(job).containsPattern("\"epoch\":99,[^}]*\"accuracy\":(1\\.0|0\\.[89])")
                assertThat(get(base, "/jobs/$resumed/model")).isEqualTo(get(base, "/jobs/$expected/model"))
            }
        }
    }

    private fun <T> served(
        store: DemoStore,
        use: (URI) -> T,
    ): T {
        val metrics = ServiceMetrics()
        val settings = ServiceSettings(2, 10, Duration.ofMillis(100))
        val jobs =
            TrainingJobs
                .open(
                    directory.resolve("jobs"),
                    store.client(),
                    Trainers.of(ServiceTrainer()),
                    settings,
                    metrics,
                ).block()
                .let(::requireNotNull)
        val server = TrainingServer.start(jobs, InetSocketAddress(InetAddress.getLoopbackAddress(), 0), mapOf(), 10, metrics)
        try {
            return use(URI.create("http://127.0.0.1:${server.address().port}"))
        } finally {
            server.close().block()
            jobs.close().block()
        }
    }

    private fun start(
        base: URI,
        request: String,
    ): String {
        val post =
            HttpRequest
                .newBuilder(base.resolve("/jobs"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(request))
                .build()
        val answer = http.send(post, BodyHandlers.ofString())
        assertThat(answer.statusCode()).`as`(answer.body()).isEqualTo(201)
        return Regex("\"id\":\"([^\"]*)\"").find(answer.body()).let(::requireNotNull).groupValues[1]
    }

    private fun get(
        base: URI,
        path: String,
    ): String = http.send(HttpRequest.newBuilder(base.resolve(path)).build(), BodyHandlers.ofString()).body()
}
