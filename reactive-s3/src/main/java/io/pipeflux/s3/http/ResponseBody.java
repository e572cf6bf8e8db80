package io.pipeflux.s3.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Operators;
import reactor.netty.Connection;
import reactor.util.context.Context;
import software.amazon.awssdk.http.SdkCancellationException;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * The body of a response, for one subscriber.
 *
 * <pre>{@code
 *   socket --valve--> Netty's buffers --copied--> queue --demand--> subscriber
 * }</pre>
 *
 * <p>The valve is the channel's auto-read. It is open while there is demand and the queue is empty. Reactor Netty's own
 * backpressure is not used, for two reasons. First, Reactor Netty reads up to 32 chunks in advance. Second, after the
 * last chunks of a body, it would close the valve, although the connection may already be in use for another request.
 * Instead, everything that Reactor Netty has received is taken immediately. So the connection is released as soon as
 * the last byte arrives, even if the subscriber is slow. Nothing is read without demand. If the length is unknown, the
 * end may arrive after the last byte, and is detected only when there is demand.
 *
 * <p>Any thread may call {@link #subscribe}, {@link #request}, {@link #cancel}, {@link #abort} and {@link #close}. All
 * other methods run on the channel's event loop, and all signals except {@code onSubscribe} are emitted there, too.
 * After the event loop has ended, another thread takes its place.
 */
final class ResponseBody implements Publisher<ByteBuffer>, Subscription {

    /** The maximum size of one read, and therefore of a chunk. */
    static final int CHUNK_BYTES = 128 << 10;

    /**
     * If at most this number of bytes are missing when a body is cancelled, they are read and dropped, so that the
     * connection can be reused. This may take at most {@link #DRAIN_MILLIS}.
     */
    private static final int DRAIN_BYTES = 128 << 10;

    private static final long DRAIN_MILLIS = 1000;

    /**
     * If no byte arrives for this long, the body clears the {@link ReadMark}, because the kernel may be holding bytes
     * back.
     */
    private static final long MARK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * The exchange that the body belongs to. The body calls these methods on the event loop or, after the client's
     * event loops have ended, on another thread.
     */
    interface Owner {

        SdkHttpRequest head();

        /** Called when the body has arrived completely or has failed. */
        void arrived();

        /** Called when the subscriber has received the whole body. */
        void complete();

        /** Called when the subscriber has cancelled. */
        void cancel(Throwable reason);

        void fail(Throwable error);
    }

    private final Owner exchange;
    private final Connection connection;
    private final EventLoop loop;
    private final long expected;
    private final long readTimeout;
    private final long subscribeTimeout;
    private final AtomicReference<@Nullable Subscriber<? super ByteBuffer>> subscriber = new AtomicReference<>();
    private final AtomicLong demand = new AtomicLong();
    private final Queue<ByteBuffer> queue = new ArrayDeque<>();
    private final Arrivals arrivals = new Arrivals();
    private final Queue<Runnable> late = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lateSteps = new AtomicInteger();

    private final ReadMark mark;
    private long received;
    private boolean arrived; // whether the body has arrived completely or has failed
    private @Nullable Throwable error;
    private boolean open = true;
    private boolean emitting;
    private boolean ended; // whether the subscriber gets no more signals
    private volatile boolean subscribed; // whether the subscriber's onSubscribe has returned
    private volatile boolean cancelled;
    private long waitingSince = System.nanoTime();
    private @Nullable Future<?> timer;

    /** @param expected the length of the body, or -1 if it is unknown */
    ResponseBody(
            Owner exchange, Connection connection, long expected, Duration readTimeout, Duration subscribeTimeout) {
        this.exchange = exchange;
        this.connection = connection;
        this.loop = connection.channel().eventLoop();
        this.expected = expected;
        this.readTimeout = TimeUnit.NANOSECONDS.convert(readTimeout);
        this.subscribeTimeout = TimeUnit.NANOSECONDS.convert(subscribeTimeout);
        this.mark = new ReadMark(connection.channel(), expected, this.readTimeout);
    }

    /** Starts to receive the body. Called on the event loop, before the first byte of the body. */
    void start() {
        connection.inbound().receive().subscribe(arrivals);
        turnValve();
        if (!arrived) {
            watch(Math.min(readTimeout, subscribeTimeout));
        }
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> s) {
        Objects.requireNonNull(s, "subscriber");
        if (subscriber.compareAndSet(null, s)) {
            try {
                s.onSubscribe(this);
                subscribed = true;
                onLoop(this::emit);
            } catch (Throwable t) { // thrown by the subscriber
                subscribed = true;
                onLoop(() -> fail(t));
            }
        } else {
            Operators.error(Operators.toCoreSubscriber(s), new IllegalStateException("a body has one subscriber"));
        }
    }

    @Override
    public void request(long n) {
        if (n > 0) {
            demand.accumulateAndGet(n, Operators::addCap);
            onLoop(this::emit);
        } else {
            onLoop(() -> fail(new IllegalArgumentException("expected a demand > 0 (rule 3.9), but got " + n)));
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        onLoop(() -> {
            if (!ended) {
                end();
                release();
                exchange.cancel(new SdkCancellationException("the response's body was cancelled"));
            }
        });
    }

    /** Fails the body, even if it has arrived completely. */
    void abort(Throwable reason) {
        onLoop(() -> fail(reason));
    }

    /** Fails the body, unless it has arrived completely. Called when the client is closed. */
    void close() {
        onLoop(() -> {
            if (!arrived) {
                fail(HttpFailures.closedInBody(exchange.head(), received, expected));
            }
        });
    }

    /**
     * Runs a step on the event loop. If the loop has ended because the client was closed, the step runs on another
     * thread, so that bytes that have arrived are still emitted. An event loop that is shutting down may lose a step
     * that it has accepted, so such a step is run again. Every step must tolerate being run twice.
     */
    private void onLoop(Runnable step) {
        if (loop.inEventLoop()) {
            step.run();
            return;
        }
        try {
            loop.execute(step);
            if (!loop.isShuttingDown()) {
                return;
            }
        } catch (RejectedExecutionException e) {
            // the loop accepts no more steps, but may still be running an earlier one
        }
        late.add(step);
        if (loop.isTerminated()) {
            runLate();
        } else {
            var unused = loop.terminationFuture().addListener(terminated -> runLate());
        }
    }

    /** Runs the steps that the event loop can no longer run, one after another. */
    private void runLate() {
        if (lateSteps.getAndIncrement() == 0) {
            do {
                for (Runnable step = late.poll(); step != null; step = late.poll()) {
                    Throwables.attempt(step::run, Context.empty());
                }
            } while (lateSteps.decrementAndGet() > 0);
        }
    }

    /**
     * Emits chunks that are available and requested. If the subscriber requests more in {@code onNext}, the nested call
     * returns immediately, and the outer call emits the chunks.
     */
    private void emit() {
        Subscriber<? super ByteBuffer> s = subscriber.get();
        if (emitting || !subscribed || s == null) {
            return;
        }
        emitting = true;
        while (!ended && !cancelled && demand.get() > 0 && !queue.isEmpty()) {
            if (demand.get() != Long.MAX_VALUE) {
                demand.decrementAndGet();
            }
            try {
                s.onNext(queue.remove());
            } catch (Throwable t) {
                // onNext has thrown, which violates the specification, but the connection must be released nevertheless
                fail(t);
            }
        }
        emitting = false;
        if (arrived && queue.isEmpty() && !ended && !cancelled) {
            end();
            signalEnd(s);
        }
        turnValve();
    }

    /**
     * Emits the terminal signal. If {@code onComplete} throws, {@code onError} is called, because the subscriber may
     * not have passed the completion on.
     */
    private void signalEnd(Subscriber<? super ByteBuffer> s) {
        Throwable cause = error;
        if (cause == null) {
            try {
                s.onComplete();
                exchange.complete();
                return;
            } catch (Throwable t) {
                cause = t;
            }
        }
        Throwable last = cause;
        Throwables.attempt(() -> s.onError(last), Context.empty());
        exchange.fail(last);
    }

    private void turnValve() {
        if (!arrived && !ended) {
            boolean needed = queue.isEmpty() && demand.get() > 0;
            if (needed != open) {
                open = needed;
                waitingSince = System.nanoTime();
                connection.channel().config().setAutoRead(needed);
            }
        }
    }

    /** Fails the body immediately, and drops chunks that have not been emitted. */
    private void fail(Throwable reason) {
        if (!ended) {
            if (!arrived) {
                arrived = true;
                arrivals.cancel();
            }
            error = reason;
            queue.clear();
            stopWatch();
            emit();
            exchange.fail(reason);
        }
    }

    private void end() {
        ended = true;
        queue.clear();
        subscriber.set(Operators.emptySubscriber()); // the SDK may keep this publisher (Reactive Streams, rule 3.13)
        stopWatch();
    }

    private void stopWatch() {
        Future<?> t = timer;
        if (t != null) {
            t.cancel(false);
        }
    }

    /**
     * Releases the connection of a cancelled body. If only a few bytes are missing, they are read and dropped.
     * Otherwise, the connection is closed.
     */
    private void release() {
        if (arrived) {
            return;
        }
        if (expected >= 0 && expected - received <= DRAIN_BYTES) {
            mark.clear();
            connection.channel().config().setAutoRead(true);
            timer = loop.schedule(arrivals::cancel, DRAIN_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            arrivals.cancel();
        }
    }

    private void watch(long nanos) {
        long next = mark.isUsable() ? Math.min(nanos, MARK_NANOS) : nanos;
        timer = loop.schedule(this::check, next, TimeUnit.NANOSECONDS);
    }

    private void check() {
        long waited = System.nanoTime() - waitingSince;
        if (waited >= MARK_NANOS && mark.clear() && !arrived) {
            // bytes that the kernel may have collected are read first, before the time-out is checked
            watch(MARK_NANOS);
            return;
        }
        if (subscriber.get() == null) {
            if (waited < subscribeTimeout) {
                // waits again, because a subscriber may subscribe in the meantime
                watch(Math.min(readTimeout, subscribeTimeout - waited));
            } else {
                fail(HttpFailures.unsubscribed(exchange.head(), subscribeTimeout));
            }
        } else if (!arrived) {
            if (!open) { // the server is not slow: the subscriber has requested nothing
                watch(readTimeout);
            } else if (waited < readTimeout) {
                watch(readTimeout - waited);
            } else {
                fail(HttpFailures.stalled(exchange.head(), received, expected, readTimeout));
            }
        }
    }

    /** Receives the body from Reactor Netty, with unlimited demand. */
    private final class Arrivals extends BaseSubscriber<ByteBuf> {

        @Override
        protected void hookOnNext(ByteBuf bytes) {
            int count = bytes.readableBytes();
            received += count;
            if (!ended) {
                long now = System.nanoTime();
                mark.arrived(count, now - waitingSince, expected - received);
                try {
                    byte[] copy = new byte[count];
                    bytes.readBytes(copy);
                    queue.add(ByteBuffer.wrap(copy));
                } catch (Throwable t) {
                    // memory has run out; caught here, because Reactor would throw the error on the event loop
                    fail(t);
                    return;
                }
                waitingSince = now;
                emit();
                turnValve();
            }
        }

        @Override
        protected void hookOnComplete() {
            arrived(null);
        }

        @Override
        protected void hookOnError(Throwable cause) {
            arrived(HttpFailures.inBody(exchange.head(), received, expected, cause));
        }

        private void arrived(@Nullable Throwable cause) {
            arrived = true;
            exchange.arrived();
            if (ended) {
                end(); // no further bytes will arrive; cancels the time-out for the missing bytes
            } else {
                error = cause;
                emit();
            }
        }
    }
}
