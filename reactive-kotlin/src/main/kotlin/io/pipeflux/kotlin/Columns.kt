package io.pipeflux.kotlin

import io.pipeflux.records.batch.Column
import io.pipeflux.records.batch.ColumnBatch

/**
 * Returns the column with the given name: `batch["data"].asDoubleBuffer()`.
 *
 * @throws IllegalArgumentException if the batch has no such column. The message names the columns of the batch
 */
public operator fun ColumnBatch.get(name: String): Column = column(name)
