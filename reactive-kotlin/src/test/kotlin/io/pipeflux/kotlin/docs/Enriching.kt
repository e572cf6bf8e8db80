package io.pipeflux.kotlin.docs

import io.pipeflux.core.RawRecord
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.job.Fingerprint
import io.pipeflux.core.operator.BatchOptions
import io.pipeflux.kotlin.awaitLatest
import io.pipeflux.kotlin.awaitSaveIfDue
import io.pipeflux.kotlin.awaitSaveLast
import io.pipeflux.kotlin.decodeObjects
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefixChannel
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.kotlin.resumeAt
import io.pipeflux.kotlin.shuffle
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.tfrecord.TfRecords
import io.pipeflux.s3.http.ReactorNettyHttpClient
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import reactor.core.publisher.Flux
import software.amazon.awssdk.services.s3.S3AsyncClient
import java.nio.file.Path

/** Stands for a call of a service. */
suspend fun weightOf(record: RawRecord): Double {
    delay(1)
    return record.size().toDouble()
}

// Each part between two such lines of dashes is a snippet of docs/kotlin.md; `S3Test` and `SnippetsTest` run them.
// ----------------------------------------------------------------------------------------------------------------
// ---

class Enriched(
    val record: RawRecord,
    val weight: Double,
)

suspend fun trainEnriched(
    s3: S3AsyncClient,
    uri: String,
    model: Model,
    checkpoints: Checkpoints,
) {
    val schema = Schema.of(Feature.int64("labels"))
    val last = checkpoints.awaitLatest()
    if (last != null) model.restore(last.state())
    var step = last?.step() ?: 0
    try {
        s3
            .prefixChannel(uri)
            .objects()
            .decodeObjects(TfRecords.format())
            .shuffle(4096, 42)
            .repeatEpochs(3)
            .mapAndBatch(BatchOptions.of(64, 16).lookAheadRows(256), Dispatchers.IO) { Enriched(it, weightOf(it)) }
            .resumeAt(last?.resumeAt() ?: ResumePoint.START)
            .toFlow()
            .collect { rows ->
                // rows is a List, which has no resumeAt()
                val batch = rows.stream().map { it.record }.collect(schema.batches())
                model.fit(batch, rows.map { it.weight })
                checkpoints.awaitSaveIfDue(++step, batch.resumeAt(), model::toBytes)
            }
    } catch (cancelled: CancellationException) {
        checkpoints.awaitSaveLast(model::toBytes)
        throw cancelled
    }
    checkpoints.awaitSaveLast(model::toBytes)
}

fun main(args: Array<String>) =
    runBlocking<Unit> {
        val (uri, directory) = args
        val job = Fingerprint.of("train", uri).with("batch", 64).with("seed", 42)
        S3AsyncClient.builder().httpClientBuilder(ReactorNettyHttpClient.builder()).build().use { s3 ->
            Checkpoints.directory(Path.of(directory), job).everySteps(100).use { checkpoints ->
                coroutineScope {
                    // inside both `use`: it returns when all that it launches has ended
                    val model = Model()
                    launch {
                        trainEnriched(s3, uri, model, checkpoints)
                        println("${model.seen} rows")
                    }
                }
            }
        }
    }
// ----------------------------------------------------------------------------------------------------------------
// ---

fun enrichedBatches(
    batches: Flux<ColumnBatch>,
    enrich: suspend (ColumnBatch) -> Unit,
): Flow<ColumnBatch> =
    batches // such as records.mapAndBatch(64, 2, schema.batches())
        .mapAndBatch(BatchOptions.of(1, 8).lookAheadRows(8), Dispatchers.Default) { batch -> batch.also { enrich(it) } }
        .toFlow()
        .map { it[0] }
// ----------------------------------------------------------------------------------------------------------------
// ---

suspend fun firstThree(
    lines: Flux<String>,
    fetch: suspend (String) -> FloatArray,
): List<List<FloatArray>> =
    lines
        .mapAndBatch(64, 16, Dispatchers.IO) { fetch(it) }
        .toFlow()
        .take(3)
        .toList() // returns when all calls have ended, also after an error or a cancel
// ----------------------------------------------------------------------------------------------------------------
// ---
