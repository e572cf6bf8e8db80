package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.PipelineReporter.WaitPoint;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.ShieldedThread;
import io.pipeflux.core.internal.SourceAttr;
import io.pipeflux.core.internal.Throwables;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;

/**
 * Reads one pipe once, on a dedicated thread. Each requested chunk is one read of the pipe.
 *
 * <pre>{@code
 *   subscribed --request--> finding the pipe --> waiting for a writer --> reading <-> waiting for demand
 *       |                      |         ^             |   |                |              |
 *       |                      |         +-pipe removed+   |                |              |
 *       +----------------------+---------cancel------------+----------------+--------------+--> closed
 *                                                                           +--EOF, verified--> closed, complete
 * }</pre>
 *
 * <p>If anything throws, even an {@code Error}, the pipe is closed before the subscriber gets its terminal signal.
 */
final class PipeReader implements Subscription, Scannable, Runnable {

    private static final long LOOK_NANOS = 5_000_000;
    // the interval between checks for the pipe after the first QUICK_LOOKS checks, which have the shorter interval
    // LOOK_NANOS. Each check lists the directory, so short intervals would be too expensive during a long wait
    private static final long LAST_LOOK_NANOS = 100_000_000;
    private static final int QUICK_LOOKS = 200; // this number of checks takes about a second
    private static final String NO_PIPE = "no pipe";
    private static final String SHARED =
            "if another program reads this pipe, too, each gets only some of its bytes: a pipe has one reader";

    private final CoreSubscriber<? super ByteBuffer> actual;
    private final Supplier<PipeSource> sources;
    private final PipeOptions options;
    private final ChunkMemory memory;
    private final AtomicLong requested = new AtomicLong();
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

    private volatile boolean cancelled;
    private volatile boolean terminated;
    private volatile @Nullable Throwable thrown; // the error that the subscriber threw in onSubscribe
    private volatile @Nullable PipeSource source;
    // kept after the end of the subscription, because it may be queried later
    private volatile @Nullable String content;
    private volatile @Nullable PipeSide side;

    PipeReader(
            CoreSubscriber<? super ByteBuffer> actual,
            Supplier<PipeSource> sources,
            PipeOptions options,
            ChunkMemory memory) {
        this.memory = memory;
        this.actual = actual;
        this.sources = sources;
        this.options = options;
    }

    // == signals from downstream ==

    @Override
    public void request(long n) {
        if (!Operators.validate(n) || cancelled) {
            return;
        }
        requested.accumulateAndGet(n, Operators::addCap);
        Thread reader = thread.get();
        if (reader != null) {
            LockSupport.unpark(reader);
            return;
        }
        Thread first = ShieldedThread.of(this, "pipeflux-read");
        if (thread.compareAndSet(null, first)) {
            start(first);
        } else {
            LockSupport.unpark(thread.get());
        }
    }

    /**
     * Starts the thread. Ends the subscription with an error if the thread cannot be started, for example for lack of
     * memory.
     */
    private void start(Thread first) {
        try {
            first.start();
        } catch (Throwable t) {
            end(t);
        }
    }

    @Override
    public void cancel() {
        synchronized (this) { // after this block, begin() returns no new source
            cancelled = true;
        }
        AllSteps steps = new AllSteps(null);
        steps.run(this::close);
        steps.run(() -> LockSupport.unpark(thread.get()));
        drop(steps.failure());
    }

    /**
     * Fails the subscription with an error that the subscriber has thrown in {@code onSubscribe}. The subscriber may
     * have made a request before it threw the error.
     */
    void fail(Throwable t) {
        // once the field `thread` is set, a request no longer starts a thread
        if (thread.compareAndSet(null, ShieldedThread.of(this, "pipeflux-read"))) {
            end(t);
        } else if (isThrown(t)) {
            AllSteps steps = new AllSteps(null);
            steps.run(this::close);
            steps.run(() -> LockSupport.unpark(thread.get()));
            drop(steps.failure());
        } else {
            drop(t);
        }
    }

    /** Stores the error that the subscriber has thrown. Returns false if the subscription has already ended. */
    private synchronized boolean isThrown(Throwable t) {
        if (!terminated) {
            thrown = t;
        }
        return !terminated;
    }

    private boolean isOver() {
        return cancelled || thrown != null;
    }

    private synchronized @Nullable PipeSource begin() {
        if (!isOver()) {
            source = sources.get();
        }
        return source;
    }

    /**
     * Closes the FIFO, releases a thread that waits for the FIFO, and makes the channel available to the next
     * subscription.
     */
    private void close() throws IOException {
        AllSteps steps = new AllSteps(null);
        PipeSource reading = source;
        if (reading != null) {
            steps.run(reading::release);
        }
        PipeSide opened = side;
        if (opened != null) {
            steps.run(opened::close);
        }
        steps.rethrow();
    }

    // == called on the thread of the pipe ==

    @Override
    public void run() {
        AllSteps reading = new AllSteps(null);
        reading.run(this::read);
        end(reading.failure());
    }

    /** Ends the subscription: cleans up first, then emits the terminal signal. */
    private void end(@Nullable Throwable failure) {
        AllSteps closing = new AllSteps(null);
        closing.run(this::close);
        closing.run(memory::clear);
        Throwable ofSubscriber = terminate();
        Throwable unclosed = closing.failure();
        // after the subscriber has cancelled or thrown an error, an IOException only means that the pipe was closed, so
        // it is not a failure
        if (cancelled || ofSubscriber != null) {
            drop(failure instanceof IOException || failure instanceof PipefluxException ? null : failure);
            drop(unclosed);
            if (cancelled) {
                drop(ofSubscriber);
            } else {
                signal(ofSubscriber);
            }
            return;
        }
        if (failure != null) {
            drop(unclosed);
        }
        signal(failure == null ? unclosed : failure);
    }

    private synchronized @Nullable Throwable terminate() {
        terminated = true;
        return thrown;
    }

    private void signal(@Nullable Throwable failure) {
        ShieldedThread.callUnshielded(() -> {
            Throwable error = failure == null ? null : error(failure);
            Throwables.end(actual, error, actual.currentContext());
        });
    }

    private Throwable error(Throwable failure) {
        if (failure instanceof IOException io) {
            return explain(io);
        }
        return failure instanceof PipefluxException ? failure : Throwables.toSignal(failure, actual.currentContext());
    }

    /** Drops a failure that can no longer be emitted. */
    private void drop(@Nullable Throwable failure) {
        if (failure != null) {
            ShieldedThread.callUnshielded(() -> Throwables.drop(failure, actual.currentContext()));
        }
    }

    private void read() throws IOException {
        PipelineReporter reporter = PipelineReporter.current(actual.currentContext());
        try (WaitPoint waitPoint = reporter.waitPoint(this::name)) {
            read(reporter, waitPoint);
        }
    }

    private void read(PipelineReporter reporter, WaitPoint waitPoint) throws IOException {
        Deadline deadline = Deadline.after(options.openTimeout());
        PipeSource reading = begin();
        ByteChannel pipe = reading == null ? null : open(reading, deadline, waitPoint);
        if (reading == null || pipe == null) {
            return;
        }
        content = reading.content();
        try (EpochSize epoch =
                reporter.beginEpoch(Pass.current(actual.currentContext()).epoch(), null)) {
            boolean watched = PipelineReporter.find(actual.currentContext()) != null;
            pump(pipe, reading, reporter, waitPoint, watched ? new WriterProgress(reading, epoch) : null);
        }
    }

    /**
     * Waits for the pipe to appear and for a writer to open it. If the pipe is removed before a writer has opened it,
     * this method waits for the next pipe. Returns null if the subscription is cancelled.
     */
    private @Nullable ByteChannel open(PipeSource reading, Deadline deadline, WaitPoint waitPoint) throws IOException {
        while (true) {
            Path fifo = await(reading, deadline, waitPoint);
            if (fifo == null) {
                return null;
            }
            Thread.currentThread().setName("pipeflux-read-" + KeyText.printable(reading.name()));
            try {
                PipeSide opening = reading.side(fifo);
                side = opening;
                if (isOver()) {
                    return null;
                }
                waitPoint.waitFor(Cause.WRITER);
                ByteChannel pipe = opening.open(deadline, reading);
                waitPoint.go();
                return pipe;
            } catch (NoSuchFileException | PipeRemovedException e) {
                closeRemoved();
                failIfPassed(deadline, e instanceof PipeInUseException ? String.valueOf(e.getMessage()) : NO_PIPE);
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
    }

    private void closeRemoved() throws IOException {
        PipeSide removed = side;
        if (removed != null) {
            removed.close();
        }
    }

    private static void failIfPassed(Deadline deadline, String found) throws InterruptedIOException {
        if (deadline.hasPassed()) {
            throw new InterruptedIOException(found);
        }
    }

    /** Waits for the pipe to appear. Returns null if the subscription is cancelled. */
    private @Nullable Path await(PipeSource reading, Deadline deadline, WaitPoint waitPoint) throws IOException {
        for (int looks = 1; !isOver(); looks++) {
            // evaluated before find(), so that find() is called once more after the deadline. An error that find()
            // throws is more precise than "no pipe"
            boolean last = deadline.hasPassed();
            Path fifo = reading.find();
            if (fifo != null) {
                return fifo;
            }
            if (last) {
                throw new InterruptedIOException(NO_PIPE);
            }
            waitPoint.waitFor(Cause.PIPE);
            LockSupport.parkNanos(looks <= QUICK_LOOKS ? LOOK_NANOS : pause(deadline));
        }
        return null;
    }

    private static long pause(Deadline deadline) {
        return Math.min(LAST_LOOK_NANOS, Math.max(LOOK_NANOS, deadline.remainingMillis() * 1_000_000L));
    }

    private void pump(
            ByteChannel pipe,
            PipeSource reading,
            PipelineReporter reporter,
            WaitPoint waitPoint,
            @Nullable WriterProgress progress)
            throws IOException {
        int size = options.chunkBytes();
        long total = 0;
        while (awaitDemand(waitPoint)) {
            ByteBuffer chunk = ByteBuffer.wrap(memory.take(size)).limit(size);
            waitPoint.waitFor(Cause.BYTES);
            int count = pipe.read(chunk);
            waitPoint.go();
            if (progress != null) {
                progress.look(Math.max(0, count) + total, count < 0);
            }
            if (count < 0) {
                reading.verifyEnd(total);
                return;
            }
            if (isOver()) {
                ShieldedThread.callUnshielded(() -> Operators.onDiscard(chunk.flip(), actual.currentContext()));
                return;
            }
            total += count;
            reporter.addBytes(count);
            requested.getAndUpdate(n -> n == Long.MAX_VALUE ? n : n - 1);
            ByteBuffer next = count > size / 2 ? chunk.flip() : copied(chunk.array(), count);
            ShieldedThread.callUnshielded(() -> actual.onNext(next));
            // The size of the next chunk is adapted to the number of bytes that were in the pipe at this read.
            size = count == size ? Math.min(options.chunkBytes(), 2 * size) : Math.max(4096, Math.min(size, 2 * count));
        }
    }

    /**
     * Copies the bytes of a chunk that is at most half full, so that the unused part of the chunk's array does not stay
     * in memory.
     */
    private ByteBuffer copied(byte[] array, int count) {
        ByteBuffer copy = ByteBuffer.wrap(Arrays.copyOf(array, count));
        memory.giveBack(array);
        return copy;
    }

    private boolean awaitDemand(WaitPoint waitPoint) {
        while (!isOver() && requested.get() == 0) {
            waitPoint.waitFor(Cause.DEMAND);
            LockSupport.park(this);
        }
        return !isOver();
    }

    private PipefluxException explain(IOException e) {
        String name = name();
        if (e instanceof InterruptedIOException) {
            return CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.NO_PIPE,
                    "waited " + options.openTimeout().toMillis() + " ms in " + options.directory() + " and found "
                            + e.getMessage(),
                    name,
                    null,
                    e);
        }
        return PathKind.explain("could not read the pipe", e, name);
    }

    @Override
    public String name() {
        PipeSource reading = source;
        return reading == null ? "pipe" : reading.name();
    }

    @Override
    public String stepName() {
        return "readPipe";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.NAME) {
            return name();
        }
        if (key == SourceAttr.CONTENT) {
            return content;
        }
        if (key == SourceAttr.DOUBT) {
            return SHARED;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.TERMINATED) {
            return terminated;
        }
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested.get();
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.ASYNC;
        }
        return null;
    }
}
