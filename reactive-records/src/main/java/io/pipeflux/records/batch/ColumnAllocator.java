package io.pipeflux.records.batch;

import java.nio.ByteBuffer;

/**
 * Where the memory of columns comes from. A schema takes one: {@code schema.withAllocator(ColumnAllocator.pooled(64 <<
 * 20))}. Without one it uses {@link #heap}. An engine's bridge may bring its own, so that values are parsed straight
 * into the engine's memory.
 *
 * <pre>
 *   {@link #heap}           arrays, freed by the garbage collector
 *   {@link #direct}         memory outside the heap, for engines that read it without a copy; freed by the collector
 *   {@link #pooled}         arrays that {@link ColumnBatch#release} gives back, and later batches use again
 *   {@link #pooledDirect}   memory outside the heap, given back and used again likewise
 *   {@link #poisoning}      for tests: finds code that uses a batch after its release
 * </pre>
 *
 * <p>What an implementation must observe:
 * <ul>
 *   <li>Several threads call it at once: the workers that make batches, and whoever releases them.
 *   <li>Between position and limit, a buffer has at least the bytes that were asked for; it may have more. It is
 *       writable. Its content and byte order may be any: nothing is read that was not written before.
 *   <li>{@code null}, a read-only buffer and one that is too small end the batch with an
 *       {@link IllegalStateException}.
 *   <li>Memory that was given out must not be given out again before it was released.
 * </ul>
 */
public interface ColumnAllocator {

    /**
     * Allocates the values of a column of numbers, when its shape is known: after the rows were counted, and of padded
     * columns after the longest row was found.
     *
     * @param column its name
     * @param dtype its type, not {@code BYTES} or {@code UTF8}
     * @param shape the rows, then the dimensions of a row's values; not to be changed
     * @return memory for that many values. By default {@link #allocate(long)} of their bytes
     */
    default ByteBuffer allocate(String column, DType dtype, int[] shape) {
        long bytes = dtype.bytes();
        for (int dimension : shape) {
            bytes *= dimension;
        }
        return allocate(bytes);
    }

    /**
     * Allocates memory for what has no shape: offsets, row splits, the bytes of byte strings, and values whose number
     * is not known yet.
     *
     * @param bytes at most 2147483584
     */
    ByteBuffer allocate(long bytes);

    /**
     * Takes memory back. Called once for each buffer that was given out, with that very buffer: when its batch is
     * {@linkplain ColumnBatch#release released}, is discarded by an operator of Pipeflux or could not be made, and when
     * the values of a column have outgrown it. Not called for a batch that nobody releases. Does nothing by default.
     */
    default void release(ByteBuffer memory) {}

    /** Returns the allocator of arrays, one for each column. The default. */
    static ColumnAllocator heap() {
        return HeapMemory.INSTANCE;
    }

    /**
     * Returns the allocator of memory outside the heap. It never provokes a garbage collection: when the direct memory
     * of the process has reached half of what the JVM allows ({@code -XX:MaxDirectMemorySize}, by default as much as
     * the heap), it gives out arrays until the collector has freed some. Its {@code toString} has the figures.
     */
    static ColumnAllocator direct() {
        return DirectMemory.INSTANCE;
    }

    /**
     * Returns a new allocator that uses the memory of released batches again. When it has none that fits, it gives out
     * fresh memory and never waits, so a consumer that does not release batches has what it has with {@link #heap}. Its
     * {@code toString} has the figures: how much is kept and given out, how often fresh memory was needed.
     *
     * @param bytes the most memory that is kept for later batches; what is in use does not count
     */
    static ColumnAllocator pooled(long bytes) {
        return new PooledMemory(bytes);
    }

    /**
     * Returns a new allocator that uses memory outside the heap again, for engines that read it without a copy. It is
     * {@link #pooled} with the memory of {@link #direct}, and saves what direct memory costs: a fresh piece is cleared,
     * and waits for the garbage collector after its use.
     *
     * @param bytes the most memory that is kept for later batches; what is in use does not count
     */
    static ColumnAllocator pooledDirect(long bytes) {
        return new PooledMemory(bytes, true);
    }

    /**
     * Returns an allocator that finds mistakes of {@link ColumnBatch#release} in tests. Memory is full of the byte
     * {@code 0xA5} when it is given out, and again after its release. It is never used again, so whoever reads a view
     * of a released batch reads {@code 0xA5}, and nothing else.
     */
    static ColumnAllocator poisoning() {
        return PoisonedMemory.INSTANCE;
    }
}
