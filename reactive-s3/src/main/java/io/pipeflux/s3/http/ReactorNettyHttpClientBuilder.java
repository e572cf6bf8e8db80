package io.pipeflux.s3.http;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.NoopAddressResolverGroup;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.NameResolverProvider;
import reactor.netty.transport.ProxyProvider;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * Builds {@link ReactorNettyHttpClient}s. If an AWS service client builds its HTTP client itself, it calls {@link
 * #buildWithDefaults} with its own defaults. Of these defaults, only {@link
 * SdkHttpConfigurationOption#TRUST_ALL_CERTIFICATES} is used. All time-outs are at least 1 ms. Builders are not
 * thread-safe.
 */
public final class ReactorNettyHttpClientBuilder implements SdkAsyncHttpClient.Builder<ReactorNettyHttpClientBuilder> {

    /** The maximum time-out. It is limited, because Netty counts milliseconds in an int. */
    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

    private int maxConnections = 64;
    private int maxPendingAcquires = 10_000;
    private Duration acquireTimeout = Duration.ofSeconds(10);
    private Duration connectTimeout = Duration.ofSeconds(2);
    private Duration responseHeaderTimeout = Duration.ofSeconds(30);
    private Duration readTimeout = Duration.ofSeconds(30);
    private Duration writeTimeout = Duration.ofSeconds(30);
    private Duration idleTimeout = Duration.ofSeconds(5);
    private Duration subscribeTimeout = Duration.ofSeconds(60);
    private Consumer<SslContextBuilder> tls = context -> {};
    private UnaryOperator<HttpClient> mapper = UnaryOperator.identity();
    private @Nullable String proxyHost;
    private int proxyPort;

    ReactorNettyHttpClientBuilder() {}

    /**
     * Sets the maximum number of connections per host and port. Further requests wait for a connection.
     *
     * @param connections at least 1. Defaults to 64
     */
    public ReactorNettyHttpClientBuilder maxConnections(int connections) {
        this.maxConnections = atLeast(1, "max connections", connections);
        return this;
    }

    /**
     * Sets the maximum number of requests that wait for a connection to a host and port. Further requests fail.
     *
     * @param requests 0 to let no request wait. Defaults to 10,000
     */
    public ReactorNettyHttpClientBuilder maxPendingAcquires(int requests) {
        this.maxPendingAcquires = atLeast(0, "max pending acquires", requests);
        return this;
    }

    /** Sets how long a request may wait for a free connection. Defaults to 10 s. */
    public ReactorNettyHttpClientBuilder acquireTimeout(Duration timeout) {
        this.acquireTimeout = positive("acquire time-out", timeout);
        return this;
    }

    /** Sets how long opening a connection may take. Defaults to 2 s. The TLS handshake has a separate limit of 10 s. */
    public ReactorNettyHttpClientBuilder connectTimeout(Duration timeout) {
        this.connectTimeout = positive("connect time-out", timeout);
        return this;
    }

    /** Sets the maximum time from the last byte of a request to the end of its response's header. Defaults to 30 s. */
    public ReactorNettyHttpClientBuilder responseHeaderTimeout(Duration timeout) {
        this.responseHeaderTimeout = positive("response header time-out", timeout);
        return this;
    }

    /**
     * Sets how long a subscriber that has requested bytes of a body may wait for the next byte. Defaults to 30 s. The
     * time during which nothing is requested does not count.
     */
    public ReactorNettyHttpClientBuilder readTimeout(Duration timeout) {
        this.readTimeout = positive("read time-out", timeout);
        return this;
    }

    /**
     * Sets how long the server may take to accept each piece (64 KiB) of a request. The time begins when the piece is
     * ready to be sent. Defaults to 30 s.
     */
    public ReactorNettyHttpClientBuilder writeTimeout(Duration timeout) {
        this.writeTimeout = positive("write time-out", timeout);
        return this;
    }

    /**
     * Sets the time after which an idle connection is no longer reused. Defaults to 5 s, because S3 closes idle
     * connections soon after that.
     */
    public ReactorNettyHttpClientBuilder idleTimeout(Duration timeout) {
        this.idleTimeout = positive("idle time-out", timeout);
        return this;
    }

    /**
     * Sets a callback that changes the TLS context, such as its trust manager or client certificate. By default, the
     * JDK's trusted certificates are used. Host names are verified regardless of the changes.
     */
    public ReactorNettyHttpClientBuilder tls(Consumer<SslContextBuilder> context) {
        this.tls = Objects.requireNonNull(context, "context");
        return this;
    }

    /**
     * Sets an HTTP proxy, through which all connections are opened with {@code CONNECT}. Defaults to no proxy.
     * Environment variables and system properties are not read.
     *
     * @param port at least 1
     */
    public ReactorNettyHttpClientBuilder proxy(String host, int port) {
        this.proxyHost = Objects.requireNonNull(host, "host");
        this.proxyPort = atLeast(1, "proxy port", port);
        return this;
    }

    /**
     * Sets a function that changes other settings of the Reactor Netty client, such as its resolver, event loops, a
     * proxy with a password, or wire logging. It is applied last, so it may override other settings of this builder.
     * Defaults to no change.
     */
    public ReactorNettyHttpClientBuilder httpClient(UnaryOperator<HttpClient> mapper) {
        this.mapper = Objects.requireNonNull(mapper, "mapper");
        return this;
    }

    /** Sets the time within which a body must be subscribed to. */
    ReactorNettyHttpClientBuilder subscribeTimeout(Duration timeout) {
        this.subscribeTimeout = timeout;
        return this;
    }

    /**
     * Returns a new client. It has its own connections and event loops, which end when the client is closed.
     *
     * @throws IllegalStateException if modules of Netty 4.1 are on the class path
     */
    @Override
    public ReactorNettyHttpClient build() {
        return buildWithDefaults(AttributeMap.empty());
    }

    @Override
    public ReactorNettyHttpClient buildWithDefaults(AttributeMap serviceDefaults) {
        NettyModules.requireOneLine();
        LoopResources loops = LoopResources.create("pipeflux-s3-http");
        EventLoopGroup group = loops.onClient(LoopResources.DEFAULT_NATIVE);
        EventLoop timer = group.next();
        ConnectionProvider connections = ConnectionProvider.builder("pipeflux-s3-http")
                .maxConnections(maxConnections)
                .pendingAcquireMaxCount(maxPendingAcquires)
                .pendingAcquireTimeout(acquireTimeout)
                // the default timer is not used, because it is a Reactor scheduler whose threads never end
                .pendingAcquireTimer((task, timeout) -> {
                    Future<?> scheduled = timer.schedule(task, timeout.toNanos(), TimeUnit.NANOSECONDS);
                    return () -> scheduled.cancel(false);
                })
                .maxIdleTime(idleTimeout)
                .lifo()
                .build();
        // Each client has its own resolver, which it can close. Reactor Netty would create a resolver for these event
        // loops and never release it.
        AddressResolverGroup<?> names =
                NameResolverProvider.builder().build().newNameResolverGroup(loops, LoopResources.DEFAULT_NATIVE);
        boolean trustAll = Boolean.TRUE.equals(serviceDefaults.get(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES));
        return new ReactorNettyHttpClient(
                mapper.apply(
                        client(HttpClient.create(connections).resolver(names).runOn(loops), trustAll)),
                connections,
                names,
                group,
                maxConnections,
                readTimeout,
                subscribeTimeout);
    }

    // maxChunkSize is deprecated, but its replacements are available only for servers
    @SuppressWarnings("deprecation")
    private HttpClient client(HttpClient base, boolean trustAll) {
        HttpClient client = base.option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(connectTimeout.toMillis()))
                .option(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(2 << 10, 64 << 10, ResponseBody.CHUNK_BYTES))
                .httpResponseDecoder(decoder -> decoder.maxChunkSize(ResponseBody.CHUNK_BYTES))
                // keeps a connection open after a failed write, so that a response that the server sent before closing
                // the connection can still be read
                .option(ChannelOption.AUTO_CLOSE, false)
                .doOnChannelInit((observer, channel, remote) -> AnswerGuard.addTo(channel))
                .responseTimeout(responseHeaderTimeout)
                .doOnConnected(connection -> connection.addHandlerFirst(
                        new WriteTimeoutHandler(writeTimeout.toMillis(), TimeUnit.MILLISECONDS)))
                .disableRetry(true)
                .compress(false)
                .followRedirect(false)
                .secure(spec -> spec.sslContext(Http11SslContextSpec.forClient().configure(context -> {
                    if (trustAll) {
                        context.trustManager(InsecureTrustManagerFactory.INSTANCE)
                                .endpointIdentificationAlgorithm(null);
                    }
                    tls.accept(context);
                })));
        String host = proxyHost;
        return host == null
                ? client
                : client.proxy(spec ->
                                spec.type(ProxyProvider.Proxy.HTTP).host(host).port(proxyPort))
                        .resolver(NoopAddressResolverGroup.INSTANCE); // the proxy resolves host names
    }

    private static int atLeast(int least, String what, int value) {
        if (value < least) {
            throw new IllegalArgumentException("expected " + what + " >= " + least + ", but got " + value);
        }
        return value;
    }

    private static Duration positive(String what, Duration value) {
        if (TimeUnit.MILLISECONDS.convert(value) < 1) {
            throw new IllegalArgumentException("expected " + what + " >= 1 ms, but got " + value);
        }
        return value.compareTo(LONGEST) < 0 ? value : LONGEST;
    }
}
