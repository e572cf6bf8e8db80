package io.pipeflux.kotlin.docs

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.PipelineMonitor
import io.pipeflux.core.RawRecord
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.TruncatedInputException
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.codec.FrameBuffer
import io.pipeflux.core.codec.FrameDecoder
import io.pipeflux.core.codec.FrameFormat
import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.kotlin.awaitLatest
import io.pipeflux.kotlin.awaitRun
import io.pipeflux.kotlin.awaitSaveIfDue
import io.pipeflux.kotlin.awaitSaveLast
import io.pipeflux.kotlin.decode
import io.pipeflux.kotlin.decodeObjects
import io.pipeflux.kotlin.detectFormat
import io.pipeflux.kotlin.get
import io.pipeflux.kotlin.inferSchema
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefetch
import io.pipeflux.kotlin.prefixChannel
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.kotlin.resumeAt
import io.pipeflux.kotlin.shuffle
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.batch.DType
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.text.TextLines
import io.pipeflux.records.tfrecord.TfRecords
import io.pipeflux.test.PipeHarness
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.awaitSingle
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import reactor.core.publisher.Flux
import software.amazon.awssdk.services.s3.S3AsyncClient
import java.nio.ByteBuffer
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds

// Each part between two such lines of dashes is a snippet of docs/guide; GuideTest runs them.
// -------------------------------------------------------------------------------------------------------------------

suspend fun trainFromPipes(
    ml: Path,
    schema: Schema,
    fit: (ColumnBatch) -> Unit,
) = PipeChannels
    .create(PipeOptions.mlRoot(ml))
    .channel("train")
    .decode(TfRecords.format())
    .repeatEpochs(2)
    .prefetch(10)
    .mapAndBatch(64, 2, schema.batches())
    .toFlow()
    .collect { fit(it) }

// -------------------------------------------------------------------------------------------------------------------

suspend fun fillPipes(
    s3: S3AsyncClient,
    uri: String,
    ml: Path,
) = PipeAgent
    .at(ml)
    .channel("train", s3.prefixChannel(uri).shuffle(42).objects())
    .epochs(2)
    .awaitRun()

// -------------------------------------------------------------------------------------------------------------------

suspend fun trainFromS3(
    s3: S3AsyncClient,
    uri: String,
    schema: Schema,
    fit: (ColumnBatch) -> Unit,
) = s3
    .prefixChannel(uri)
    .shuffle(42)
    .objects()
    .decodeObjects(TfRecords.format())
    .shuffle(4096, 42)
    .repeatEpochs(2)
    .prefetch(10)
    .mapAndBatch(64, 2, schema.batches())
    .toFlow()
    .collect { fit(it) }

// -------------------------------------------------------------------------------------------------------------------

suspend fun lookInto(objects: Flux<ObjectBytes>): String? {
    val detected = objects.detectFormat() ?: return null
    println("${detected.kind()}, ${detected.compression()}: ${detected.reason()}")
    println("${objects.decodeObjects(detected.format()).count().awaitSingle()} records")
    return objects.inferSchema(1000)?.toKotlin()
}

// -------------------------------------------------------------------------------------------------------------------

val narrow: Schema =
    Schema.of(
        Feature.decodeRaw("data", DType.FLOAT64, 4).castTo(DType.FLOAT32), // 32 bytes are four numbers
        Feature.int64("labels").castTo(DType.INT32),
    )

fun describe(batch: ColumnBatch): String {
    val data = batch["data"].asFloatBuffer()
    val labels = batch["labels"].asIntBuffer()
    return (0 until batch.rows()).joinToString { row -> "label ${labels[row]}, first value ${data[row * 4]}" }
}

// -------------------------------------------------------------------------------------------------------------------

suspend fun trainWithCheckpoints(
    batches: Flux<ColumnBatch>,
    model: Model,
    checkpoints: Checkpoints,
) {
    val last = checkpoints.awaitLatest()
    last?.let { model.restore(it.state()) }
    var step = last?.step() ?: 0
    batches.resumeAt(last?.resumeAt() ?: ResumePoint.START).toFlow().collect { batch ->
        model.fit(batch)
        checkpoints.awaitSaveIfDue(++step, batch.resumeAt(), model::toBytes)
    }
    checkpoints.awaitSaveLast(model::toBytes)
}

// -------------------------------------------------------------------------------------------------------------------

suspend fun trainWatched(
    batches: Flux<ColumnBatch>,
    monitor: PipelineMonitor,
    fit: (ColumnBatch) -> Unit,
) = coroutineScope {
    val watching =
        launch {
            while (true) {
                println("${monitor.epochProgress()} ${monitor.waits()}")
                delay(5.seconds)
            }
        }
    batches.contextWrite(monitor.watch()).toFlow().collect { fit(it) }
    watching.cancel()
}

// -------------------------------------------------------------------------------------------------------------------

class PipeTrainingDataTest {
    private val file =
        Flux
            .range(0, 100)
            .map { ByteBuffer.wrap("record $it".toByteArray()) }
            .transform(TfRecords.encode())

    @Test
    fun `batches are full, and a lost writer is an error`() =
        runBlocking<Unit> {
            PipeHarness.create().use { pipes ->
                pipes.feed("train_0", file)
                pipes.feed("train_1", file, PipeHarness.Fault.truncated(1000)) // ends inside a record
                val batches =
                    PipeChannels
                        .create(PipeOptions.directory(pipes.directory()))
                        .channel("train")
                        .decode(TfRecords.format())
                        .mapAndBatch(64, 2, TextLines::text)
                assertThat(batches.toFlow().toList().map { it.size }).containsExactly(64, 36)
                assertThrows<TruncatedInputException> { batches.toFlow().toList() }
            }
        }
}

// -------------------------------------------------------------------------------------------------------------------

object LengthPrefixed {
    fun format(): FrameFormat<RawRecord> = FrameFormat.of("length-prefixed") { FrameDecoder { decode(it) } }

    private fun decode(buffer: FrameBuffer): RawRecord? {
        if (!buffer.ensure(4)) return null
        val length = ByteBuffer.wrap(buffer.array(), buffer.position(), 4).getInt()
        buffer.checkLength(length.toLong())
        return if (buffer.ensure(4L + length)) buffer.record(4 + length, 4, length) else null
    }
}

// -------------------------------------------------------------------------------------------------------------------
