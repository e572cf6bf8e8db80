package io.pipeflux.s3.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import software.amazon.awssdk.http.HttpMetric;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;

/**
 * An asynchronous HTTP client for the AWS SDK, based on Reactor Netty. It uses HTTP/1.1, emits large chunks, and
 * reports every error to the subscriber.
 *
 * <p><b>Response bodies.</b> A body is emitted as heap buffers of at most 128 KiB, which belong to the subscriber. The
 * connection is read only while there is demand. Per connection, at most the result of one read (128 KiB) is held ahead
 * of demand. Signals are emitted on the client's event loops, which must not be blocked.
 *
 * <p><b>Time-outs</b> apply to the server, never to the subscriber. The read time-out runs only while bytes are
 * requested and none arrive. A body without a subscriber occupies a connection, so the client drops the body after a
 * minute.
 *
 * <p><b>Errors</b> are {@link java.io.IOException}s, which the SDK retries. Their messages name the request, its
 * server, the number of bytes that have arrived, and what happened, such as a closed connection or a time-out. A body
 * that ends before its Content-Length is also an error for its subscriber. This client does not retry, follow redirects
 * or decompress.
 *
 * <p><b>Cancel.</b> If a body or the future is cancelled, the connection is closed, with one exception: if at most 128
 * KiB of a body are missing, these bytes are read and dropped, and the connection is reused if this takes less than a
 * second.
 *
 * <p><b>Request bodies.</b> Requests are sent as the SDK has encoded and signed them. Their bodies are requested as
 * fast as the connection accepts them. {@code Expect: 100-continue} is sent, but the client does not wait for the
 * response to it.
 */
public final class ReactorNettyHttpClient implements SdkAsyncHttpClient {

    private static final int LOOPS_END_SECONDS = 2;
    private static final long LONGEST_CLOSE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final HttpClient client;
    private final ConnectionProvider connections;
    private final AddressResolverGroup<?> names;
    private final EventLoopGroup loops;
    private final int maxConnections;
    private final Duration readTimeout;
    private final Duration subscribeTimeout;
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();

    /**
     * All connections. After this group has been closed, it also closes each connection that is added to it, such as
     * one that was being opened when the client was closed.
     */
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    /** The number of users of the connections: the exchanges that are starting, and this client until it is closed. */
    private final AtomicInteger users = new AtomicInteger(1);

    ReactorNettyHttpClient(
            HttpClient client,
            ConnectionProvider connections,
            AddressResolverGroup<?> names,
            EventLoopGroup loops,
            int maxConnections,
            Duration readTimeout,
            Duration subscribeTimeout) {
        this.client = client.doOnChannelInit((observer, channel, remote) -> open.add(channel));
        this.connections = connections;
        this.names = names;
        this.loops = loops;
        this.maxConnections = maxConnections;
        this.readTimeout = readTimeout;
        this.subscribeTimeout = subscribeTimeout;
    }

    /**
     * Returns a client with the defaults of {@link #builder()}. If it is passed to a service client as {@code
     * httpClient(..)}, the caller must close it. With {@code httpClientBuilder(ReactorNettyHttpClient.builder())}, the
     * service client closes it.
     *
     * @throws IllegalStateException if modules of Netty 4.1 are on the class path
     */
    public static ReactorNettyHttpClient create() {
        return builder().build();
    }

    /** Returns a builder with the default settings. */
    public static ReactorNettyHttpClientBuilder builder() {
        return new ReactorNettyHttpClientBuilder();
    }

    @Override
    public CompletableFuture<Void> execute(AsyncExecuteRequest request) {
        request.metricCollector().ifPresent(metrics -> {
            metrics.reportMetric(HttpMetric.HTTP_CLIENT_NAME, clientName());
            metrics.reportMetric(HttpMetric.MAX_CONCURRENCY, maxConnections);
        });
        Exchange exchange = new Exchange(request, readTimeout, subscribeTimeout, underWay::remove);
        // after close(), no connection may be opened, because it would never be closed
        boolean entered = users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
        try {
            underWay.add(exchange);
            if (!entered || closed.get()) {
                // closed is read only after the exchange has been added, so that either close() or this method ends the
                // exchange
                exchange.close();
            }
            return exchange.start(client);
        } finally {
            if (entered) {
                leave();
            }
        }
    }

    @Override
    public String clientName() {
        return "ReactorNetty";
    }

    /**
     * Closes the client and all its connections. New requests and requests in progress fail with an {@link
     * java.io.IOException}. A body that has arrived completely can still be read.
     *
     * <p>Waits until the client's event loops have ended, because after this method has returned, the caller may unload
     * the classes that the loops use. The wait usually takes a few milliseconds, and at most 3 seconds. If this method
     * is called on an event loop, it does not wait.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            // the exchanges are closed before the connections, because a body that has arrived completely looks cut off
            // once its connection is closed
            underWay.forEach(Exchange::close);
            var unused = open.close();
            leave();
        }
        if (!Schedulers.isInNonBlockingThread()) {
            awaitEnd();
        }
    }

    /**
     * Waits until the event loops have ended. An interrupt does not end the wait, because a cancelled task may close
     * the client on an interrupted thread.
     */
    private void awaitEnd() {
        long deadline = System.nanoTime() + LONGEST_CLOSE_NANOS;
        boolean interrupted = false;
        boolean ends = false;
        while (!ends) {
            try {
                ended.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                ends = true;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave() {
        if (users.decrementAndGet() == 0) {
            try {
                connections
                        .disposeLater()
                        .onErrorComplete()
                        .then(Mono.fromRunnable(names::close).onErrorComplete())
                        .doFinally(signal -> endLoops())
                        .subscribe();
            } catch (Throwable t) { // for example, a class cannot be loaded; the event loops must still end
                endLoops();
                throw t;
            }
        }
    }

    /**
     * Ends the event loops. Does not use {@code LoopResources}, because that class would start Reactor threads that
     * never end.
     */
    private void endLoops() {
        loops.shutdownGracefully(0, LOOPS_END_SECONDS, TimeUnit.SECONDS).addListener(end -> ended.countDown());
    }
}
