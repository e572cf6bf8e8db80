package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.PipelineReporter.WaitPoint;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.ShieldedThread;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Signal;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/**
 * Writes one pipe once, on a dedicated thread. The thread waits for a reader, then subscribes to the bytes and writes
 * them.
 *
 * <pre>{@code
 *   subscribed -> pipe prepared -> waiting for a reader -> writing <-> waiting for a chunk
 *
 *   event              possible in                       signal after the pipe was closed
 *   the bytes end      waiting for a chunk               a result with complete = true
 *   the bytes fail     waiting for a chunk               the error
 *   the reader leaves  writing or waiting for a chunk    a result with complete = false
 *   a cancel           any state                         none
 * }</pre>
 *
 * <p>If anything throws, even an {@code Error}, the writer still takes all of these steps in this order: it cancels
 * upstream, reports the end, closes and removes the pipe, and emits its terminal signal.
 */
final class PipeWriter implements CoreSubscriber<ByteBuffer>, Scannable, Runnable {

    private static final Logger log = Loggers.getLogger(PipeWriter.class);

    /**
     * The interval at which the writer checks, while upstream emits nothing, whether the reader has left. Without this
     * check, only the next write would detect that the reader has left. This interval is also the minimum time between
     * two progress reports.
     */
    static final long LOOK_NANOS = 100_000_000;

    /**
     * The maximum number of bytes per write. The number is limited because the JDK copies the bytes of a write into a
     * direct buffer of the same size, and keeps this buffer until the writing thread ends.
     */
    private static final int MOST_AT_ONCE = 256 << 10;

    /**
     * The number of chunks that are prefetched. It is 2, so that upstream can prepare one chunk while the writer writes
     * another.
     */
    private static final int CHUNKS_AHEAD = 2;

    private final MonoSink<PipeWrite> sink;
    private final PipeTarget target;
    private final Publisher<ByteBuffer> bytes;
    private final Queue<Signal<ByteBuffer>> signals = new ConcurrentLinkedQueue<>();
    private final Thread thread = ShieldedThread.of(this, "pipeflux-write");

    private volatile @Nullable Subscription s;
    private volatile @Nullable PipeSide side;
    private boolean done; // whether upstream has terminated
    private volatile boolean cancelled;
    private volatile boolean terminated;
    private volatile String name;
    private long written;
    private long looked;
    private boolean looks = true;
    private boolean complete;
    private @Nullable Exception upstreamFailure;

    private PipeWriter(MonoSink<PipeWrite> sink, PipeTarget target, Publisher<ByteBuffer> bytes) {
        this.sink = sink;
        this.target = target;
        this.bytes = bytes;
        this.name = target.name();
    }

    /** Returns a {@code Mono} that writes the bytes into the pipe once for each subscription. */
    static Mono<PipeWrite> write(PipeTarget target, Publisher<ByteBuffer> bytes) {
        return Mono.create(sink -> {
            target.begin();
            PipeWriter writer = new PipeWriter(sink, target, bytes);
            sink.onCancel(writer::cancel);
            writer.start();
        });
    }

    /**
     * Starts the thread. If the write was cancelled, or if the thread could not be started (for example for lack of
     * memory), this method ends the write itself. In the second case, the write fails.
     */
    private void start() {
        Throwable failure = null;
        if (!cancelled) {
            try {
                thread.setDaemon(true);
                thread.start();
                return;
            } catch (Throwable t) {
                failure = t;
            }
        }
        AllSteps steps = new AllSteps(failure);
        steps.run(target::closed);
        signal(steps.failure());
    }

    // == signals from upstream ==

    @Override
    public void onSubscribe(Subscription subscription) {
        if (!Operators.validate(s, subscription)) {
            return;
        }
        s = subscription;
        try {
            if (cancelled) {
                subscription.cancel();
            } else {
                subscription.request(CHUNKS_AHEAD);
            }
        } catch (Throwable t) { // caught, because the publisher may not be able to handle it
            onError(t);
        }
    }

    @Override
    public void onNext(ByteBuffer chunk) {
        if (chunk == null) {
            NullPointerException e = new NullPointerException("chunk");
            onError(e); // also fails the write, because a publisher that emits null may ignore the exception
            throw e;
        }
        if (done) {
            Operators.onNextDropped(chunk, currentContext());
            return;
        }
        enqueue(Signal.next(chunk));
    }

    @Override
    public void onError(Throwable t) {
        if (t == null) {
            onError(new NullPointerException("t"));
            throw new NullPointerException("t");
        }
        if (done) {
            Operators.onErrorDropped(t, currentContext());
            return;
        }
        done = true;
        enqueue(Signal.error(t));
    }

    @Override
    public void onComplete() {
        if (!done) {
            done = true;
            enqueue(Signal.complete());
        }
    }

    private void enqueue(Signal<ByteBuffer> signal) {
        signals.add(signal);
        if (terminated) {
            discard();
        }
        LockSupport.unpark(thread);
    }

    // == signals from downstream ==

    private void cancel() {
        cancelled = true;
        AllSteps steps = new AllSteps(null);
        steps.run(target::cancelled);
        steps.run(this::cancelUpstream);
        steps.run(this::close);
        LockSupport.unpark(thread);
        drop(steps.failure());
    }

    private void cancelUpstream() {
        Subscription upstream = s;
        if (upstream != null) {
            upstream.cancel();
        }
    }

    private void close() throws IOException {
        PipeSide opened = side;
        if (opened != null) {
            opened.close();
        }
    }

    // == called on the thread of the pipe ==

    @Override
    public void run() {
        AllSteps writing = new AllSteps(null);
        writing.run(this::write);
        Throwable failure = finish(writing.failure());
        terminated = true;
        AllSteps last = new AllSteps(failure);
        last.run(() -> ShieldedThread.callUnshielded(this::discard));
        signal(last.failure());
    }

    private void write() throws Exception {
        try (WaitPoint waitPoint = PipelineReporter.current(sink.contextView()).waitPoint(this::name)) {
            complete = write(target.prepare(), waitPoint);
        }
    }

    @SuppressWarnings("ReferenceEquality") // the same exception object, not an equal one
    private void signal(@Nullable Throwable failure) {
        if (failure == null) {
            PipeWrite end = new PipeWrite(written, complete);
            ShieldedThread.callUnshielded(() -> sink.success(end));
        } else if (!cancelled) {
            boolean ofThePipe = failure instanceof IOException && failure != upstreamFailure;
            Throwable error =
                    ofThePipe ? PathKind.explain("could not write the pipe", (IOException) failure, name) : failure;
            ShieldedThread.callUnshielded(() -> sink.error(error));
        } else if (!(failure instanceof IOException || failure instanceof CancellationException)) {
            drop(failure); // the failure has a cause other than the cancel
        }
    }

    /** Drops a failure that can no longer be emitted. */
    private void drop(@Nullable Throwable failure) {
        if (failure != null) {
            ShieldedThread.callUnshielded(() -> Operators.onErrorDropped(failure, currentContext()));
        }
    }

    /**
     * Discards chunks that will not be written, and drops an error that arrives too late. Called on the pipe's thread
     * and, after that thread has ended, on upstream's thread.
     */
    private void discard() {
        for (Signal<ByteBuffer> signal = signals.poll(); signal != null; signal = signals.poll()) {
            Operators.onDiscard(signal.get(), currentContext());
            drop(signal.getThrowable());
        }
    }

    /**
     * Ends the write. The end is reported before the pipe is closed, so that the report is already complete when the
     * reader sees the end of the pipe.
     */
    private @Nullable Throwable finish(@Nullable Throwable failure) {
        AllSteps steps = new AllSteps(failure);
        steps.run(() -> ShieldedThread.callUnshielded(this::cancelUpstream));
        steps.run(() -> target.ending(written, reason(steps.failure())));
        PipeSide opened = side;
        if (opened != null) {
            steps.run(() -> complete &= opened.finish(reason(steps.failure())));
            steps.run(opened::free);
        }
        steps.run(target::closed);
        return steps.failure();
    }

    private @Nullable Throwable reason(@Nullable Throwable failure) {
        if (cancelled) {
            return stopped();
        }
        boolean early = failure == null && !complete;
        return early ? new IOException("the reader closed the pipe before its end") : failure;
    }

    /** Writes all chunks. Returns false if the reader has left. */
    private boolean write(Path fifo, WaitPoint waitPoint) throws Exception {
        name = String.valueOf(fifo.getFileName());
        Thread.currentThread().setName("pipeflux-write-" + KeyText.printable(name));
        PipeSide opening = target.side(fifo);
        side = opening;
        if (cancelled) {
            throw stopped();
        }
        waitPoint.waitFor(Cause.READER);
        ByteChannel pipe = opening.open(Deadline.NEVER, () -> !cancelled);
        waitPoint.go();
        ShieldedThread.callUnshielded(() -> bytes.subscribe(this));
        looked = System.nanoTime() - LOOK_NANOS; // so that the progress is reported immediately after the first chunk
        while (true) {
            Signal<ByteBuffer> signal = nextSignal(waitPoint, opening);
            if (signal == null) {
                return false;
            }
            ByteBuffer chunk = signal.get();
            if (chunk != null) {
                waitPoint.waitFor(Cause.ROOM);
                // writes a duplicate: the source may keep the buffer, so the position of the buffer itself must not
                // change
                if (!write(pipe, chunk.duplicate())) {
                    return false;
                }
                waitPoint.go();
                ShieldedThread.callUnshielded(() -> upstream().request(1));
                look();
            } else if (signal.isOnComplete()) {
                return true;
            } else {
                throw upstreamFailure(signal.getThrowable(), fifo);
            }
        }
    }

    private void look() {
        long now = System.nanoTime();
        if (looks && now - looked >= LOOK_NANOS) {
            looked = now;
            try {
                target.look();
            } catch (IOException e) {
                looks = false;
                log.warn("{}: stopped reporting its progress: {}", KeyText.printable(name), Failed.reason(e));
            }
        }
    }

    /**
     * Waits for the next signal. Returns null if the reader has left. In that case, the write must end, because another
     * reader that opens the pipe would begin in the middle of the epoch.
     */
    private @Nullable Signal<ByteBuffer> nextSignal(WaitPoint waitPoint, PipeSide opened) throws IOException {
        long lookedForReader = System.nanoTime();
        while (true) {
            if (cancelled) {
                throw stopped();
            }
            Signal<ByteBuffer> signal = signals.poll();
            if (signal != null) {
                waitPoint.go();
                return signal;
            }
            waitPoint.waitFor(Cause.UPSTREAM);
            long left = LOOK_NANOS - (System.nanoTime() - lookedForReader);
            if (left > 0) {
                LockSupport.parkNanos(this, left);
            } else if (opened.readerHasLeft() && !cancelled) {
                return null;
            } else {
                lookedForReader = System.nanoTime();
                look();
            }
        }
    }

    private boolean write(ByteChannel pipe, ByteBuffer chunk) throws IOException {
        try {
            int end = chunk.limit();
            while (chunk.position() < end) {
                chunk.limit(Math.min(end, chunk.position() + MOST_AT_ONCE));
                written += pipe.write(chunk);
            }
            return true;
        } catch (ReaderLeftException e) { // a reader that has left is the only failure that does not count as an error
            if (cancelled) {
                throw e;
            }
            return false;
        }
    }

    private Subscription upstream() {
        Subscription upstream = s;
        return upstream == null ? Operators.cancelledSubscription() : upstream;
    }

    /**
     * Returns upstream's error, wrapped in an exception if it is not one, and stores the result. If upstream's error is
     * an {@code Error}, throws it instead.
     */
    private Exception upstreamFailure(@Nullable Throwable thrown, Path fifo) {
        if (thrown instanceof Error e) {
            throw e;
        }
        Exception failure = thrown instanceof Exception e
                ? e
                : CoreAccess.exception(
                        PipeException.class,
                        ErrorKind.PIPE_IO,
                        "the bytes failed: " + thrown,
                        fifo.toString(),
                        null,
                        thrown);
        upstreamFailure = failure;
        return failure;
    }

    private static CancellationException stopped() {
        return new CancellationException("the writer was stopped");
    }

    @Override
    public Context currentContext() {
        return Context.of(sink.contextView());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String stepName() {
        return "writePipe";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.NAME) {
            return name;
        }
        if (key == Attr.PARENT) {
            return s;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.TERMINATED) {
            return terminated;
        }
        if (key == Attr.BUFFERED) {
            return signals.size();
        }
        if (key == Attr.PREFETCH) {
            return CHUNKS_AHEAD;
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.ASYNC;
        }
        return null;
    }
}
