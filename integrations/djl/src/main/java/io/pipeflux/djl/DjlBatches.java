package io.pipeflux.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.Batchifier;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Converts batches to arrays of DJL (djl.ai).
 *
 * <pre>
 *   column                        array                           name
 *   FLOAT64, shape [64, 1024]     float64 (64, 1024)              data
 *   INT64, ragged                 int64 (values of all rows)      ids
 *                                 int32 (rows + 1)                ids/row_splits
 *   ragged in two levels          also int32 (lists + 1)          ids/row_splits_1
 *   BYTES or UTF8                 uint8 (bytes of all values)     text
 *                                 int32 (values + 1)              text/offsets
 *   BYTES or UTF8, ragged         uint8, int32, int32             text, text/row_splits, text/offsets
 * </pre>
 *
 * <p>{@code FLOAT64}, {@code FLOAT32}, {@code FLOAT16}, {@code INT64}, {@code INT32}, {@code INT8}, {@code UINT8} and
 * {@code BOOL} have the same types in DJL. Other types are rejected, because DJL's PyTorch engine terminates the JVM
 * when it receives them. Let the schema read such values as {@code INT32}, {@code INT64} or {@code FLOAT32}.
 *
 * <p>On a CPU, PyTorch's arrays use the direct memory of the columns without a copy. Writing to an array then also
 * writes to its column. To get batches in direct memory, pass {@code ColumnAllocator.pooledDirect(bytes)} or {@code
 * ColumnAllocator.direct()} to {@code Schema.withAllocator}. Columns on the heap are copied once. Row splits and
 * offsets are always copied.
 *
 * <p>A batch that was converted to arrays belongs to the {@link NDManager} to which the arrays are attached. Closing
 * this manager closes the arrays and {@linkplain ColumnBatch#release releases} the batch, so do not release the batch
 * yourself. Do not use the memory after the manager has been closed. If a slice, a reshaped array or another view of an
 * array must live longer than the batch, attach a {@linkplain NDArray#duplicate() duplicate} of it to a different
 * manager.
 */
public final class DjlBatches {

    private static final String ROW_SPLITS = "/row_splits";
    private static final String OFFSETS = "/offsets";

    private DjlBatches() {}

    /**
     * Converts columns to arrays, and names the arrays after the columns.
     *
     * @param batch the batch. It belongs to the manager afterwards, unless this method throws
     * @param manager the manager that closes the arrays and releases the batch. Use a {@linkplain
     *     NDManager#newSubManager() new sub-manager} for each batch
     * @param columns the names of the columns, in the order of the arrays
     * @return the arrays. Ragged columns and byte strings become several arrays, as the table in the description of
     *     this class shows
     * @throws IllegalArgumentException if the batch lacks one of the columns, or DJL does not support the column's type
     * @throws IllegalStateException if the batch was released or the manager is closed
     */
    public static NDList arrays(ColumnBatch batch, NDManager manager, List<String> columns) {
        List<Column> all = columns(batch, columns);
        String release = NDManager.nextUid();
        manager.attachInternal(release, batch::release); // this also keeps the memory reachable
        NDList arrays = new NDList();
        try {
            all.forEach(column -> add(arrays, column, manager));
            return arrays;
        } catch (Throwable t) {
            manager.detachInternal(release);
            arrays.close();
            throw t;
        }
    }

    /**
     * Converts columns to a batch of DJL, for methods such as {@code EasyTrain.trainBatch}.
     *
     * @param batch the batch. It belongs to the result afterwards, unless this method throws
     * @param parent the manager of the trainer. The result has its own sub-manager of {@code parent}
     * @param data the names of the columns that are the model's input
     * @param labels the names of the columns that are the model's labels; may be empty
     * @return the batch, which must be closed after the step. It can be divided among several devices unless one of its
     *     columns is ragged or has byte strings
     * @throws IllegalArgumentException if the batch lacks one of the columns, or DJL does not support the column's type
     * @throws IllegalStateException if the batch was released or the manager is closed
     */
    public static Batch batch(ColumnBatch batch, NDManager parent, List<String> data, List<String> labels) {
        List<Column> inputs = columns(batch, data);
        List<Column> expected = columns(batch, labels);
        NDManager manager = parent.newSubManager();
        try {
            NDList inputArrays = new NDList();
            inputs.forEach(column -> add(inputArrays, column, manager));
            NDList labelArrays = new NDList();
            expected.forEach(column -> add(labelArrays, column, manager));
            Batch result = new Batch(
                    manager, inputArrays, labelArrays, batch.rows(), batchifier(inputs), batchifier(expected), 0, 0);
            manager.attachInternal(NDManager.nextUid(), batch::release);
            return result;
        } catch (Throwable t) {
            manager.close();
            throw t;
        }
    }

    /**
     * Returns a data set of a pipeline's batches, for {@code EasyTrain.fit}. Each iteration subscribes to the pipeline.
     * For example, if a pipeline without {@code repeat} reads a channel in pipe mode, each iteration reads one epoch,
     * from the next pipe.
     *
     * <p>An iteration blocks until the next batch has arrived, and throws the error if the pipeline fails. Each
     * iteration requests one batch at a time, but {@code prefetch} and {@code mapAndBatch} read ahead. An iteration
     * that is abandoned before its end is cancelled when the manager that was passed to {@code getData} is closed. Its
     * pipe is then closed, too. {@code EasyTrain.fit} passes the trainer's manager.
     *
     * <p>Each batch is released after its use. Therefore, if batches are kept for later epochs, for example by {@code
     * cache()}, their memory must not be pooled. The memory of {@code ColumnAllocator.direct()} is suitable, because
     * the garbage collector frees it when the batch is unreachable.
     *
     * @param batches the batches of an epoch
     * @param data the names of the columns that are the model's input
     * @param labels the names of the columns that are the model's labels; may be empty
     */
    public static Dataset dataset(Flux<ColumnBatch> batches, List<String> data, List<String> labels) {
        List<String> inputs = List.copyOf(data);
        List<String> expected = List.copyOf(labels);
        return new FluxDataset(batches, (columns, manager) -> batch(columns, manager, inputs, expected));
    }

    private static List<Column> columns(ColumnBatch batch, List<String> names) {
        List<Column> columns = names.stream().map(batch::column).toList();
        columns.forEach(DjlBatches::type);
        return columns;
    }

    private static void add(NDList arrays, Column column, NDManager manager) {
        DataType type = type(column);
        ByteBuffer values = memory(column);
        Shape shape = column.isRagged() || column.dtype().hasOffsets()
                ? new Shape(values.remaining() / type.getNumOfBytes())
                : new Shape(Arrays.stream(column.shape()).asLongStream().toArray());
        add(arrays, column.name(), manager.create(values, shape, type));
        for (int level = 0; column.isRagged() && level < column.shape().length - 1; level++) {
            String splits = column.name() + ROW_SPLITS + (level == 0 ? "" : "_" + level);
            add(arrays, splits, ints(manager, column.rowSplits(level)));
        }
        if (column.dtype().hasOffsets()) {
            add(arrays, column.name() + OFFSETS, ints(manager, column.offsets()));
        }
    }

    private static void add(NDList arrays, String name, NDArray array) {
        array.setName(name);
        arrays.add(array);
    }

    private static NDArray ints(NDManager manager, Buffer values) {
        return manager.create(values, new Shape(values.remaining()), DataType.INT32);
    }

    /**
     * Returns the column's values or, if they are read-only, a copy of them. The copy is needed because native code
     * does not know that memory is read-only, and might write to it.
     */
    private static ByteBuffer memory(Column column) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("expected a little-endian machine, as columns are: " + column);
        }
        ByteBuffer values = column.values();
        if (!values.isReadOnly()) {
            return values;
        }
        ByteBuffer copy = ByteBuffer.allocateDirect(values.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        return copy.put(values).flip();
    }

    /**
     * Returns DJL's standard batchifier, or null if a column is ragged or has byte strings, because the column's arrays
     * do not have one element per row. Without a batchifier, DJL does not divide the batch among devices.
     */
    private static @Nullable Batchifier batchifier(List<Column> columns) {
        return columns.stream()
                        .anyMatch(column -> column.isRagged() || column.dtype().hasOffsets())
                ? null
                : Batchifier.STACK;
    }

    private static DataType type(Column column) {
        return switch (column.dtype()) {
            case FLOAT64 -> DataType.FLOAT64;
            case FLOAT32 -> DataType.FLOAT32;
            case FLOAT16 -> DataType.FLOAT16;
            case INT64 -> DataType.INT64;
            case INT32 -> DataType.INT32;
            case INT8 -> DataType.INT8;
            case UINT8, BYTES, UTF8 -> DataType.UINT8;
            case BOOL -> DataType.BOOLEAN;
            case INT16, UINT16 -> throw refused(column, DType.INT32);
            case UINT32 -> throw refused(column, DType.INT64);
            case BFLOAT16 -> throw refused(column, DType.FLOAT32);
        };
    }

    private static IllegalArgumentException refused(Column column, DType wider) {
        return new IllegalArgumentException("expected a column of a type that DJL's engines have, but got " + column
                + ": let the schema read it as " + wider);
    }
}
