package io.pipeflux.samples.kotlin

import io.pipeflux.records.batch.ColumnBatch

/** Logistic regression: two classes, a weight per feature, a step of gradient descent per batch. */
internal class Classifier(
    features: Int,
    private val rate: Double = 0.1,
) {
    private val weights = DoubleArray(features)
    private var bias = 0.0

    /** Learns from the columns `data` and `labels`; how many of the rows were classified right before. */
    fun fit(batch: ColumnBatch): Int {
        val data = batch.column("data").asDoubleBuffer()
        val labels = batch.column("labels").asLongBuffer()
        val gradient = DoubleArray(weights.size)
        var biasGradient = 0.0
        var right = 0
        for (row in 0 until batch.rows()) {
            val first = row * weights.size
            val probability = 1 / (1 + StrictMath.exp(-bias - weights.indices.sumOf { weights[it] * data[first + it] }))
            val error = probability - labels[row]
            if (error in -0.5..0.5) right++
            for (i in gradient.indices) gradient[i] += error * data[first + i]
            biasGradient += error
        }
        for (i in weights.indices) weights[i] -= rate * gradient[i] / batch.rows()
        bias -= rate * biasGradient / batch.rows()
        return right
    }
}
