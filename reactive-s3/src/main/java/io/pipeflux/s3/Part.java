package io.pipeflux.s3;

import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Holds the bytes of a part. One GET at a time adds bytes, and one reader takes them, chunk by chunk. If their checksum
 * is known, none can be taken until all have arrived and their sum is right.
 *
 * <pre>
 *   0          taken                received                length
 *   | read      | full chunks | filling |     missing         |
 * </pre>
 */
final class Part {

    /** In small heaps, G1 treats arrays of 512 KiB or more as humongous. */
    private static final int CHUNK_BYTES = 256 << 10;

    /** A buffer of the client of at least this size, and at most that of a chunk, is passed on without a copy. */
    private static final int WHOLE_BYTES = 64 << 10;

    private static final byte[] NOTHING = {};

    private final long from;
    private final PipelineReporter reporter;
    private final PartSums sums;
    private final Queue<ByteBuffer> full = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Runnable> watcher = new AtomicReference<>();
    private volatile int length;
    private volatile @Nullable Throwable error;

    private byte[] filling = NOTHING;
    private int filled;
    private volatile int received;
    private @Nullable List<ByteBuffer> held;

    private int taken;

    Part(long from, int length, PipelineReporter reporter, PartSums sums) {
        this.from = from;
        this.length = length;
        this.reporter = reporter;
        this.sums = sums;
    }

    // == the GET's side, by one thread at a time ==

    /** Returns the missing range. Must not be called if {@link #isReceived}. */
    PartRange missing() {
        return new PartRange(from + received, length - received);
    }

    /** Returns the offset of the part in its object. */
    long from() {
        return from;
    }

    int length() {
        return length;
    }

    int received() {
        return received;
    }

    boolean isReceived() {
        return received == length;
    }

    /** Called if the object ends within this part. */
    void shorten(int length) {
        this.length = length;
        wake();
    }

    /** Holds the chunks back from the reader. Called before the first byte. */
    void hold() {
        if (held == null) {
            held = new ArrayList<>();
        }
    }

    boolean isHeld() {
        return held != null;
    }

    /** Hands on the chunks that were held back, all of them. */
    void release() {
        List<ByteBuffer> chunks = held;
        held = null;
        if (chunks != null) {
            full.addAll(chunks);
            wake();
        }
    }

    /** Drops the chunks that were held back, to begin again with the first byte. */
    void reset() {
        List<ByteBuffer> chunks = held;
        if (chunks != null) {
            chunks.forEach(chunk -> reporter.queued(0, -chunk.remaining()));
            chunks.clear();
        }
        filling = NOTHING;
        filled = 0;
        received = 0;
        sums.reset();
    }

    List<SumCells> sums() {
        return sums.sums();
    }

    /** Adds bytes, without changing their buffer. If they are too many, it adds those that fit and returns false. */
    boolean append(ByteBuffer bytes) {
        int room = length - received;
        if (bytes.remaining() > room) {
            add(bytes.duplicate().limit(bytes.position() + room), room);
            return false;
        }
        add(bytes, bytes.remaining());
        return true;
    }

    @SuppressWarnings({"NonAtomicVolatileUpdate", "ByteBufferBackingArray"}) // one thread at a time; it has an array
    private void add(ByteBuffer bytes, int count) {
        if (count >= WHOLE_BYTES && count <= CHUNK_BYTES && isItsOwn(bytes)) {
            turnChunk();
            sums.update(bytes.array(), bytes.arrayOffset() + bytes.position(), count);
            add(bytes.slice());
            received += count;
        } else {
            copy(bytes.duplicate());
        }
    }

    /**
     * Returns whether the buffer has most of its array to itself. An {@code SdkPublisher} does not reuse its buffers,
     * so such a buffer can be kept. A small slice of a large array would keep all of that array in memory.
     */
    @SuppressWarnings("ByteBufferBackingArray") // of its length alone
    private static boolean isItsOwn(ByteBuffer bytes) {
        return bytes.hasArray() && bytes.array().length - bytes.remaining() <= bytes.remaining() / 4;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
    private void copy(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (filled == filling.length) {
                filling = new byte[Math.min(CHUNK_BYTES, length - received)];
                filled = 0;
            }
            int count = Math.min(filling.length - filled, bytes.remaining());
            bytes.get(filling, filled, count);
            sums.update(filling, filled, count); // they are in the processor's cache
            filled += count;
            received += count;
            if (filled == filling.length) {
                turnChunk();
            }
        }
    }

    /** Passes the bytes of the chunk that is being filled to the reader. */
    private void turnChunk() {
        if (filled > 0) {
            byte[] chunk = filled > filling.length / 2 ? filling : Arrays.copyOf(filling, filled);
            add(ByteBuffer.wrap(chunk, 0, filled));
        }
        filling = NOTHING;
        filled = 0;
    }

    private void add(ByteBuffer chunk) {
        List<ByteBuffer> holding = held;
        reporter.queued(0, chunk.remaining());
        if (holding != null) {
            holding.add(chunk);
        } else {
            full.add(chunk);
            wake();
        }
    }

    /** Called if no more bytes will arrive. The reader gets the bytes before the error, unless they are held back. */
    void fail(Throwable error) {
        try {
            turnChunk();
        } catch (Throwable noMemory) { // the error must reach the reader
            Throwables.drop(noMemory, Context.empty());
        }
        this.error = error;
        wake();
    }

    private void wake() {
        if (watcher.get() != null) {
            Runnable waiting = watcher.getAndSet(null);
            if (waiting != null) {
                waiting.run();
            }
        }
    }

    // == the reader's side, by one thread at a time ==

    @Nullable
    ByteBuffer take() {
        ByteBuffer chunk = full.poll();
        if (chunk != null) {
            taken += chunk.remaining();
            reporter.queued(0, -chunk.remaining());
        }
        return chunk;
    }

    /** Returns the number of bytes that the part reserves in the window. */
    int untaken() {
        return length - taken;
    }

    /** Discards all chunks that were not taken. Called after the GET has ended. */
    void discard(Consumer<ByteBuffer> onDiscard) {
        release();
        for (ByteBuffer chunk = take(); chunk != null; chunk = take()) {
            onDiscard.accept(chunk);
        }
    }

    /** Returns the error that follows the available chunks, or null. */
    @Nullable
    Throwable error() {
        return error;
    }

    /**
     * Calls back once when more can be taken. Returns true if more can be taken already; then it does not call back.
     */
    boolean watch(Runnable onMore) {
        watcher.set(onMore);
        boolean more = !full.isEmpty() || error != null || untaken() == 0;
        return more && watcher.getAndSet(null) != null;
    }
}
