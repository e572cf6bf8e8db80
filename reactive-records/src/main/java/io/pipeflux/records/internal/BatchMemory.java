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
 * Manages the memory of one batch. Checks the buffers that come from the allocator. Returns all buffers to the
 * allocator when the batch is released, or if the batch cannot be built. Must be used by only one thread until the
 * batch has been built.
 */
public final class BatchMemory {

    /**
     * The maximum size of a column in bytes: the largest possible array length that is a multiple of 64, the alignment
     * of Arrow's buffers.
     */
    public static final long MAX_BYTES = Integer.MAX_VALUE - 63;

    private static final BatchMemory HEAP = new BatchMemory(ColumnAllocator.heap(), null);

    private final ColumnAllocator allocator;
    /**
     * Maps each buffer that a column uses to the original buffer from the allocator. Null if the memory need not be
     * given back, because the garbage collector frees it.
     */
    private final @Nullable IdentityHashMap<ByteBuffer, ByteBuffer> given;

    private BatchMemory(ColumnAllocator allocator, @Nullable IdentityHashMap<ByteBuffer, ByteBuffer> given) {
        this.allocator = allocator;
        this.given = given;
    }

    /** Returns the memory for a new batch. */
    @SuppressWarnings("ReferenceEquality") // heap() and direct() are singletons
    public static BatchMemory of(ColumnAllocator allocator) {
        if (allocator == HEAP.allocator) {
            return HEAP;
        }
        return new BatchMemory(allocator, allocator == ColumnAllocator.direct() ? null : new IdentityHashMap<>());
    }

    /**
     * Allocates memory for the values of a column whose shape is known. The buffer is exactly as long as the values, is
     * little-endian, and has arbitrary content.
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
     * Allocates exactly {@code bytes} bytes for a column. The buffer is little-endian and has arbitrary content.
     *
     * @param rows the number of rows that will use the bytes, needed only for the error message
     * @throws IllegalArgumentException if a column cannot have that many bytes
     */
    public ByteBuffer allocate(String column, long bytes, int rows) {
        requirePossible(column, bytes, rows);
        return taken(column, allocator.allocate(bytes), (int) bytes);
    }

    private static void requirePossible(String column, long bytes, int rows) {
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException("column \"" + column + "\" of " + rows + " rows would take " + bytes
                    + " bytes, and " + MAX_BYTES + " is the maximum: use batches of at most "
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

    /**
     * Gives a buffer back to the allocator before the batch has been built. The buffer must come from {@link
     * #allocate}.
     */
    public void release(ByteBuffer used) {
        ByteBuffer memory = given == null ? null : given.remove(used);
        if (memory != null) {
            allocator.release(memory);
        }
    }

    /** Builds the batch, which then owns all memory that this object has allocated. */
    public ColumnBatch batch(List<Column> columns, ResumePoint resumeAt, int paddedRows) {
        if (given == null) {
            return ColumnBatch.of(columns, resumeAt, paddedRows);
        }
        ByteBuffer[] all = given.values().toArray(ByteBuffer[]::new);
        return ColumnBatch.of(columns, resumeAt, paddedRows, () -> release(all));
    }

    /**
     * Gives all memory back to the allocator because the batch could not be built.
     *
     * @param t the exception that prevented the batch from being built. Exceptions that the allocator throws during
     *     this call are added to {@code t} as suppressed exceptions
     */
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
        return new IllegalStateException("memory of a batch could not be returned to the allocator " + allocator);
    }
}
