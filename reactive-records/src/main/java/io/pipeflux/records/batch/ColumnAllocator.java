package io.pipeflux.records.batch;

import java.nio.ByteBuffer;

/**
 * Provides the memory of columns. To use an allocator, pass it to a schema: {@code
 * schema.withAllocator(ColumnAllocator.pooled(64 << 20))}. By default, a schema uses {@link #heap}. The integration of
 * an engine can have its own allocator, so that values are parsed directly into the engine's memory.
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
 *   <li>An allocator must be thread-safe. It is called by the workers that build batches and by the threads that
 *       release batches.
 *   <li>Between position and limit, a buffer must have at least the requested bytes, and it may have more. It must be
 *       writable. Its content and byte order do not matter, because every byte is written before it is read.
 *   <li>If the allocator returns {@code null}, a read-only buffer or a buffer that is too small, the batch fails with
 *       an {@link IllegalStateException}.
 *   <li>An allocator must not return memory that is in use again before that memory has been released.
 * </ul>
 */
public interface ColumnAllocator {

    /**
     * Allocates the values of a column of numbers. It is called as soon as the column's shape is known. For padded
     * columns, this is after the longest row has been found.
     *
     * @param column the column's name
     * @param dtype the column's type, not {@code BYTES} or {@code UTF8}
     * @param shape the number of rows, followed by the dimensions of a row's values; must not be changed
     * @return memory for the values. By default, the result of {@link #allocate(long)} for their size in bytes
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
     * @param bytes the number of bytes, at most 2147483584
     */
    ByteBuffer allocate(long bytes);

    /**
     * Takes memory back. It is called once for each allocated buffer, with the same instance, in these cases: the batch
     * is {@linkplain ColumnBatch#release released}, an operator of Pipeflux discards the batch, the batch could not be
     * built, or the values of a column have outgrown the buffer. It is not called for a batch that is never released.
     * By default it does nothing.
     */
    default void release(ByteBuffer memory) {}

    /** Returns the default allocator, which allocates new arrays and leaves them to the garbage collector. */
    static ColumnAllocator heap() {
        return HeapMemory.INSTANCE;
    }

    /**
     * Returns the allocator of memory outside the heap. It never causes a garbage collection. When the direct memory of
     * the process has reached half of the JVM's limit ({@code -XX:MaxDirectMemorySize}, by default as much as the
     * heap), it returns arrays until the garbage collector has freed direct memory. Its {@code toString} contains the
     * numbers of direct buffers and arrays.
     */
    static ColumnAllocator direct() {
        return DirectMemory.INSTANCE;
    }

    /**
     * Returns a new allocator that reuses the memory of released batches. If no memory in the pool fits, it allocates
     * new memory and never waits. If a consumer does not release batches, it therefore works like {@link #heap}. Its
     * {@code toString} contains statistics: how much memory is in the pool and in use, and how often new memory was
     * needed.
     *
     * @param bytes the maximum amount of memory that is kept for later batches, not counting memory in use
     */
    static ColumnAllocator pooled(long bytes) {
        return new PooledMemory(bytes);
    }

    /**
     * Returns a new allocator that reuses memory outside the heap, for engines that read it without a copy. It combines
     * the pool of {@link #pooled} with the memory of {@link #direct}. It saves the cost of new direct memory, which is
     * cleared before its use and is freed only by the garbage collector.
     *
     * @param bytes the maximum amount of memory that is kept for later batches, not counting memory in use
     */
    static ColumnAllocator pooledDirect(long bytes) {
        return new PooledMemory(bytes, true);
    }

    /**
     * Returns an allocator that helps tests find code that uses a batch after {@link ColumnBatch#release}. Its memory
     * is filled with the byte {@code 0xA5} when it is allocated and again when it is released. The memory is never
     * reused, so code that reads a view of a released batch reads only {@code 0xA5}.
     */
    static ColumnAllocator poisoning() {
        return PoisonedMemory.INSTANCE;
    }
}
