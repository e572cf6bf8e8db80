package io.pipeflux.samples.kotlin

import com.google.protobuf.ByteString
import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.job.InputDataConfig
import io.pipeflux.core.pipe.ChannelWriter
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.kotlin.decode
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefetch
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.batch.DType
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.example.proto.BytesList
import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.tfrecord.TfRecords
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.awaitSingle
import kotlinx.coroutines.runBlocking
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import java.util.Random
import kotlin.system.exitProcess
import io.pipeflux.records.example.proto.Feature as FeatureProto

private const val FEATURES = 16
private const val EPOCHS = 3
private const val ROWS = 9_600

/**
 * Trains a classifier from a channel in pipe mode, inside a coroutine:
 *
 *     ./mvnw -q -Ptrainer -pl samples/kotlin-trainer -am process-classes
 *
 * Without arguments it is its own agent, and fills a temporary channel with made-up examples of two classes. With
 * `-Dtrainer.args="--directory DIR --channel NAME"` it reads the pipes `DIR/NAME_0`, `DIR/NAME_1` and `DIR/NAME_2` that
 * another program fills with such examples: `data` has 16 float64 (raw), `labels` a 0 or 1.
 */
fun main(args: Array<String>) {
    val given = args.toList().chunked(2).associate { it.first() to it.last() }
    val directory = given["--directory"]
    val channel = given["--channel"]
    if (args.isEmpty()) {
        runBlocking { demo() }
    } else if (args.size == 4 && directory != null && channel != null) {
        runBlocking { train(PipeOptions.directory(Path.of(directory)), channel) }
    } else {
        System.err.println("arguments: none, or --directory DIR --channel NAME")
        exitProcess(2)
    }
}

/** Trains from a channel; the accuracy of each epoch, each row classified before it was learned from. */
suspend fun train(
    options: PipeOptions,
    channel: String,
): List<Double> {
    val schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, FEATURES), Feature.int64("labels"))
    val model = Classifier(FEATURES)
    val right = LongArray(EPOCHS)
    val rows = LongArray(EPOCHS)
    PipeChannels
        .create(options)
        .channel(channel)
        .decode(TfRecords.format())
        .repeatEpochs(EPOCHS)
        .prefetch(10)
        .mapAndBatch(64, 2, schema.batches())
        .toFlow(demand = 1)
        .collect { batch ->
            val position = batch.resumeAt().position()
            val epoch = position.epoch().toInt()
            right[epoch] += model.fit(batch).toLong()
            rows[epoch] += batch.rows().toLong()
        }
    return List(EPOCHS) { epoch -> right[epoch].toDouble() / rows[epoch] }
        .onEachIndexed { epoch, accuracy -> println("epoch %d: %,d rows, accuracy %.4f".format(epoch, rows[epoch], accuracy)) }
}

/** Trains from a channel in a temporary directory, made in [parent], that a coroutine fills meanwhile. */
suspend fun demo(parent: Path = Path.of(System.getProperty("java.io.tmpdir"))): List<Double> {
    val ml = Files.createTempDirectory(parent, "pipeflux-trainer-")
    try {
        val pipes = Files.createDirectories(ml.resolve("input/data"))
        val train = mapOf("TrainingInputMode" to "Pipe")
        InputDataConfig.of(mapOf("train" to train)).write(ml.resolve("input/config"))
        return coroutineScope {
            launch { fill(pipes, "train") }
            train(PipeOptions.mlRoot(ml), "train")
        }
    } finally {
        ml.toFile().deleteRecursively()
    }
}

/** What SageMaker or an agent does elsewhere: writes every epoch into a pipe of its own, when a reader has come. */
suspend fun fill(
    directory: Path,
    channel: String,
) {
    val writer = ChannelWriter.into(directory)
    val made = ObjectBytes.of("made-up examples", 0, ObjectBytes.UNKNOWN_SIZE, null) { examples() }
    for (epoch in 0L until EPOCHS) {
        writer.write(channel, epoch, Flux.just(made), ObjectBytes::bytes).awaitSingle()
    }
}

/** The same examples each time: class 1 lies around (0.5, 0.5, ...), class 0 around (-0.5, -0.5, ...). */
private fun examples(): Flux<ByteBuffer> =
    Flux.defer {
        val random = Random(17)
        Flux.range(0, ROWS).map { example(random) }.transform(TfRecords.encode())
    }

private fun example(random: Random): ByteBuffer {
    val label = random.nextInt(2).toLong()
    val data = ByteBuffer.allocate(FEATURES * Double.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    repeat(FEATURES) { data.putDouble(label - 0.5 + random.nextGaussian()) }
    val bytes = BytesList.newBuilder().addValue(ByteString.copyFrom(data.flip()))
    val features =
        Features
            .newBuilder()
            .putFeature("data", FeatureProto.newBuilder().setBytesList(bytes).build())
            .putFeature("labels", FeatureProto.newBuilder().setInt64List(Int64List.newBuilder().addValue(label)).build())
    val example = Example.newBuilder().setFeatures(features).build()
    return ByteBuffer.wrap(example.toByteArray())
}
