package io.pipeflux.kotlin.docs

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.kotlin.awaitLatest
import io.pipeflux.kotlin.awaitRun
import io.pipeflux.kotlin.awaitSaveIfDue
import io.pipeflux.kotlin.awaitSaveLast
import io.pipeflux.kotlin.decode
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefetch
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.kotlin.resumeAt
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.example.Schema
import io.pipeflux.records.tfrecord.TfRecords
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import java.nio.file.Path

// Each part between two such lines of dashes is a snippet of docs/kotlin.md.
// ----------------------------------------------------------------------------------------------------------------
// ---

data class Progress(
    val epoch: Long,
    val step: Long,
    val loss: Double,
)

class Training(
    private val ml: Path,
    private val schema: Schema,
    private val model: Model,
    private val checkpoints: Checkpoints,
) {
    private val state = MutableStateFlow(Progress(0, 0, Double.NaN))
    val progress: StateFlow<Progress> = state.asStateFlow()

    suspend fun train(epochs: Int) {
        val last = checkpoints.awaitLatest()
        if (last != null) model.restore(last.state())
        var step = last?.step() ?: 0
        try {
            PipeChannels
                .create(PipeOptions.mlRoot(ml))
                .channel("train")
                .decode(TfRecords.format())
                .repeatEpochs(epochs)
                .prefetch(10)
                .mapAndBatch(64, 2, schema.batches())
                .resumeAt(last?.resumeAt() ?: ResumePoint.START)
                .toFlow()
                .collect { batch ->
                    val loss = model.fit(batch)
                    state.value = Progress(batch.resumeAt().position().epoch(), ++step, loss)
                    checkpoints.awaitSaveIfDue(step, batch.resumeAt(), model::toBytes)
                }
        } catch (cancelled: CancellationException) {
            checkpoints.awaitSaveLast(model::toBytes) // the next run continues after this step
            throw cancelled
        }
        checkpoints.awaitSaveLast(model::toBytes)
    }
}

suspend fun trainBesideAgent(
    agent: PipeAgent,
    training: Training,
    epochs: Int,
) = coroutineScope {
    val watching = launch { training.progress.collect { println("step ${it.step}: loss ${it.loss}") } } // the latest wins
    val filling = launch { agent.awaitRun() }
    training.train(epochs) // if one of the three fails, the others are cancelled, and their pipes are removed
    filling.cancel()
    watching.cancel()
}

// ----------------------------------------------------------------------------------------------------------------
// ---
