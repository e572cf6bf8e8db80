package io.pipeflux.kotlin

import io.pipeflux.records.batch.Column
import io.pipeflux.records.batch.ColumnBatch

/**
 * Returns the column of this name: `batch["data"].asDoubleBuffer()`.
 *
 * @throws IllegalArgumentException if the batch has no such column; the message names its columns
 */
public operator fun ColumnBatch.get(name: String): Column = column(name)
