package io.pipeflux.kotlin.docs

import io.pipeflux.kotlin.get
import io.pipeflux.records.batch.ColumnBatch
import java.nio.ByteBuffer

/** Stands for a model: it learns the mean of the labels. */
class Model {
    private var rows = 0L
    private var sum = 0L

    val seen get() = rows

    fun fit(batch: ColumnBatch): Double {
        val labels = batch["labels"].asLongBuffer()
        for (row in 0 until batch.rows()) sum += labels[row]
        rows += batch.rows()
        return sum.toDouble() / rows
    }

    fun fit(
        batch: ColumnBatch,
        weights: List<Double>,
    ): Double {
        check(weights.size == batch.rows()) { "expected ${batch.rows()} weights, but got ${weights.size}" }
        return fit(batch)
    }

    fun toBytes(): ByteArray =
        ByteBuffer
            .allocate(16)
            .putLong(rows)
            .putLong(sum)
            .array()

    fun restore(bytes: ByteArray) {
        val state = ByteBuffer.wrap(bytes)
        rows = state.getLong()
        sum = state.getLong()
    }
}
