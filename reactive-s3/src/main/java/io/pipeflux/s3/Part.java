package io.pipeflux.s3;

import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * The bytes of a part: put in by one GET at a time, taken out by one reader, chunk by chunk.
 *
 * <pre>
 *   0          taken                received                length
 *   | reader's  | full chunks | filling |     still to come   |
 * </pre>
 */
final class Part {

    /** Arrays from 512 KiB on are humongous to G1 in small heaps. */
    private static final int CHUNK_BYTES = 256 << 10;
    /** From here on a buffer of the client's is handed on as it is. */
    private static final int WHOLE_BYTES = 64 << 10;

    private static final byte[] NOTHING = {};

    private final long from;
    private final PipelineReporter reporter;
    private final Queue<ByteBuffer> full = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Runnable> watcher = new AtomicReference<>();
    private volatile int length;
    private volatile @Nullable Throwable error;

    private byte[] filling = NOTHING;
    private int filled;
    private volatile int received;

    private int taken;

    Part(long from, int length, PipelineReporter reporter) {
        this.from = from;
        this.length = length;
        this.reporter = reporter;
    }

    // == the GET's side, by one thread at a time ==

    /** What is still to come; not to be asked when {@link #isReceived}. */
    PartRange missing() {
        return new PartRange(from + received, length - received);
    }

    int received() {
        return received;
    }

    boolean isReceived() {
        return received == length;
    }

    /** The object ends earlier than this part was made for. */
    void shorten(int length) {
        this.length = length;
        wake();
    }

    /** Takes bytes in, and leaves their buffer as it is; returns whether they fit. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
    boolean append(ByteBuffer bytes) {
        int count = bytes.remaining();
        if (count > length - received) {
            return false;
        }
        if (count >= WHOLE_BYTES && isItsOwn(bytes)) {
            turnChunk();
            add(bytes.slice());
            received += count;
        } else {
            copy(bytes.duplicate());
        }
        return true;
    }

    /**
     * Nobody can give a buffer of an {@code SdkPublisher} back, so clients cannot reuse it. One that is a small piece
     * of a large array would hold on to all of it.
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
            filled += count;
            received += count;
            if (filled == filling.length) {
                turnChunk();
            }
        }
    }

    /** Lets the reader have what stands in the chunk that is being filled. */
    private void turnChunk() {
        if (filled > 0) {
            byte[] chunk = filled > filling.length / 2 ? filling : Arrays.copyOf(filling, filled);
            add(ByteBuffer.wrap(chunk, 0, filled));
        }
        filling = NOTHING;
        filled = 0;
    }

    private void add(ByteBuffer chunk) {
        reporter.queued(0, chunk.remaining());
        full.add(chunk);
        wake();
    }

    /** No more will come; the reader has what came first. */
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

    /** The bytes that it stands for in the window. */
    int untaken() {
        return length - taken;
    }

    /** Nobody will take what is there. */
    void discard(Consumer<ByteBuffer> onDiscard) {
        for (ByteBuffer chunk = take(); chunk != null; chunk = take()) {
            onDiscard.accept(chunk);
        }
    }

    /** Why there is no more behind the chunks that are there, or null. */
    @Nullable
    Throwable error() {
        return error;
    }

    /** Calls back, once, when there is more to take; says whether there is now, and it will not call. */
    boolean watch(Runnable onMore) {
        watcher.set(onMore);
        boolean more = !full.isEmpty() || error != null || untaken() == 0;
        return more && watcher.getAndSet(null) != null;
    }
}
