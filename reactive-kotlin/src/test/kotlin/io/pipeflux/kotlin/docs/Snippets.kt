package io.pipeflux.kotlin.docs

import io.pipeflux.core.SkipPolicy
import io.pipeflux.core.operator.BatchOptions
import io.pipeflux.core.pipe.NamedPipes
import io.pipeflux.kotlin.awaitWrite
import io.pipeflux.kotlin.decodeObjects
import io.pipeflux.kotlin.encodeArrow
import io.pipeflux.kotlin.get
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefixChannel
import io.pipeflux.kotlin.toFlow
import io.pipeflux.kotlin.toPipe
import io.pipeflux.records.batch.ColumnBatch
import io.pipeflux.records.text.TextLines
import io.pipeflux.s3.S3Writer
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import reactor.core.publisher.Flux
import software.amazon.awssdk.services.s3.S3AsyncClient
import java.nio.ByteBuffer
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds

// Each part between two such lines of dashes is a snippet of docs/kotlin.md.

class Embeddings(
    private val client: S3AsyncClient,
    private val fetch: suspend (String) -> FloatArray,
) {
    // ------------------------------------------------------------------------------------------------------------
    // ---
    fun embeddings(uri: String): Flow<List<FloatArray>> {
        val options = BatchOptions.of(64, 16).onBadRow(SkipPolicy.skip(3, 100)) // 16 requests at a time
        return client
            .prefixChannel(uri)
            .objects()
            .decodeObjects(TextLines.format())
            .mapAndBatch(options, Dispatchers.IO) { line -> withTimeout(5.seconds) { fetch(TextLines.text(line)) } }
            .toFlow()
    }
    // ------------------------------------------------------------------------------------------------------------
    // ---
}

// ----------------------------------------------------------------------------------------------------------------
// ---

suspend fun writeNumbers(fifo: Path): Boolean {
    NamedPipes.create(fifo)
    val lines = flow { for (number in 0 until 1000) emit(ByteBuffer.wrap("$number\n".toByteArray())) }
    return lines.toPipe(fifo).complete() // false if the reader has left early
}
// ----------------------------------------------------------------------------------------------------------------
// ---

suspend fun sendBatches(
    batches: Flow<ColumnBatch>,
    fifo: Path,
) = batches.encodeArrow().toPipe(fifo)
// ----------------------------------------------------------------------------------------------------------------
// ---

suspend fun upload(
    client: S3AsyncClient,
    bytes: Flow<ByteBuffer>,
): Long = S3Writer.of(client).awaitWrite("s3://pipeflux-demo/output/numbers", bytes).size()
// ----------------------------------------------------------------------------------------------------------------
// ---

fun firstLabel(batch: ColumnBatch): Long = batch["labels"].asLongBuffer()[0]
// ----------------------------------------------------------------------------------------------------------------
// ---

suspend fun collectInATest(batches: Flux<ColumnBatch>) =
    withContext(Dispatchers.Default) {
        // real time, also inside runTest
        withTimeout(60.seconds) { batches.toFlow().collect { println(it.rows()) } }
    }
// ----------------------------------------------------------------------------------------------------------------
// ---
