package io.pipeflux.core.internal;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Arrays for the chunks of a source, which are reused when their bytes are no longer needed. An array that was used a
 * moment ago is still in the processor's cache. A new one is not, and must be zeroed, too.
 *
 * <pre>
 *   source --chunk--&gt; decoder --records--&gt; mapAndBatch --batch--&gt;
 *      ^                                        |
 *      +------- the chunk of records that have become batches, if no other code can have seen them
 * </pre>
 *
 * <p>A chunk is given back only if there is no user's code between source and batch. The source must be {@link
 * LendsChunks} and directly upstream of the decoder, and the decoder's subscriber must be a {@link RunSubscriber} whose
 * {@link RunSubscriber#letsGo} returns true. Otherwise, {@link #take} returns a new array each time. Thread-safe.
 */
public final class ChunkMemory {

    /**
     * For tests: whether arrays of any length are reused, and overwritten as soon as they are given back, so that code
     * that reads them too late finds wrong bytes.
     */
    private static final boolean POISONED = Boolean.getBoolean("pipeflux.poisonChunks");

    /** Smaller arrays are not worth the effort. */
    private static final int SMALLEST = POISONED ? 1 : 16 << 10;

    /** New arrays have a multiple of it, so that those of records of similar sizes can take each other's place. */
    private static final int GRAIN = 4 << 10;

    /** The most bytes that are kept for later. */
    private static final long MOST = 64L << 20;

    // by the logarithm of their lengths; the array that was given back last is taken first, because it is in the cache
    private final AtomicReferenceArray<@Nullable ConcurrentLinkedDeque<byte[]>> free =
            new AtomicReferenceArray<>(Integer.SIZE);
    private final AtomicLong kept = new AtomicLong();
    private volatile boolean seen; // by others: nothing is used again from now on

    /** Returns an array of at least {@code bytes} bytes, with any content. */
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
        // one that does not fit is not looked at again
        return chunk == null || chunk.length < bytes || chunk.length > 2L * bytes ? null : chunk;
    }

    /** Takes an array back, also one that was not created here. It must not be read or written any more. */
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

    /** Called before a chunk is emitted that others may see and keep: from now on no array is used again. */
    public void isSeen() {
        seen = true;
        clear();
    }

    /** Lets go of the arrays that wait. Called when a subscription ends. */
    public void clear() {
        for (int i = 0; i < free.length(); i++) {
            free.set(i, null);
        }
        kept.set(0); // about: an array that is taken or given back meanwhile is one too many or too few
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
