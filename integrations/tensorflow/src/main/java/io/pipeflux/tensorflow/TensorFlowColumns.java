package io.pipeflux.tensorflow;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;

/**
 * An allocator whose columns are tensors of TensorFlow-Java. Values are parsed directly into the memory of tensors, so
 * that a session or function uses them without a copy.
 *
 * <pre>{@code
 * TensorFlowColumns columns = TensorFlowColumns.create();
 * Flux<ColumnBatch> batches = records.transform(mapAndBatch(64, 2, schema.withAllocator(columns).batches()));
 *
 * Map<String, Tensor> tensors = columns.tensors(batch);
 * session.runner().feed("data", tensors.get("data")).feed("labels", tensors.get("labels")).addTarget("train").run();
 * batch.release();
 * }</pre>
 *
 * <p>{@link #tensors} converts each column as follows:
 * <ul>
 *   <li>A numeric column, padded or not, becomes a tensor of the same type and shape, without a copy. TensorFlow-Java
 *       lacks three of the types, so columns of these types are copied: {@code INT8} and {@code INT16} to {@code
 *       TInt32}, and {@code UINT32} to {@code TInt64}.
 *   <li>A ragged column {@code c} becomes two tensors, which are copies and correspond to the parts of a {@code
 *       tf.RaggedTensor}. The tensor {@code c} has the values of all rows, one row after another. The tensor {@code
 *       c/row_splits}, a {@code TInt32}, has the index of each row's first value, followed by the number of values. If
 *       the column is ragged in several levels, the tensors {@code c/row_splits/1} and so on contain the row splits of
 *       the inner levels, the innermost level last.
 *   <li>A column of byte strings becomes a {@code TString}, which is a copy.
 *   <li>A column whose memory is not from this allocator is always copied.
 * </ul>
 *
 * <p>The tensors, including copies, belong to the batch: {@link ColumnBatch#release} closes them. Memory that
 * TensorFlow itself still uses, such as the memory of a variable to which a tensor was assigned, is kept. After the
 * release, tensors and views of columns must not be used. TensorFlow may have reused or freed their memory, as for
 * every closed tensor.
 *
 * <p>If a batch is never released, the garbage collector frees its tensors when the batch, the views of its columns and
 * the tensors are unreachable. If no column of a batch is from this allocator, {@link ColumnBatch#release} cannot close
 * its tensors. They belong to the caller, who closes them or leaves them to the garbage collector.
 *
 * <p>Thread-safe.
 */
public final class TensorFlowColumns implements ColumnAllocator {

    private static final Cleaner CLEANER = Cleaner.create();
    private static final long KEPT_ARRAYS = 16 << 20;

    private final long limit;
    private final ColumnAllocator arrays = ColumnAllocator.pooled(KEPT_ARRAYS);

    @SuppressWarnings("UndefinedEquals") // arrays are compared by identity
    private final Map<byte[], Given> givenArrays = new WeakHashMap<>();

    private final GivenTensors givenTensors = new GivenTensors();
    private final LongAdder refused = new LongAdder();

    /**
     * The tensors in use, keyed by the address of their memory. This class must not keep the allocated buffers
     * reachable, because their tensors would then never be freed.
     */
    private static final class GivenTensors {
        private final Map<Long, Entry> byAddress = new ConcurrentHashMap<>();
        private final AtomicLong bytes = new AtomicLong();
    }

    /** An entry of {@link GivenTensors}. It is removed when its buffer is released or becomes unreachable. */
    private static final class Entry implements Runnable {
        private final GivenTensors in;
        private final long address;
        private final long bytes;
        private final Given given;

        @SuppressWarnings("NullAway.Init") // set before the address is used
        private Cleaner.Cleanable cleanable;

        Entry(GivenTensors in, long address, long bytes, Given given) {
            this.in = in;
            this.address = address;
            this.bytes = bytes;
            this.given = given;
        }

        @Override
        public void run() {
            in.byAddress.remove(address);
            in.bytes.addAndGet(-bytes);
        }
    }

    private TensorFlowColumns(long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("expected 0 or more bytes of tensors, but got " + limit);
        }
        this.limit = limit;
        requireNatives();
    }

    /**
     * Returns an allocator of tensors whose total size is at most half of the maximum heap size.
     *
     * @throws IllegalStateException if TensorFlow's native code cannot be loaded
     */
    public static TensorFlowColumns create() {
        return create(Runtime.getRuntime().maxMemory() / 2);
    }

    /**
     * Returns an allocator.
     *
     * @param bytes the maximum total size of tensors in use. Columns that would exceed the limit are allocated as
     *     arrays, and {@link #tensors} copies these arrays. The limit is needed because the garbage collector does not
     *     know the size of tensors: without a limit, batches that are not released could use up the memory before the
     *     garbage collector frees them
     * @throws IllegalStateException if TensorFlow's native code cannot be loaded
     */
    public static TensorFlowColumns create(long bytes) {
        return new TensorFlowColumns(bytes);
    }

    private static void requireNatives() {
        try {
            TensorFlow.version();
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "expected TensorFlow's native code for this platform on the class path, but could not load it. Add"
                            + " org.tensorflow:tensorflow-core-native with its classifier, such as linux-x86_64",
                    e);
        }
    }

    @Override
    public ByteBuffer allocate(String column, DType dtype, int[] shape) {
        long bytes = dtype.bytes();
        for (int dimension : shape) {
            bytes *= dimension;
        }
        if (bytes == 0 || !TensorTypes.isSame(dtype)) {
            return allocate(bytes);
        }
        if (givenTensors.bytes.addAndGet(bytes) > limit) {
            givenTensors.bytes.addAndGet(-bytes);
            refused.increment();
            return allocate(bytes);
        }
        return tensor(dtype, shape, bytes);
    }

    private ByteBuffer tensor(DType dtype, int[] shape, long bytes) {
        Tensor tensor = null;
        try {
            tensor = Tensor.of(TensorTypes.of(dtype), Shape.of(TensorCopies.longs(shape)));
            ByteBuffer memory = TensorMemory.of(tensor);
            long address = TensorMemory.address(memory);
            Entry entry = new Entry(givenTensors, address, bytes, Given.tensor(tensor, dtype, shape));
            entry.cleanable = CLEANER.register(memory, entry);
            givenTensors.byAddress.put(address, entry);
            return memory;
        } catch (Throwable t) {
            givenTensors.bytes.addAndGet(-bytes);
            if (tensor != null) {
                tensor.close();
            }
            throw t;
        }
    }

    @Override
    public ByteBuffer allocate(long bytes) {
        ByteBuffer memory = arrays.allocate(bytes);
        synchronized (givenArrays) {
            givenArrays.put(array(memory), Given.array());
        }
        return memory;
    }

    @Override
    public void release(ByteBuffer memory) {
        if (memory.isDirect()) {
            Entry entry = givenTensors.byAddress.get(TensorMemory.address(memory));
            if (entry != null) {
                entry.cleanable.clean();
                entry.given.release();
            }
            return;
        }
        Given given;
        synchronized (givenArrays) {
            given = givenArrays.remove(array(memory));
        }
        if (given != null) {
            given.release();
            arrays.release(memory);
        }
    }

    /**
     * Returns the tensors of a batch, keyed by the names of its columns, in the order of the columns.
     *
     * @throws IllegalStateException if the batch was released
     * @throws IllegalArgumentException if a column has the name of another column's row splits
     */
    public Map<String, Tensor> tensors(ColumnBatch batch) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        List<Tensor> copies = new ArrayList<>();
        Given owner = null;
        try {
            for (String name : batch.names()) {
                Column column = batch.column(name);
                Given given = given(column.values());
                owner = owner == null ? given : owner;
                Tensor tensor = given == null ? null : given.tensorOf(column);
                put(tensors, name, tensor == null ? copied(TensorCopies.values(column), copies) : tensor);
                int levels = column.isRagged() ? column.shape().length - 1 : 0;
                for (int i = 0; i < levels; i++) {
                    String level = i == 0 ? "" : "/" + i;
                    put(tensors, name + "/row_splits" + level, copied(TensorCopies.rowSplits(column, i), copies));
                }
            }
            if (owner != null && !copies.isEmpty()) {
                owner.add(copies);
            }
            return Collections.unmodifiableMap(tensors);
        } catch (Throwable t) {
            copies.forEach(Tensor::close);
            throw t;
        }
    }

    private static Tensor copied(Tensor copy, List<Tensor> copies) {
        copies.add(copy);
        return copy;
    }

    private static void put(Map<String, Tensor> tensors, String name, Tensor tensor) {
        if (tensors.put(name, tensor) != null) {
            throw new IllegalArgumentException("expected one tensor of the name \"" + name
                    + "\", but there is a column of that name beside a ragged one's row splits");
        }
    }

    private @Nullable Given given(ByteBuffer values) {
        if (values.isDirect()) {
            Entry entry = givenTensors.byAddress.get(TensorMemory.address(values));
            return entry == null ? null : entry.given;
        }
        if (!values.hasArray()) {
            return null;
        }
        synchronized (givenArrays) {
            return givenArrays.get(array(values));
        }
    }

    @SuppressWarnings("ByteBufferBackingArray") // only the identity of the array matters
    private static byte[] array(ByteBuffer memory) {
        return memory.array();
    }

    /** Returns the total size in bytes of the tensors in use. */
    long outstanding() {
        return givenTensors.bytes.get();
    }

    /**
     * Returns the number of bytes in use, and how often arrays were allocated instead of tensors because of the limit.
     */
    @Override
    public String toString() {
        return "TensorFlowColumns(" + limit + ")[" + outstanding() + " bytes of " + givenTensors.byAddress.size()
                + " tensors given out and not given back; " + refused + " times an array in place of a tensor]";
    }
}
