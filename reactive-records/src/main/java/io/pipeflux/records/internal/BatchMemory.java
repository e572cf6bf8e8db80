package io.pipeflux.records.internal;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one batch that is being made. Checks what an allocator returns, and gives all of it back if the batch
 * cannot be made, or is released. For one thread until the batch is made.
 */
public final class BatchMemory {

    /** The most bytes of a column: the longest array, padded to Arrow's 64 bytes. */
    public static final long MAX_BYTES = Integer.MAX_VALUE - 63;

    private static final BatchMemory HEAP = new BatchMemory(ColumnAllocator.heap(), null);

    private final ColumnAllocator allocator;
    /** What columns use, and what the allocator gave for it; null if only the garbage collector takes it back. */
    private final @Nullable IdentityHashMap<ByteBuffer, ByteBuffer> given;

    private BatchMemory(ColumnAllocator allocator, @Nullable IdentityHashMap<ByteBuffer, ByteBuffer> given) {
        this.allocator = allocator;
        this.given = given;
    }

    /** Returns the memory for a new batch. */
    @SuppressWarnings("ReferenceEquality") // there is one of each
    public static BatchMemory of(ColumnAllocator allocator) {
        if (allocator == HEAP.allocator) {
            return HEAP;
        }
        return new BatchMemory(allocator, allocator == ColumnAllocator.direct() ? null : new IdentityHashMap<>());
    }

    /**
     * Allocates the values of a column whose shape is known: exactly their bytes, little-endian, of any content.
     *
     * @throws IllegalArgumentException if a column cannot have that many bytes
     */
    public ByteBuffer allocate(String column, DType dtype, int[] shape) {
        long bytes = dtype.bytes();
        for (int dimension : shape) {
            bytes *= dimension;
        }
        requirePossible(column, bytes, shape[0]);
        return taken(column, allocator.allocate(column, dtype, shape), (int) bytes);
    }

    /**
     * Allocates exactly that many bytes for a column, little-endian, of any content.
     *
     * @param rows how many rows they are for
     * @throws IllegalArgumentException if a column cannot have that many bytes
     */
    public ByteBuffer allocate(String column, long bytes, int rows) {
        requirePossible(column, bytes, rows);
        return taken(column, allocator.allocate(bytes), (int) bytes);
    }

    private static void requirePossible(String column, long bytes, int rows) {
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException("column \"" + column + "\" of " + rows + " rows would take " + bytes
                    + " bytes, and " + MAX_BYTES + " are the most: use batches of at most "
                    + (long) ((double) MAX_BYTES / bytes * rows) + " rows");
        }
    }

    private ByteBuffer taken(String column, @Nullable ByteBuffer memory, int bytes) {
        if (given == null) {
            return Objects.requireNonNull(memory).order(ByteOrder.LITTLE_ENDIAN);
        }
        if (memory == null || memory.isReadOnly() || memory.remaining() < bytes) {
            IllegalStateException wrong = new IllegalStateException("column \"" + column + "\": expected " + bytes
                    + " writable bytes from the allocator " + allocator + ", but got " + memory);
            if (memory != null) {
                attempt(memory, wrong);
            }
            throw wrong;
        }
        ByteBuffer used = memory.slice(memory.position(), bytes).order(ByteOrder.LITTLE_ENDIAN);
        given.put(used, memory);
        return used;
    }

    private void attempt(ByteBuffer memory, Throwable failure) {
        try {
            allocator.release(memory);
        } catch (Throwable t) {
            failure.addSuppressed(t);
        }
    }

    /** Gives back memory of {@link #allocate} that the batch does not need any more. */
    public void release(ByteBuffer used) {
        ByteBuffer memory = given == null ? null : given.remove(used);
        if (memory != null) {
            allocator.release(memory);
        }
    }

    /** Makes the batch, which has all the memory from now on. */
    public ColumnBatch batch(List<Column> columns, ResumePoint resumeAt, int paddedRows) {
        if (given == null) {
            return ColumnBatch.of(columns, resumeAt, paddedRows);
        }
        ByteBuffer[] all = given.values().toArray(ByteBuffer[]::new);
        return ColumnBatch.of(columns, resumeAt, paddedRows, () -> release(all));
    }

    /** Gives all memory back, since the batch could not be made. */
    public void failed(Throwable t) {
        if (given != null) {
            List<ByteBuffer> all = List.copyOf(given.values());
            given.clear();
            all.forEach(memory -> attempt(memory, t));
        }
    }

    private void release(ByteBuffer[] all) {
        IllegalStateException failure = null;
        for (ByteBuffer memory : all) {
            try {
                allocator.release(memory);
            } catch (Throwable t) {
                failure = failure == null ? notGivenBack() : failure;
                failure.addSuppressed(t);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private IllegalStateException notGivenBack() {
        return new IllegalStateException("memory of a batch could not be given back to the allocator " + allocator);
    }
}
