package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.records.DetectedFormat
import io.pipeflux.records.Formats
import io.pipeflux.records.inspect.InferredSchema
import io.pipeflux.records.inspect.Schemas
import reactor.core.publisher.Flux

/**
 * Detects the format of these objects by the first object that has content. Returns null if no object has content.
 *
 * @throws io.pipeflux.core.CorruptRecordException if the first bytes of that object match no known format
 */
public suspend fun Flux<ObjectBytes>.detectFormat(): DetectedFormat? = Formats.detect(this).awaitDataOrNull()

/**
 * Detects the format of this object by its first bytes.
 *
 * @throws io.pipeflux.core.CorruptRecordException if these bytes match no known format, or if the object is empty
 */
public suspend fun ObjectBytes.detectFormat(): DetectedFormat = Formats.detect(this).awaitData()

/**
 * Infers a schema from the first records of these objects. Returns null if there are no records.
 *
 * @param records the number of records to read, at least 1
 */
public suspend fun Flux<ObjectBytes>.inferSchema(records: Int): InferredSchema? = Schemas.infer(this, records).awaitDataOrNull()
