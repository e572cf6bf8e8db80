package io.pipeflux.records.batch;

import java.nio.ByteBuffer;

/**
 * Provides the memory of columns. A schema takes an allocator:
 * {@code schema.withAllocator(ColumnAllocator.pooled(64 << 20))}. Without one it uses {@link #heap}. The integration of
 * an engine may have its own allocator, so that values are parsed directly into the engine's memory.
 *
 * <pre>
 *   {@link #heap}           arrays, freed by the garbage collector
 *   {@link #direct}         memory outside the heap, for engines that read it without a copy; freed by the collector
 *   {@link #pooled}         arrays that {@link ColumnBatch#release} returns to the pool, for later batches
 *   {@link #pooledDirect}   memory outside the heap, pooled in the same way
 *   {@link #poisoning}      for tests: finds code that uses a batch after its release
 * </pre>
 *
 * <p>Rules for implementations:
 * <ul>
 *   <li>Several threads call an allocator at once: the workers that build batches, and the threads that release them.
 *   <li>Between position and limit, a buffer has at least the requested bytes; it may have more. It is writable. It may
 *       have any content and byte order: nothing is read that was not written before.
 *   <li>If the allocator returns {@code null}, a read-only buffer or one that is too small, the batch fails with an
 *       {@link IllegalStateException}.
 *   <li>Memory that is in use must not be returned again before it is released.
 * </ul>
 */
public interface ColumnAllocator {

    /**
     * Allocates the values of a column of numbers. Called when the column's shape is known: for padded columns, after
     * the longest row was found.
     *
     * @param column the column's name
     * @param dtype the column's type, not {@code BYTES} or {@code UTF8}
     * @param shape the number of rows, then the dimensions of a row's values; must not be changed
     * @return memory for the values. By default {@link #allocate(long)} of their bytes
     */
    default ByteBuffer allocate(String column, DType dtype, int[] shape) {
        long bytes = dtype.bytes();
        for (int dimension : shape) {
            bytes *= dimension;
        }
        return allocate(bytes);
    }

    /**
     * Allocates memory for data without a known shape: offsets, row splits, the bytes of byte strings, and values whose
     * number is not yet known.
     *
     * @param bytes at most 2147483584
     */
    ByteBuffer allocate(long bytes);

    /**
     * Takes memory back. Called once for each allocated buffer, with the same instance: when its batch is {@linkplain
     * ColumnBatch#release released}, is discarded by an operator of Pipeflux or could not be built, and when the values
     * of a column have outgrown the buffer. Not called for a batch that is never released. Does nothing by default.
     */
    default void release(ByteBuffer memory) {}

    /** Returns the allocator of new arrays, which the garbage collector frees. It is the default. */
    static ColumnAllocator heap() {
        return HeapMemory.INSTANCE;
    }

    /**
     * Returns the allocator of memory outside the heap. It never causes a garbage collection: when the direct memory of
     * the process has reached half of the JVM's limit ({@code -XX:MaxDirectMemorySize}, by default as much as the
     * heap), it returns arrays until the garbage collector has freed direct memory. Its {@code toString} has the
     * figures.
     */
    static ColumnAllocator direct() {
        return DirectMemory.INSTANCE;
    }

    /**
     * Returns a new allocator that reuses the memory of released batches. If no kept memory fits, it allocates new
     * memory and never waits, so with a consumer that does not release batches it works like {@link #heap}. Its
     * {@code toString} has the figures: how much memory is kept and in use, how often new memory was needed.
     *
     * @param bytes the maximum amount of memory that is kept for later batches. Memory in use does not count
     */
    static ColumnAllocator pooled(long bytes) {
        return new PooledMemory(bytes);
    }

    /**
     * Returns a new allocator that reuses memory outside the heap, for engines that read it without a copy. It is
     * {@link #pooled} with the memory of {@link #direct}. It saves the cost of new direct memory, which is cleared
     * before its use and waits for the garbage collector afterwards.
     *
     * @param bytes the maximum amount of memory that is kept for later batches. Memory in use does not count
     */
    static ColumnAllocator pooledDirect(long bytes) {
        return new PooledMemory(bytes, true);
    }

    /**
     * Returns an allocator that helps tests to find uses of a batch after {@link ColumnBatch#release}. Its memory is
     * filled with the byte {@code 0xA5} when it is allocated and when it is released. It is never reused, so code that
     * reads a view of a released batch reads only {@code 0xA5}.
     */
    static ColumnAllocator poisoning() {
        return PoisonedMemory.INSTANCE;
    }
}
