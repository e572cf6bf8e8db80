package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.records.DetectedFormat
import io.pipeflux.records.Formats
import io.pipeflux.records.inspect.InferredSchema
import io.pipeflux.records.inspect.Schemas
import reactor.core.publisher.Flux

/**
 * Looks at the first object that has content, and returns how it is to be decoded, and why; null if no object has content.
 *
 * @throws io.pipeflux.core.CorruptRecordException if its first bytes are none of the known formats
 */
public suspend fun Flux<ObjectBytes>.detectFormat(): DetectedFormat? = Formats.detect(this).awaitDataOrNull()

/**
 * Looks at the first bytes of this object, and returns how it is to be decoded, and why.
 *
 * @throws io.pipeflux.core.CorruptRecordException if they are none of the known formats, or if there are none
 */
public suspend fun ObjectBytes.detectFormat(): DetectedFormat = Formats.detect(this).awaitData()

/**
 * Reads the first records of these objects, and proposes a schema for them; null if there are no records.
 *
 * @param records how many records are read, at least 1
 */
public suspend fun Flux<ObjectBytes>.inferSchema(records: Int): InferredSchema? = Schemas.infer(this, records).awaitDataOrNull()
