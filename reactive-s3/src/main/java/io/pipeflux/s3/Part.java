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
 * Holds the bytes of a part. One GET at a time adds bytes, and one reader takes them, chunk by chunk. If the checksum
 * of the part is known, the reader gets no bytes until all of them have arrived and match the checksum.
 *
 * <pre>
 *   0          taken                received                length
 *   | read      | full chunks | filling |     missing         |
 * </pre>
 */
final class Part {

    /**
     * The size of a chunk. It is less than 512 KiB, because in small heaps, G1 treats arrays from that size on as
     * humongous objects.
     */
    private static final int CHUNK_BYTES = 256 << 10;

    /** A client's buffer of at least this size is passed on without a copy, unless it is larger than a chunk. */
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

    // == for the GET, one thread at a time ==

    /** Returns the range that has not been received. Must not be called if {@link #isReceived} returns true. */
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

    /** Shortens the part. Called if the object ends within this part. */
    void shorten(int length) {
        this.length = length;
        wake();
    }

    /** Starts to hold chunks back from the reader. Called before the first byte arrives. */
    void hold() {
        if (held == null) {
            held = new ArrayList<>();
        }
    }

    boolean isHeld() {
        return held != null;
    }

    /** Stops holding chunks back. The reader gets the chunks that were held back until now. */
    void release() {
        List<ByteBuffer> chunks = held;
        held = null;
        if (chunks != null) {
            full.addAll(chunks);
            wake();
        }
    }

    /** Drops the chunks that were held back, so that the part can be received again from its first byte. */
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

    /**
     * Adds the bytes of a buffer without changing the buffer's position. Returns false if the part has no room for all
     * bytes. In this case, only the bytes that fit are added.
     */
    boolean append(ByteBuffer bytes) {
        int room = length - received;
        if (bytes.remaining() > room) {
            add(bytes.duplicate().limit(bytes.position() + room), room);
            return false;
        }
        add(bytes, bytes.remaining());
        return true;
    }

    // called by one thread at a time, with a buffer that has an array
    @SuppressWarnings({"NonAtomicVolatileUpdate", "ByteBufferBackingArray"})
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
     * Returns whether a buffer takes up most of its array. Such a buffer can be kept, because an {@code SdkPublisher}
     * does not reuse its buffers. A small slice of a large array must be copied, because it would keep the whole array
     * in memory.
     */
    @SuppressWarnings("ByteBufferBackingArray") // only the array's length is used
    private static boolean isItsOwn(ByteBuffer bytes) {
        return bytes.hasArray() && bytes.array().length - bytes.remaining() <= bytes.remaining() / 4;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // called by one thread at a time
    private void copy(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (filled == filling.length) {
                filling = new byte[Math.min(CHUNK_BYTES, length - received)];
                filled = 0;
            }
            int count = Math.min(filling.length - filled, bytes.remaining());
            bytes.get(filling, filled, count);
            sums.update(filling, filled, count); // the bytes are still in the processor's cache
            filled += count;
            received += count;
            if (filled == filling.length) {
                turnChunk();
            }
        }
    }

    /** Ends the current chunk, even if it is not full, and passes it to the reader. */
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

    /**
     * Ends the part with an error. The reader gets the bytes that arrived before the error, unless they are held back.
     */
    void fail(Throwable error) {
        try {
            turnChunk();
        } catch (Throwable noMemory) { // the error must reach the reader even if memory has run out
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

    // == for the reader, one thread at a time ==

    @Nullable
    ByteBuffer take() {
        ByteBuffer chunk = full.poll();
        if (chunk != null) {
            taken += chunk.remaining();
            reporter.queued(0, -chunk.remaining());
        }
        return chunk;
    }

    /** Returns the number of bytes that the part still reserves in the window. */
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
     * Registers a callback that is called once, as soon as the reader can take more. If the reader can do so already,
     * the callback is not called, and this method returns true.
     */
    boolean watch(Runnable onMore) {
        watcher.set(onMore);
        boolean more = !full.isEmpty() || error != null || untaken() == 0;
        return more && watcher.getAndSet(null) != null;
    }
}
