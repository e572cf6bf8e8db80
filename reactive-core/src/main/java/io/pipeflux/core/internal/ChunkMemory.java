package io.pipeflux.core.internal;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Provides arrays for the chunks of a source, and reuses an array when its bytes are no longer needed. A recently used
 * array is still in the processor's cache. A new array is not in the cache, and the JVM must also fill it with zeros.
 *
 * <pre>{@code
 *   source --chunk--> decoder --records--> mapAndBatch --batch--> downstream
 *      ^                                        |
 *      +------- the chunk is given back --------+
 * }</pre>
 *
 * <p>A chunk is given back after its records have become batches, but only if no user code runs between the source and
 * the batch. The source must implement {@link LendsChunks} and be directly upstream of the decoder. The decoder's
 * subscriber must be a {@link RunSubscriber} whose {@link RunSubscriber#letsGo} returns true. If one of these
 * conditions is not met, {@link #take} returns a new array each time. Thread-safe.
 */
public final class ChunkMemory {

    /**
     * Whether arrays of any length are reused, and overwritten as soon as they are given back. Tests set this, so that
     * a read from an array that was already given back returns wrong bytes.
     */
    private static final boolean POISONED = Boolean.getBoolean("pipeflux.poisonChunks");

    /** The minimum length of an array that is kept for reuse. Keeping smaller arrays is not worth the effort. */
    private static final int SMALLEST = POISONED ? 1 : 16 << 10;

    /**
     * The length of a new array is rounded up to a multiple of this number, so that an array can be reused for records
     * of similar sizes.
     */
    private static final int GRAIN = 4 << 10;

    /** The maximum total length, in bytes, of the arrays that are kept for reuse. */
    private static final long MOST = 64L << 20;

    // The arrays that are kept, indexed by the logarithm of their lengths. The array that was given back most recently
    // is taken first, because it is the most likely to be in the processor's cache.
    private final AtomicReferenceArray<@Nullable ConcurrentLinkedDeque<byte[]>> free =
            new AtomicReferenceArray<>(Integer.SIZE);
    private final AtomicLong kept = new AtomicLong();
    // whether other code may have seen a chunk; if so, no array is reused
    private volatile boolean seen;

    /** Returns an array of at least {@code bytes} bytes. The array's content is arbitrary. */
    public byte[] take(int bytes) {
        if (bytes >= SMALLEST) {
            int log = log(bytes);
            byte[] chunk = poll(log, bytes);
            if (chunk == null && log + 1 < Integer.SIZE) {
                chunk = poll(log + 1, bytes);
            }
            if (chunk != null) {
                return chunk;
            }
        }
        boolean exact = bytes < GRAIN || bytes % GRAIN == 0 || bytes > Integer.MAX_VALUE - 2 * GRAIN;
        return new byte[exact ? bytes : bytes - bytes % GRAIN + GRAIN];
    }

    private byte @Nullable [] poll(int log, int bytes) {
        ConcurrentLinkedDeque<byte[]> arrays = free.get(log);
        byte[] chunk = arrays == null ? null : arrays.poll();
        if (chunk != null) {
            kept.addAndGet(-chunk.length);
        }
        // an array of an unsuitable length is dropped, not put back
        return chunk == null || chunk.length < bytes || chunk.length > 2L * bytes ? null : chunk;
    }

    /**
     * Accepts an array for reuse, even if it was not created by this class. The caller must no longer read or write it.
     */
    public void giveBack(byte[] chunk) {
        if (seen) {
            return;
        }
        if (POISONED) {
            Arrays.fill(chunk, (byte) 0xEE);
        }
        if (chunk.length >= SMALLEST && kept.get() + chunk.length <= MOST) {
            kept.addAndGet(chunk.length);
            deque(log(chunk.length)).push(chunk);
        }
    }

    /** Stops all reuse of arrays. Called before a chunk is emitted to other code, which may keep the chunk. */
    public void isSeen() {
        seen = true;
        clear();
    }

    /** Drops all arrays that are kept for reuse. Called when a subscription ends. */
    public void clear() {
        for (int i = 0; i < free.length(); i++) {
            free.set(i, null);
        }
        // the count is approximate, because another thread may take or give back an array at the same moment
        kept.set(0);
    }

    private ConcurrentLinkedDeque<byte[]> deque(int log) {
        ConcurrentLinkedDeque<byte[]> deque = free.get(log);
        if (deque == null) {
            deque = new ConcurrentLinkedDeque<>();
            ConcurrentLinkedDeque<byte[]> other = free.compareAndExchange(log, null, deque);
            deque = other == null ? deque : other;
        }
        return deque;
    }

    private static int log(int length) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(length);
    }
}
