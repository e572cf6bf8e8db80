package io.pipeflux.samples.djl

import ai.djl.Model
import ai.djl.ndarray.types.Shape
import ai.djl.training.DefaultTrainingConfig
import ai.djl.training.EasyTrain
import ai.djl.training.Trainer
import ai.djl.training.evaluator.BinaryAccuracy
import ai.djl.training.listener.TrainingListener
import ai.djl.training.loss.Loss
import ai.djl.training.optimizer.Optimizer
import ai.djl.training.tracker.Tracker
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.channel.DirectoryChannel
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.djl.DjlBatches
import io.pipeflux.kotlin.decode
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefetch
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.batch.ColumnAllocator
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.tfrecord.TfRecords
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.awaitSingleOrNull
import kotlinx.coroutines.runBlocking
import java.nio.file.Files
import java.nio.file.Path
import kotlin.system.exitProcess

internal const val EPOCHS = 3
internal const val BATCH = 64
private const val TRAINING_ROWS = 19_200
private const val VALIDATION_ROWS = 3_200

internal val INPUTS = listOf("pages", "country", "device", "visit")
internal val LABELS = listOf("bought")

/**
 * Trains a small network with DJL and PyTorch. The batches are read from pipes and collected as a Flow. To run it:
 *
 *     ./mvnw -q -Ptrainer -pl samples/djl-trainer -am process-classes
 *
 * Without arguments, the program starts its own agent, which fills the channels `train` and `validation` from generated
 * files. With `-Dtrainer.args="--directory DIR"`, the program reads the pipes `DIR/train_0` to `DIR/train_2` and
 * `DIR/validation_0` to `DIR/validation_2`, which another program must fill with examples that have the same features
 * as the generated ones.
 */
fun main(args: Array<String>) {
    if (args.isNotEmpty() && (args.size != 2 || args[0] != "--directory")) {
        System.err.println("arguments: none, or --directory DIR")
        exitProcess(2)
    }
    if (!isPyTorchHere()) {
        println("skipped: PyTorch could not be fetched, or not for this system (it is for linux-x86_64)")
        return
    }
    runBlocking {
        if (args.isEmpty()) demo() else train(PipeOptions.directory(Path.of(args[1])))
    }
}

internal fun isPyTorchHere(): Boolean = Trainer::class.java.getResource("/native/lib/pytorch.properties") != null

/**
 * The result of an epoch: the training loss, and the fraction of the validation rows that were classified correctly.
 */
data class Epoch(
    val loss: Float,
    val accuracy: Float,
)

/** Trains from the channel `train`, and validates with the channel `validation` after each epoch. */
suspend fun train(options: PipeOptions): List<Epoch> {
    val channels = PipeChannels.create(options)
    // PyTorch's arrays use the memory of the columns directly, without a copy
    val memory = ColumnAllocator.pooledDirect(16 shl 20)
    val config =
        DefaultTrainingConfig(Loss.sigmoidBinaryCrossEntropyLoss())
            .addEvaluator(BinaryAccuracy())
            .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build())
            .addTrainingListeners(*TrainingListener.Defaults.basic())
    Model.newInstance("purchases").use { model ->
        model.ndManager.engine.setRandomSeed(17)
        model.block = PurchaseNetwork()
        model.newTrainer(config).use { trainer ->
            trainer.initialize(Shape(1), Shape(2), Shape(1), Shape(1), Shape(1, VISIT.toLong()))
            return List(EPOCHS) { epoch ->
                val start = System.nanoTime()
                batches(channels, "train", memory).collect { columns ->
                    DjlBatches.batch(columns, trainer.manager, INPUTS, LABELS).use { batch ->
                        EasyTrain.trainBatch(trainer, batch)
                        trainer.step()
                    } // closing the batch releases the batch's memory
                }
                batches(channels, "validation", memory).collect { columns ->
                    DjlBatches.batch(columns, trainer.manager, INPUTS, LABELS).use { EasyTrain.validateBatch(trainer, it) }
                }
                trainer.notifyListeners { it.onEpoch(trainer) }
                val result = trainer.trainingResult
                Epoch(result.trainLoss, result.getValidateEvaluation("BinaryAccuracy"))
                    .also { report(epoch, it, (System.nanoTime() - start) / 1e9) }
            }
        }
    }
}

private fun report(
    epoch: Int,
    result: Epoch,
    seconds: Double,
) = println("epoch %d: loss %.4f, accuracy %.4f, %.2f s".format(epoch, result.loss, result.accuracy, seconds))

/** Returns one epoch of a channel as a Flow. Each time the Flow is collected, it reads the next pipe. */
internal fun batches(
    channels: PipeChannels,
    channel: String,
    memory: ColumnAllocator,
): Flow<ColumnBatch> {
    val schema =
        Schema.of(
            Feature.ragged("pages", DType.INT64),
            Feature.int64("country"),
            Feature.int64("device"),
            Feature.float32("visit", VISIT),
            Feature.float32("bought", 1),
        )
    return channels
        .channel(channel)
        .decode(TfRecords.format())
        .prefetch(10)
        .mapAndBatch(BATCH, 2, schema.withAllocator(memory).batches())
        .toFlow(demand = 1)
}

/** Trains from pipes in a temporary directory under [parent]. An agent fills these pipes at the same time. */
suspend fun demo(parent: Path = Path.of(System.getProperty("java.io.tmpdir"))): List<Epoch> =
    filled(parent) { ml -> train(PipeOptions.mlRoot(ml)) }

/** Runs [block] with a new temporary directory, while an agent fills the pipes in this directory. */
internal suspend fun <T> filled(
    parent: Path,
    block: suspend (Path) -> T,
): T {
    val directory = Files.createTempDirectory(parent, "pipeflux-trainer-")
    try {
        val ml = directory.resolve("ml")
        var agent = PipeAgent.at(ml).epochs(EPOCHS)
        for ((channel, rows) in mapOf("train" to TRAINING_ROWS, "validation" to VALIDATION_ROWS)) {
            val files = Files.createDirectory(directory.resolve(channel))
            Visits(seed = rows.toLong()).write(files.resolve("visits.tfrecord"), rows)
            agent = agent.channel(channel, DirectoryChannel.of(files).objects())
        }
        return coroutineScope {
            launch { agent.run().awaitSingleOrNull() } // completes when all epochs have been read
            block(ml)
        }
    } finally {
        directory.toFile().deleteRecursively()
    }
}
