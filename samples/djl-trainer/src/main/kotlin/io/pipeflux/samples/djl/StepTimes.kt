package io.pipeflux.samples.djl

import ai.djl.Model
import ai.djl.ndarray.NDList
import ai.djl.ndarray.types.DataType
import ai.djl.ndarray.types.Shape
import ai.djl.nn.SequentialBlock
import ai.djl.nn.core.Linear
import ai.djl.training.DefaultTrainingConfig
import ai.djl.training.EasyTrain
import ai.djl.training.Trainer
import ai.djl.training.dataset.Batch
import ai.djl.training.loss.Loss
import ai.djl.training.optimizer.Optimizer
import com.google.protobuf.ByteString
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.channel.DirectoryChannel
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.djl.DjlBatches
import io.pipeflux.kotlin.decode
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefetch
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.records.batch.ColumnAllocator
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.example.proto.BytesList
import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.tfrecord.TfRecords
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.CREATE_NEW
import java.nio.file.StandardOpenOption.WRITE
import java.util.Random
import io.pipeflux.records.example.proto.Feature as FeatureProto

private const val VALUES = 1024
private const val STEPS = 200
private const val ROUNDS = 7

/**
 * Prints how the time of a training step is divided: waiting for the batch, creating and releasing its arrays, and
 * running the network. An agent fills the pipes from a file. A batch has 64 rows, and each row has 1,024 float64 values
 * and a label. The network casts the values to float32 and is a single linear layer. Three variants run alternately in
 * one JVM: columns on the heap, columns in direct memory, and the same arrays in every step.
 *
 *     ./mvnw -q -Ptrainer -Dtrainer.main=StepTimesKt -pl samples/djl-trainer -am process-classes
 */
fun main() {
    if (!isPyTorchHere()) {
        println("skipped: PyTorch could not be fetched, or not for this system (it is for linux-x86_64)")
        return
    }
    val directory = Files.createTempDirectory("pipeflux-steps-")
    try {
        Files.createDirectory(directory.resolve("records")).also { write(it.resolve("part-0")) }
        val heap = Times()
        val direct = Times()
        val kept = Times()
        repeat(ROUNDS + 2) { round ->
            // the first two rounds only warm up the JVM, so their times are dropped
            if (round == 2) listOf(heap, direct, kept).forEach { it.clear() }
            measure(directory.resolve("heap-$round"), ColumnAllocator.heap(), heap)
            measure(directory.resolve("direct-$round"), ColumnAllocator.pooledDirect(16 shl 20), direct)
            measure(directory.resolve("kept-$round"), ColumnAllocator.pooledDirect(16 shl 20), kept, ::keptArrays)
        }
        println("| columns | wait | arrays and release | network |\n| --- | --- | --- | --- |")
        println("| on the heap, copied | $heap |\n| in direct memory | $direct |")
        println("| none: the same arrays in each step | $kept |")
    } finally {
        directory.toFile().deleteRecursively()
    }
}

/** The durations of the steps, in nanoseconds. */
private class Times {
    val wait = mutableListOf<Long>()
    val bridge = mutableListOf<Long>()
    val network = mutableListOf<Long>()

    fun clear() = listOf(wait, bridge, network).forEach { it.clear() }

    override fun toString(): String =
        listOf(wait, bridge, network).joinToString(" | ") { times ->
            val sorted = times.sorted()
            "%.3f ms (%.3f on average)".format(sorted[sorted.size / 2] / 1e6, sorted.average() / 1e6)
        }
}

private fun measure(
    ml: Path,
    memory: ColumnAllocator,
    times: Times,
    bridge: (Trainer) -> (ColumnBatch) -> Batch = ::newArrays,
) {
    val schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, VALUES), Feature.int64("labels"))
    val batches =
        PipeChannels
            .create(PipeOptions.mlRoot(ml))
            .channel("train")
            .decode(TfRecords.format())
            .repeatEpochs(2)
            .prefetch(10)
            .mapAndBatch(BATCH, 2, schema.withAllocator(memory).batches())
    val agent = PipeAgent.at(ml).channel("train", DirectoryChannel.of(ml.resolveSibling("records")).objects()).epochs(2)
    val filling = agent.run().subscribe()
    val config =
        DefaultTrainingConfig(Loss.sigmoidBinaryCrossEntropyLoss()).optOptimizer(Optimizer.adam().build())
    Model.newInstance("steps").use { model ->
        model.block =
            SequentialBlock()
                // DJL's trainer expects float32
                .add { arrays -> NDList(arrays.head().toType(DataType.FLOAT32, false)) }
                .add(Linear.builder().setUnits(1).build())
        model.newTrainer(config).use { trainer ->
            trainer.initialize(Shape(1, VALUES.toLong()))
            batches.toStream(1).use { stream -> steps(trainer, stream.iterator(), bridge(trainer), times) }
        }
    }
    filling.dispose()
}

private fun newArrays(trainer: Trainer): (ColumnBatch) -> Batch =
    { columns -> DjlBatches.batch(columns, trainer.manager, listOf("data"), listOf("labels")) }

/**
 * Reuses the first batch's arrays in every step. The measured time for creating and releasing arrays is then only the
 * time in which DJL frees the network's own arrays.
 */
private fun keptArrays(trainer: Trainer): (ColumnBatch) -> Batch {
    val arrays = NDList()
    return { columns ->
        if (arrays.isEmpty()) {
            newArrays(trainer)(columns).use { batch ->
                (batch.data + batch.labels).forEach { arrays.add(it.duplicate()) }
                arrays.attach(trainer.manager)
            }
        } else {
            columns.release()
        }
        val manager = trainer.manager.newSubManager()
        arrays.attach(manager)
        object : Batch(manager, NDList(arrays[0]), NDList(arrays[1]), BATCH, null, null, 0, 0) {
            override fun close() {
                arrays.attach(trainer.manager)
                super.close()
            }
        }
    }
}

private fun steps(
    trainer: Trainer,
    batches: Iterator<ColumnBatch>,
    bridge: (ColumnBatch) -> Batch,
    times: Times,
) {
    while (true) {
        val start = System.nanoTime()
        if (!batches.hasNext()) return
        val columns = batches.next()
        val arrived = System.nanoTime()
        val batch = bridge(columns)
        val made = System.nanoTime()
        EasyTrain.trainBatch(trainer, batch)
        trainer.step()
        val stepped = System.nanoTime()
        batch.close()
        times.wait += arrived - start
        times.bridge += made - arrived + (System.nanoTime() - stepped)
        times.network += stepped - made
    }
}

private fun write(file: Path) {
    val random = Random(1)
    FileChannel.open(file, CREATE_NEW, WRITE).use { channel ->
        Flux
            .range(0, STEPS * BATCH)
            .map { example(random) }
            .transform(TfRecords.encode())
            .doOnNext { frame -> while (frame.hasRemaining()) channel.write(frame) }
            .blockLast()
    }
}

private fun example(random: Random): ByteBuffer {
    val label = random.nextInt(2).toLong()
    val data = ByteBuffer.allocate(VALUES * Double.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    repeat(VALUES) { data.putDouble(label - 0.5 + random.nextGaussian()) }
    val bytes = BytesList.newBuilder().addValue(ByteString.copyFrom(data.flip()))
    val labels = Int64List.newBuilder().addValue(label)
    val features =
        Features
            .newBuilder()
            .putFeature("data", FeatureProto.newBuilder().setBytesList(bytes).build())
            .putFeature("labels", FeatureProto.newBuilder().setInt64List(labels).build())
    return ByteBuffer.wrap(
        Example
            .newBuilder()
            .setFeatures(features)
            .build()
            .toByteArray(),
    )
}
