package io.pipeflux.s3.http;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import software.amazon.awssdk.http.HttpMetric;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;

/**
 * The SDK's asynchronous HTTP client, on Reactor Netty: HTTP/1.1, in large chunks, with errors that arrive.
 *
 * <p><b>Bodies of responses.</b> A body is given as heap buffers of at most 128 KiB, which belong to their receiver. The
 * connection is read while there is demand, and left alone while there is none: what is read ahead per connection is what
 * one read brings (128 KiB). Signals come on the client's event loops, which must not be blocked.
 *
 * <p><b>Time-outs.</b> They watch the server and never the subscriber: the one for reading runs only while bytes have been
 * asked for and none come. A body that nobody subscribes to is given up after a minute, as it holds a connection.
 *
 * <p><b>Errors</b> are {@link java.io.IOException}s, which the SDK retries, and say what was asked of whom, how much of it
 * had come, and what happened: closed, reset, timed out and in what. A body that ends before its Content-Length is an
 * error for its subscriber, too. This client retries nothing itself, follows no redirect and decompresses nothing.
 *
 * <p><b>Cancel</b>, of a body or of the future, closes the connection; if at most 128 KiB of a body are left these are
 * read and dropped, and the connection is used again, if that takes less than a second.
 *
 * <p>Requests are sent as the SDK has encoded and signed them. Their bodies are asked for as the connection takes them;
 * {@code Expect: 100-continue} is sent, and not waited for.
 */
public final class ReactorNettyHttpClient implements SdkAsyncHttpClient {

    private final HttpClient client;
    private final ConnectionProvider connections;
    private final LoopResources loops;
    private final int maxConnections;
    private final Duration readTimeout;
    private final Duration subscribeTimeout;
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();
    /** Closes what is added after it was closed: a connection may be under way then. */
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    private final AtomicBoolean closed = new AtomicBoolean();

    /** How many need the connections: exchanges that begin now, and this client until it is closed. */
    private final AtomicInteger users = new AtomicInteger(1);

    ReactorNettyHttpClient(
            HttpClient client,
            ConnectionProvider connections,
            LoopResources loops,
            int maxConnections,
            Duration readTimeout,
            Duration subscribeTimeout) {
        this.client = client.doOnChannelInit((observer, channel, remote) -> open.add(channel));
        this.connections = connections;
        this.loops = loops;
        this.maxConnections = maxConnections;
        this.readTimeout = readTimeout;
        this.subscribeTimeout = subscribeTimeout;
    }

    /**
     * A client with the defaults of {@link #builder()}. Given to a service client as {@code httpClient(..)} it stays the
     * caller's to close; {@code httpClientBuilder(ReactorNettyHttpClient.builder())} leaves that to the service client.
     */
    public static ReactorNettyHttpClient create() {
        return builder().build();
    }

    /** A builder with its defaults. */
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
        boolean entered =
                users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0; // or it would make connections that nobody closes
        try {
            underWay.add(exchange);
            if (!entered || closed.get()) { // asked once it is in the set, so close() ends it or this does
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
     * Refuses what is new and ends what is under way with an {@link java.io.IOException}, then closes all connections.
     * A body that has arrived whole can still be read. Does not block.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            underWay.forEach(
                    Exchange::close); // first: what has arrived whole is known from before the connections close
            var unused = open.close();
            leave();
        }
    }

    private void leave() {
        if (users.decrementAndGet() == 0) {
            connections
                    .disposeLater()
                    .onErrorComplete()
                    .then(Mono.defer(() -> loops.disposeLater(Duration.ZERO, Duration.ofSeconds(2))))
                    .subscribe();
        }
    }
}
