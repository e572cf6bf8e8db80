package io.pipeflux.tensorflow;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;

/** Copies the values of columns to new tensors. */
final class TensorCopies {

    private TensorCopies() {}

    /**
     * Returns a copy of a column's values. For a ragged column, these are the values of all rows, one row after
     * another.
     */
    static Tensor values(Column column) {
        Shape shape = column.isRagged() ? Shape.of(column.size()) : Shape.of(longs(column.shape()));
        if (column.dtype() == DType.BYTES || column.dtype() == DType.UTF8) {
            return strings(column, shape);
        }
        Tensor tensor = Tensor.of(TensorTypes.of(column.dtype()), shape);
        try {
            if (column.size() > 0) {
                TensorTypes.copy(column.dtype(), column.values(), TensorMemory.of(tensor));
            }
            return tensor;
        } catch (Throwable t) {
            tensor.close();
            throw t;
        }
    }

    /**
     * Returns a copy of the row splits of one level of a ragged column. Level 0 divides the column into the rows of the
     * batch.
     */
    static Tensor rowSplits(Column column, int level) {
        IntBuffer splits = column.rowSplits(level);
        Tensor tensor = Tensor.of(TInt32.class, Shape.of(splits.remaining()));
        TensorMemory.of(tensor).order(ByteOrder.nativeOrder()).asIntBuffer().put(splits);
        return tensor;
    }

    private static Tensor strings(Column column, Shape shape) {
        byte[][] strings = new byte[column.size()][];
        for (int i = 0; i < strings.length; i++) {
            ByteBuffer bytes = column.bytes(i);
            strings[i] = new byte[bytes.remaining()];
            bytes.get(strings[i]);
        }
        return TString.tensorOfBytes(shape, DataBuffers.ofObjects(strings));
    }

    static long[] longs(int[] shape) {
        long[] longs = new long[shape.length];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = shape[i];
        }
        return longs;
    }
}
