package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.records.DetectedFormat
import io.pipeflux.records.Formats
import io.pipeflux.records.inspect.InferredSchema
import io.pipeflux.records.inspect.Schemas
import reactor.core.publisher.Flux

/**
 * Detects the format of these objects from the first one that has content. Returns null if no object has content.
 *
 * @throws io.pipeflux.core.CorruptRecordException if its first bytes are of none of the known formats
 */
public suspend fun Flux<ObjectBytes>.detectFormat(): DetectedFormat? = Formats.detect(this).awaitDataOrNull()

/**
 * Detects the format of this object from its first bytes.
 *
 * @throws io.pipeflux.core.CorruptRecordException if they are of none of the known formats, or if the object is empty
 */
public suspend fun ObjectBytes.detectFormat(): DetectedFormat = Formats.detect(this).awaitData()

/**
 * Infers a schema from the first records of these objects. Returns null if there are no records.
 *
 * @param records the number of records to read, at least 1
 */
public suspend fun Flux<ObjectBytes>.inferSchema(records: Int): InferredSchema? = Schemas.infer(this, records).awaitDataOrNull()
