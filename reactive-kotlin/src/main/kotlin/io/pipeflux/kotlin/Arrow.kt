package io.pipeflux.kotlin

import io.pipeflux.records.arrow.ArrowNulls
import io.pipeflux.records.arrow.ArrowStreams
import io.pipeflux.records.batch.ColumnBatch
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.util.stream.Collector

/**
 * Encodes the batches as one Arrow IPC stream, for a reader in any language.
 *
 * @param fields the collector of the batches, such as `schema.batches()`. If there are no batches, the collector
 *     determines the fields of the stream. With null, the default, a stream without batches has no fields
 */
public fun Flux<ColumnBatch>.encodeArrow(fields: Collector<*, *, ColumnBatch>? = null): Flux<ByteBuffer> =
    transform(if (fields == null) ArrowStreams.encode() else ArrowStreams.encode(fields))

/**
 * Encodes the batches as one Arrow IPC stream: `batches.encodeArrow().toPipe(fifo)`. One batch is requested at a time,
 * when its bytes are requested.
 *
 * @param fields the collector of the batches, as for a `Flux`
 */
public fun Flow<ColumnBatch>.encodeArrow(fields: Collector<*, *, ColumnBatch>? = null): Flow<ByteBuffer> =
    flow { asFluxWhile { emitAll(it.encodeArrow(fields).toFlow()) } }

/**
 * Decodes an Arrow IPC stream, for example one that another program writes into a pipe. The batches have the resume
 * points that `decode(ArrowStreams.format())` gives them.
 *
 * @param nulls the values that replace the stream's nulls. By default, nulls are an error
 */
public fun Flux<ByteBuffer>.decodeArrow(nulls: ArrowNulls? = null): Flux<ColumnBatch> =
    decode(if (nulls == null) ArrowStreams.format() else ArrowStreams.format(nulls))
