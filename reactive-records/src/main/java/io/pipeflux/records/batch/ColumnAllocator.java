package io.pipeflux.records.batch;

import java.nio.ByteBuffer;

/**
 * Allocates the memory of columns. To use an allocator, pass it to a schema: {@code
 * schema.withAllocator(ColumnAllocator.pooled(64 << 20))}. By default, a schema uses {@link #heap}. An integration with
 * an engine can provide its own allocator, so that values are parsed directly into the engine's memory.
 *
 * <pre>
 *   {@link #heap}           arrays, freed by the garbage collector
 *   {@link #direct}         memory outside the heap, for engines that read it without a copy; garbage-collected
 *   {@link #pooled}         arrays that {@link ColumnBatch#release} returns to the pool, for later batches
 *   {@link #pooledDirect}   memory outside the heap, pooled in the same way
 *   {@link #poisoning}      for tests: finds code that uses a batch after its release
 * </pre>
 *
 * <p>Rules for implementations:
 * <ul>
 *   <li>An allocator must be thread-safe. It is called by the workers that build batches and by the threads that
 *       release batches.
 *   <li>A buffer must be writable and must have at least the requested number of bytes between position and limit. The
 *       content and byte order of the buffer do not matter, because every byte is written before it is read.
 *   <li>If the allocator returns {@code null}, a read-only buffer or a buffer that is too small, the batch fails with
 *       an {@link IllegalStateException}.
 *   <li>An allocator must not hand out the same memory again before this memory has been released.
 * </ul>
 */
public interface ColumnAllocator {

    /**
     * Allocates memory for the values of a numeric column. This method is called as soon as the column's shape is
     * known. For a padded column, that is after the longest row has been found.
     *
     * @param column the column's name
     * @param dtype the column's type, not {@code BYTES} or {@code UTF8}
     * @param shape the number of rows, followed by the dimensions of a row's values; must not be changed
     * @return memory for the values. By default, the result of {@link #allocate(long)} for the total size of the values
     *     in bytes
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
     * Takes memory back. This method is called exactly once for each allocated buffer, with the same buffer instance,
     * when one of the following happens: the batch is {@linkplain ColumnBatch#release released}, a Pipeflux operator
     * discards the batch, the batch cannot be built, or the buffer has become too small for its column. This method is
     * not called for the buffers of a batch that is never released. The default implementation does nothing.
     */
    default void release(ByteBuffer memory) {}

    /** Returns the default allocator, which allocates new arrays. The garbage collector frees them. */
    static ColumnAllocator heap() {
        return HeapMemory.INSTANCE;
    }

    /**
     * Returns the allocator of direct buffers, that is, of memory outside the heap. This allocator never causes a
     * garbage collection. When the process uses half of the direct memory that the JVM permits ({@code
     * -XX:MaxDirectMemorySize}, by default the maximum heap size), the allocator returns arrays instead of direct
     * buffers until the garbage collector has freed direct memory. The allocator's {@code toString} contains the
     * numbers of direct buffers and arrays.
     */
    static ColumnAllocator direct() {
        return DirectMemory.INSTANCE;
    }

    /**
     * Returns a new allocator that reuses the memory of released batches. If the pool contains no suitable memory, the
     * allocator allocates new memory; it never waits. If a consumer does not release batches, the allocator therefore
     * works like {@link #heap}. The allocator's {@code toString} contains statistics: how much memory is in the pool,
     * how much is in use, and how often new memory was needed.
     *
     * @param bytes the maximum number of bytes that the pool keeps for later batches, not counting memory in use
     */
    static ColumnAllocator pooled(long bytes) {
        return new PooledMemory(bytes);
    }

    /**
     * Returns a new allocator that reuses memory outside the heap, for engines that read such memory without a copy.
     * The allocator has a pool like {@link #pooled}, but with memory from {@link #direct}. Pooling saves the high cost
     * of new direct memory, which the JVM clears before use and frees only in a garbage collection.
     *
     * @param bytes the maximum number of bytes that the pool keeps for later batches, not counting memory in use
     */
    static ColumnAllocator pooledDirect(long bytes) {
        return new PooledMemory(bytes, true);
    }

    /**
     * Returns an allocator that helps tests find code that uses a batch after {@link ColumnBatch#release}. The
     * allocator fills memory with the byte {@code 0xA5} when the memory is allocated, and again when it is released.
     * The memory is never reused, so code that reads a view of a released batch reads only {@code 0xA5}.
     */
    static ColumnAllocator poisoning() {
        return PoisonedMemory.INSTANCE;
    }
}
