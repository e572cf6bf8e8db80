package io.pipeflux.samples.djl

import ai.djl.ndarray.NDArray
import ai.djl.ndarray.NDArrays
import ai.djl.ndarray.NDList
import ai.djl.ndarray.NDManager
import ai.djl.ndarray.index.NDIndex
import ai.djl.ndarray.types.DataType
import ai.djl.ndarray.types.Shape
import ai.djl.ndarray.types.SparseFormat
import ai.djl.nn.AbstractBlock
import ai.djl.nn.Activation
import ai.djl.nn.Parameter
import ai.djl.nn.SequentialBlock
import ai.djl.nn.core.Embedding
import ai.djl.nn.core.Linear
import ai.djl.training.ParameterStore
import ai.djl.util.PairList

/**
 * Predicts whether a visitor will buy.
 *
 *     pages   (ragged ids)    mean of embeddings --+
 *     country (category)      embedding -----------+-- linear 16 -- relu -- linear 1
 *     device  (category)      embedding -----------+
 *     visit   (4 numbers)     as they are ---------+
 */
internal class PurchaseNetwork : AbstractBlock(1) {
    private val pages = table("pages", PAGES)
    private val countries = table("countries", COUNTRIES)
    private val devices = table("devices", DEVICES)
    private val head =
        addChildBlock(
            "head",
            SequentialBlock()
                .add(Linear.builder().setUnits(16).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(1).build()),
        )

    private fun table(
        name: String,
        rows: Int,
    ): Parameter =
        addParameter(
            Parameter
                .builder()
                .setName(name)
                .setType(Parameter.Type.WEIGHT)
                .optShape(Shape(rows.toLong(), WIDTH))
                .build(),
        )

    /** The inputs are the arrays of the columns named in [INPUTS]. A ragged column has two arrays. */
    override fun forwardInternal(
        store: ParameterStore,
        inputs: NDList,
        training: Boolean,
        params: PairList<String, Any>?,
    ): NDList {
        fun rows(
            ids: NDArray,
            table: Parameter,
        ): NDArray = rows(ids, store.getValue(table, ids.device, training))

        val (ids, rowSplits, country, device, visit) = inputs
        val known = NDList(mean(rows(ids, pages), rowSplits), rows(country, countries), rows(device, devices), visit)
        return head.forward(store, NDList(NDArrays.concat(known, 1)), training)
    }

    override fun getOutputShapes(inputs: Array<Shape>): Array<Shape> = arrayOf(Shape(inputs.last()[0], 1))

    override fun initializeChildBlocks(
        manager: NDManager,
        dataType: DataType,
        vararg inputs: Shape,
    ) = head.initialize(manager, dataType, Shape(1, 3 * WIDTH + VISIT))

    private companion object {
        const val WIDTH = 8L

        fun rows(
            ids: NDArray,
            table: NDArray,
        ): NDArray = Embedding.embedding(ids, table, SparseFormat.DENSE).singletonOrThrow()

        /**
         * Returns the mean of each row's values, or 0 for an empty row. First, this function computes the running sum
         * of all values. A row's sum is then the running sum at the row's end minus the running sum at the row's
         * beginning.
         */
        fun mean(
            values: NDArray,
            rowSplits: NDArray,
        ): NDArray {
            val sums = values.manager.zeros(Shape(1, values.shape[1])).concat(values.cumSum(0), 0)
            val begin = rowSplits.get(NDIndex(":-1"))
            val end = rowSplits.get(NDIndex("1:"))
            val length =
                end
                    .sub(begin)
                    .maximum(1)
                    .toType(DataType.FLOAT32, false)
                    .expandDims(1)
            return rows(end, sums).sub(rows(begin, sums)).div(length)
        }
    }
}
