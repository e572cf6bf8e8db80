package io.pipeflux.tensorflow;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;

/**
 * Memory that was allocated for a batch: a tensor or an array. It may also own tensors that are copies of the batch's
 * other columns. {@link #release} closes these, too.
 */
final class Given {

    private final @Nullable Tensor tensor; // null if the memory is an array
    private final @Nullable DType dtype;
    private final int[] shape;
    private final List<Tensor> copies = new ArrayList<>(0);
    private boolean released;

    private Given(@Nullable Tensor tensor, @Nullable DType dtype, int[] shape) {
        this.tensor = tensor;
        this.dtype = dtype;
        this.shape = shape;
    }

    static Given tensor(Tensor tensor, DType dtype, int[] shape) {
        return new Given(tensor, dtype, shape.clone());
    }

    static Given array() {
        return new Given(null, null, new int[0]);
    }

    /**
     * Returns the tensor if it has the type and shape of the given column, otherwise null.
     *
     * @param column a column whose values start at the beginning of this memory
     */
    @Nullable
    Tensor tensorOf(Column column) {
        return column.dtype() == dtype && Arrays.equals(column.shape(), shape) ? tensor : null;
    }

    /** Adds copies of the batch's other columns. {@link #release} closes the copies, too. */
    synchronized void add(List<Tensor> tensors) {
        if (released) {
            throw new IllegalStateException("expected a batch that has its memory, but it was released meanwhile");
        }
        copies.addAll(tensors);
    }

    /** Closes the tensor and all copies. */
    synchronized void release() {
        released = true;
        if (tensor != null) {
            tensor.close();
        }
        copies.forEach(Tensor::close);
        copies.clear();
    }
}
