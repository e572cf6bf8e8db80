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
 * A response's body, for one subscriber.
 *
 * <pre>
 *   socket --valve--&gt; Netty's buffers --copied--&gt; queue --demand--&gt; subscriber
 * </pre>
 *
 * The valve is the channel's auto-read: open while there is demand and the queue is empty. Reactor Netty's own demand is
 * not used: it reads up to 32 chunks ahead, and its last chunks would hold the valve of a connection that has meanwhile
 * gone to another request. So all there is is taken from it at once, and a connection is free as soon as its last byte is
 * here, however slow the subscriber. Nothing is read unasked: where the length is not known, the end may come after the
 * last byte, and is then seen when there is demand.
 *
 * <p>All but {@link #subscribe}, {@link #request}, {@link #cancel} and {@link #abort} runs on the channel's event loop,
 * and so do all signals but {@code onSubscribe}.
 */
final class ResponseBody implements Publisher<ByteBuffer>, Subscription {

    /** Of what one read may bring, and so of a chunk. */
    static final int CHUNK_BYTES = 128 << 10;

    /** What is left of a cancelled body is read rather than the connection closed, up to so much and for so long. */
    private static final int DRAIN_BYTES = 128 << 10;

    private static final long DRAIN_MILLIS = 1000;

    /** The exchange that the body belongs to. Called on the event loop, or after that has ended with its client. */
    interface Owner {

        SdkHttpRequest head();

        /** The body has arrived whole, or as far as it will arrive. */
        void arrived();

        /** The subscriber has received the whole body. */
        void complete();

        /** The subscriber has cancelled. */
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

    private long received;
    private boolean arrived; // all of it, or the error that cut it short
    private @Nullable Throwable error;
    private boolean open = true;
    private boolean emitting;
    private boolean ended; // for the subscriber
    private volatile boolean subscribed; // its onSubscribe has returned
    private volatile boolean cancelled;
    private long waitingSince = System.nanoTime();
    private @Nullable Future<?> timer;

    /** {@code expected} is -1 if the length is not known. */
    ResponseBody(
            Owner exchange, Connection connection, long expected, Duration readTimeout, Duration subscribeTimeout) {
        this.exchange = exchange;
        this.connection = connection;
        this.loop = connection.channel().eventLoop();
        this.expected = expected;
        this.readTimeout = TimeUnit.NANOSECONDS.convert(readTimeout);
        this.subscribeTimeout = TimeUnit.NANOSECONDS.convert(subscribeTimeout);
    }

    /** On the event loop, before the first byte of the body. */
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
            } catch (Throwable t) { // the subscriber's
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
            onLoop(() -> fail(new IllegalArgumentException("demand > 0 required (rule 3.9) but it was " + n)));
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

    /** Ends the body from above, whatever has come of it. */
    void abort(Throwable reason) {
        onLoop(() -> fail(reason));
    }

    /** Ends the body unless it has arrived whole: its client closes. */
    void close() {
        onLoop(() -> {
            if (!arrived) {
                fail(HttpFailures.closedInBody(exchange.head(), received, expected));
            }
        });
    }

    /**
     * Runs a step on the event loop, or after that has ended with its client: what has come is handed over all the same.
     * A loop that is about to end may lose a step that it has taken, so such a step is run again. Every step may be run
     * twice.
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
        } catch (RejectedExecutionException e) { // it takes none any more, but may be in the middle of its last one
        }
        late.add(step);
        if (loop.isTerminated()) {
            runLate();
        } else {
            var unused = loop.terminationFuture().addListener(terminated -> runLate());
        }
    }

    /** One step after the other, as on a loop. */
    private void runLate() {
        if (lateSteps.getAndIncrement() == 0) {
            do {
                for (Runnable step = late.poll(); step != null; step = late.poll()) {
                    Throwables.attempt(step::run, Context.empty());
                }
            } while (lateSteps.decrementAndGet() > 0);
        }
    }

    /** Hands over what is asked for and there. Is called again by subscribers that ask for more while it runs. */
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
            } catch (Throwable t) { // against the rules, and yet no reason to keep a connection
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

    /** Whatever the subscriber throws, the exchange ends. A failing {@code onComplete} may not have passed on the end. */
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

    /** Overtakes what has arrived and not been handed over. */
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
        subscriber.set(Operators.emptySubscriber()); // the SDK may keep this publisher (rule 3.13)
        stopWatch();
    }

    private void stopWatch() {
        Future<?> t = timer;
        if (t != null) {
            t.cancel(false);
        }
    }

    /** Of a cancelled body: a short rest is dropped as it comes, for a longer one the connection is closed. */
    private void release() {
        if (arrived) {
            return;
        }
        if (expected >= 0 && expected - received <= DRAIN_BYTES) {
            connection.channel().config().setAutoRead(true);
            timer = loop.schedule(arrivals::cancel, DRAIN_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            arrivals.cancel();
        }
    }

    private void watch(long nanos) {
        timer = loop.schedule(this::check, nanos, TimeUnit.NANOSECONDS);
    }

    private void check() {
        long waited = System.nanoTime() - waitingSince;
        if (subscriber.get() == null) {
            if (waited < subscribeTimeout) {
                watch(Math.min(readTimeout, subscribeTimeout - waited)); // a subscriber may come meanwhile
            } else {
                fail(HttpFailures.unsubscribed(exchange.head(), subscribeTimeout));
            }
        } else if (!arrived) {
            if (!open) { // the subscriber is the slow side
                watch(readTimeout);
            } else if (waited < readTimeout) {
                watch(readTimeout - waited);
            } else {
                fail(HttpFailures.stalled(exchange.head(), received, expected, readTimeout));
            }
        }
    }

    /** What Reactor Netty brings; all of it is asked for at once. */
    private final class Arrivals extends BaseSubscriber<ByteBuf> {

        @Override
        protected void hookOnNext(ByteBuf bytes) {
            received += bytes.readableBytes();
            if (!ended) {
                try {
                    byte[] copy = new byte[bytes.readableBytes()];
                    bytes.readBytes(copy);
                    queue.add(ByteBuffer.wrap(copy));
                } catch (Throwable t) { // there is no memory; Reactor would throw that at the event loop
                    fail(t);
                    return;
                }
                waitingSince = System.nanoTime();
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
                end(); // a rest was dropped, and its time-out must go
            } else {
                error = cause;
                emit();
            }
        }
    }
}
