package io.pipeflux.records.batch;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A pool of arrays or direct buffers. Buffers have only a few different lengths (eight for each power of two), so that
 * columns of varying length can reuse the same buffers. At most an eighth of a buffer is unused. All buffers of the
 * same length form a shelf.
 *
 * <pre>
 *   length    8192, 9216, 10240, ... 15360, 16384, 18432, ...
 *   shelf        0     1      2 ...      7      8      9
 * </pre>
 *
 * <p>If keeping a released buffer would exceed the pool's limit, buffers of the least recently used shelf are dropped
 * first. The lock is held only briefly, and never while memory is allocated.
 *
 * <p>Arrays shorter than {@link #SMALLEST} are not pooled. Direct buffers shorter than {@link #SMALLEST} are pooled
 * with the length {@link #SMALLEST}, for three reasons: (1) allocating a direct buffer takes a microsecond, (2) only
 * the garbage collector frees a direct buffer, and (3) an engine that reads direct buffers without a copy would have to
 * copy an array. Arrays that {@link DirectMemory} allocates instead of direct buffers are not kept in the pool.
 */
final class PooledMemory implements ColumnAllocator {

    /**
     * The length in bytes of the shortest pooled buffers. Shorter arrays are not pooled, because allocating them costs
     * less than pooling.
     */
    static final int SMALLEST = 8192;

    private static final int LONGEST = Integer.MAX_VALUE - 63;
    private static final int KINDS = 8;
    private static final int SMALLEST_BITS = Integer.numberOfTrailingZeros(SMALLEST);
    private static final int SHELVES = (Integer.SIZE - 1 - SMALLEST_BITS) * KINDS + 1;

    private final long limit;
    private final boolean direct;
    private final Shelf[] shelves = new Shelf[SHELVES];
    private long kept;
    // the number of requests so far; each request stores this number as the `askedAt` of its shelf
    private long asked;

    private final LongAdder reused = new LongAdder();
    private final LongAdder fresh = new LongAdder();
    private final LongAdder released = new LongAdder();

    private static final class Shelf {
        private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
        private long askedAt;
    }

    PooledMemory(long limit) {
        this(limit, false);
    }

    PooledMemory(long limit, boolean direct) {
        if (limit < 0) {
            throw new IllegalArgumentException("expected 0 or more bytes to keep, but got " + limit);
        }
        this.limit = limit;
        this.direct = direct;
        for (int i = 0; i < shelves.length; i++) {
            shelves[i] = new Shelf();
        }
    }

    @Override
    public ByteBuffer allocate(long bytes) {
        if (bytes < SMALLEST && !direct) {
            return ByteBuffer.allocate((int) bytes);
        }
        int shelf = shelf(Math.max(bytes, SMALLEST));
        ByteBuffer memory = take(shelves[shelf], length(shelf));
        if (memory != null) {
            reused.increment();
            return memory.clear();
        }
        int length = length(shelf);
        memory = direct ? DirectMemory.INSTANCE.allocate(length) : ByteBuffer.allocate(length);
        fresh.increment();
        return memory;
    }

    private synchronized @Nullable ByteBuffer take(Shelf shelf, int length) {
        shelf.askedAt = ++asked;
        ByteBuffer memory = shelf.buffers.pollLast();
        kept -= memory == null ? 0 : length;
        return memory;
    }

    @Override
    public void release(ByteBuffer memory) {
        int length = memory.capacity();
        if (length < SMALLEST) {
            return;
        }
        released.increment();
        int shelf = shelf(length);
        if (length == length(shelf) && length <= limit && memory.isDirect() == direct) {
            keep(shelves[shelf], memory, length);
        }
    }

    private synchronized void keep(Shelf shelf, ByteBuffer memory, int length) {
        while (kept + length > limit) {
            int oldest = oldest();
            if (shelves[oldest] == shelf) {
                return;
            }
            shelves[oldest].buffers.pollFirst();
            kept -= length(oldest);
        }
        kept += length;
        shelf.buffers.addLast(memory);
    }

    /** Returns the index of the least recently used shelf that is not empty. */
    private int oldest() {
        int oldest = -1;
        for (int i = 0; i < shelves.length; i++) {
            Shelf shelf = shelves[i];
            if (!shelf.buffers.isEmpty() && (oldest < 0 || shelf.askedAt < shelves[oldest].askedAt)) {
                oldest = i;
            }
        }
        return oldest;
    }

    /** Returns the index of the shelf with the shortest buffers that have room for the given number of bytes. */
    static int shelf(long bytes) {
        // the exponent of the largest power of two that is less than bytes
        int bits = Long.SIZE - 1 - Long.numberOfLeadingZeros(bytes - 1);
        int kind = (int) ((bytes - 1) >>> (bits - 3)); // the four highest bits, that is, a number from 8 to 15
        return (bits - SMALLEST_BITS) * KINDS + kind - KINDS + 1;
    }

    static int length(int shelf) {
        long length = (long) (KINDS + shelf % KINDS) << (SMALLEST_BITS - 3 + shelf / KINDS);
        return (int) Math.min(length, LONGEST);
    }

    synchronized long kept() {
        return kept;
    }

    long reused() {
        return reused.sum();
    }

    long fresh() {
        return fresh.sum();
    }

    long outstanding() {
        return reused.sum() + fresh.sum() - released.sum();
    }

    @Override
    public String toString() {
        return (direct ? "ColumnAllocator.pooledDirect(" : "ColumnAllocator.pooled(") + limit + ")[" + kept()
                + " bytes kept, " + outstanding() + (direct ? " buffers" : " arrays")
                + " given out and not given back; " + reused + " times used again, " + fresh + " times fresh]";
    }
}
