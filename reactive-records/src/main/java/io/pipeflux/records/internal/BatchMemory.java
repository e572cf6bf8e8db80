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
 * Manages the memory of one batch that is being built. Checks the buffers that the allocator returns. Returns all of
 * them to the allocator if the batch cannot be built, or when the batch is released. Not thread-safe until the batch is
 * built.
 */
public final class BatchMemory {

    /**
     * The maximum size of a column in bytes. It is the greatest length of an array that is a multiple of Arrow's 64
     * bytes.
     */
    public static final long MAX_BYTES = Integer.MAX_VALUE - 63;

    private static final BatchMemory HEAP = new BatchMemory(ColumnAllocator.heap(), null);

    private final ColumnAllocator allocator;
    /**
     * Maps each buffer that a column uses to the buffer that the allocator returned for it. Null if the memory is left
     * to the garbage collector.
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
     * Allocates the values of a column whose shape is known. The buffer has exactly the length of the values and is
     * little-endian. Its content is arbitrary.
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
     * Allocates exactly {@code bytes} bytes for a column. The buffer is little-endian. Its content is arbitrary.
     *
     * @param rows the number of rows for which the bytes are allocated, for the error message
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

    /** Returns a buffer that {@link #allocate} has returned to the allocator, before the batch is built. */
    public void release(ByteBuffer used) {
        ByteBuffer memory = given == null ? null : given.remove(used);
        if (memory != null) {
            allocator.release(memory);
        }
    }

    /** Builds the batch, which from then on owns all memory that was allocated. */
    public ColumnBatch batch(List<Column> columns, ResumePoint resumeAt, int paddedRows) {
        if (given == null) {
            return ColumnBatch.of(columns, resumeAt, paddedRows);
        }
        ByteBuffer[] all = given.values().toArray(ByteBuffer[]::new);
        return ColumnBatch.of(columns, resumeAt, paddedRows, () -> release(all));
    }

    /**
     * Returns all memory to the allocator because the batch could not be built.
     *
     * @param t the reason. Exceptions that the allocator throws are added to it as suppressed
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
