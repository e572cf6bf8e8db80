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
 * Turns batches into arrays of DJL (djl.ai).
 *
 * <pre>
 *   column                        array                           name
 *   FLOAT64, shape [64, 1024]     float64 (64, 1024)              data
 *   INT64, ragged                 int64 (values of all rows)      ids
 *                                 int32 (rows + 1)                ids/row_splits
 *   ragged in two levels          and int32 (lists + 1)           ids/row_splits_1
 *   BYTES or UTF8                 uint8 (bytes of all values)     text
 *                                 int32 (values + 1)              text/offsets
 *   BYTES or UTF8, ragged         uint8, int32, int32             text, text/row_splits, text/offsets
 * </pre>
 *
 * <p>{@code FLOAT64}, {@code FLOAT32}, {@code FLOAT16}, {@code INT64}, {@code INT32}, {@code INT8}, {@code UINT8} and
 * {@code BOOL} have their equals in DJL. The other types are refused: DJL's PyTorch engine ends the JVM when it is
 * asked for them. Let the schema read such values as {@code INT32}, {@code INT64} or {@code FLOAT32}.
 *
 * <p>On a CPU, PyTorch's arrays are the direct memory of the columns, without a copy: read the batches with {@code
 * schema.withAllocator(ColumnAllocator.pooledDirect(bytes))}, or {@code direct()}. Whatever writes to an array writes
 * to its column. Columns on the heap are copied once, as are splits and offsets.
 *
 * <p>A batch that was turned into arrays belongs to the {@link NDManager} they are attached to. Closing the manager
 * closes the arrays and {@linkplain ColumnBatch#release releases} the batch; nobody else releases it. Then nothing may
 * use that memory any more: of a slice, a reshaped array or another view of such an array that is to live longer,
 * attach a {@linkplain NDArray#duplicate() duplicate} to the other manager.
 */
public final class DjlBatches {

    private static final String ROW_SPLITS = "/row_splits";
    private static final String OFFSETS = "/offsets";

    private DjlBatches() {}

    /**
     * Turns columns into arrays, which have the columns' names.
     *
     * @param batch belongs to the manager, unless this method throws
     * @param manager closes the arrays and releases the batch. Use a {@linkplain NDManager#newSubManager() manager of
     *     its own} for each batch
     * @param columns the names, in the order of the arrays
     * @return the arrays. A ragged column is two arrays, and byte strings are one more: see the class
     * @throws IllegalArgumentException if there is no such column, or DJL has not its type
     * @throws IllegalStateException if the batch was released or the manager is closed
     */
    public static NDList arrays(ColumnBatch batch, NDManager manager, List<String> columns) {
        List<Column> all = columns(batch, columns);
        String release = NDManager.nextUid();
        manager.attachInternal(release, batch::release); // keeps the memory reachable, too
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
     * Turns columns into a batch of DJL, for {@code EasyTrain.trainBatch} and the like.
     *
     * @param batch belongs to the result, unless this method throws
     * @param parent the manager of the trainer; the result has a sub-manager of it
     * @param data the names of the columns that are the model's input
     * @param labels the names of the columns that are its labels; may be empty
     * @return closed after the step. It can be divided among several devices unless one of its columns is ragged or has
     *     byte strings
     * @throws IllegalArgumentException if there is no such column, or DJL has not its type
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
     * Returns a pipeline as a data set, for {@code EasyTrain.fit}: each iteration subscribes to it. So a pipeline
     * without {@code repeat} over a channel in pipe mode is an epoch each time, read from the next pipe.
     *
     * <p>An iteration blocks until the next batch has arrived, and throws what went wrong. It requests one batch at a
     * time; what is to be ready before is read ahead by {@code prefetch} and {@code mapAndBatch}. An iteration that is
     * not completed is cancelled, and its pipe closed, when the manager is closed that the data set was asked with: the
     * trainer's.
     *
     * <p>Each batch is released after its use. So batches that are kept for other epochs, as by {@code cache()}, must
     * not be in pooled memory: with {@code direct()} they are collected when nobody holds them any more.
     *
     * @param batches the batches of an epoch
     * @param data the names of the columns that are the model's input
     * @param labels the names of the columns that are its labels; may be empty
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

    /** Returns memory that an engine may take for its own: native code does not know that memory is read-only. */
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

    /** Rows cannot be cut from arrays of another length: without a batchifier DJL refuses to. */
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
