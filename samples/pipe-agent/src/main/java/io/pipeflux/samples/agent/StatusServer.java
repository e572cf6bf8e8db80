package io.pipeflux.samples.agent;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.Channel;
import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.metrics.PipelineMetrics;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;
import reactor.util.Logger;
import reactor.util.Loggers;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Serves {@code /metrics} in Prometheus's text format, and {@code /health} as JSON.
 *
 * <p>A client can neither block other clients nor use up the agent's file descriptors and memory: each connection
 * serves one request and has a time limit, and if there are too many connections, the oldest one is closed.
 */
final class StatusServer implements AutoCloseable {

    /** The maximum number of open connections. */
    static final int MOST_CONNECTIONS = 64;

    private static final Duration CONNECTION_LIMIT = Duration.ofSeconds(10);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final Logger LOG = Loggers.getLogger(StatusServer.class);
    private static final JsonFactory JSON = new JsonFactory();
    private static final double MILLIS = 1000;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;

    private final List<ChannelProgress> channels;
    private final Duration connectionLimit;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final LoopResources loops = LoopResources.create("pipe-agent-status", 1, true);
    private final Deque<Channel> connections = new ArrayDeque<>(); // used only on the single event loop
    private final RareLog refused = new RareLog("the metrics server refused a request", System::nanoTime, LOG::warn);
    private final DisposableServer server;

    private StatusServer(InetSocketAddress address, List<ChannelProgress> channels, Duration connectionLimit) {
        this.channels = channels;
        this.connectionLimit = connectionLimit;
        channels.forEach(channel -> PipelineMetrics.of(channel.monitor()).bindTo(registry));
        try {
            server = HttpServer.create()
                    .bindAddress(() -> address)
                    .runOn(loops, false)
                    .doOnChannelInit((observer, connection, remote) -> limit(connection))
                    .handle(this::answer)
                    .bindNow();
        } catch (RuntimeException e) {
            loops.dispose();
            throw new InputException("--metrics-port: could not listen at " + address.getHostString() + ", port "
                    + address.getPort() + ": " + reason(e));
        }
    }

    private static String reason(Throwable e) {
        return e.getCause() == null ? String.valueOf(e.getMessage()) : reason(e.getCause());
    }

    /** Starts a server at an address. If the port is 0, the system chooses a free port. */
    static StatusServer start(InetSocketAddress address, List<ChannelProgress> channels) {
        return start(address, channels, CONNECTION_LIMIT);
    }

    /** Starts a server that closes each connection after a time limit. */
    static StatusServer start(InetSocketAddress address, List<ChannelProgress> channels, Duration connectionLimit) {
        return new StatusServer(address, channels, connectionLimit);
    }

    /** Returns the address at which the server listens. */
    InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the result of closing is not needed
    private void limit(Channel connection) {
        if (connections.size() == MOST_CONNECTIONS) {
            connections.remove().close();
        }
        connections.add(connection);
        connection.pipeline().addAfter(NettyPipeline.HttpCodec, "bad-requests", new BadRequests(refused::report));
        Future<?> limit = connection
                .eventLoop()
                .schedule(() -> connection.close(), connectionLimit.toMillis(), TimeUnit.MILLISECONDS);
        connection.closeFuture().addListener(closed -> {
            limit.cancel(false);
            connections.remove(connection);
        });
    }

    private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        response.keepAlive(false);
        String method = request.method().name();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return response.status(METHOD_NOT_ALLOWED)
                    .header("Allow", "GET, HEAD")
                    .send();
        }
        return switch (request.fullPath()) {
            case "/metrics" -> content(response, "text/plain; version=0.0.4; charset=utf-8", registry.scrape());
            case "/health" -> content(response, "application/json", health());
            default -> response.status(NOT_FOUND).send();
        };
    }

    private static Publisher<Void> content(HttpServerResponse response, String type, String text) {
        return response.header("Content-Type", type).sendString(Mono.just(text));
    }

    private String health() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("status", "up");
            json.writeObjectPropertyStart("channels");
            for (ChannelProgress channel : channels) {
                json.writeObjectPropertyStart(Printable.line(channel.name()));
                json.writeNumberProperty("epoch", channel.monitor().epoch());
                json.writeNumberProperty("bytes", channel.bytes());
                writeProgress(json, channel.monitor().epochProgress());
                json.writeArrayPropertyStart("waits");
                channel.monitor().waits().forEach(wait -> json.writeString(wait.toString()));
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        return text + "\n";
    }

    /** Writes the progress of an epoch, and the epoch's totals if they are known. */
    private static void writeProgress(JsonGenerator json, EpochProgress epoch) {
        json.writeNumberProperty("epochBytes", epoch.bytes());
        if (epoch.knownBytes() > 0 || epoch.allBytesKnown()) {
            json.writeNumberProperty(epoch.allBytesKnown() ? "totalBytes" : "atLeastBytes", epoch.knownBytes());
        }
        if (epoch.knownObjects() > 0 || epoch.allObjectsKnown()) {
            json.writeNumberProperty(epoch.allObjectsKnown() ? "totalObjects" : "atLeastObjects", epoch.knownObjects());
        }
        epoch.timeLeft().ifPresent(left -> json.writeNumberProperty("secondsLeft", left.toMillis() / MILLIS));
    }

    @Override
    public void close() {
        server.disposeNow(STOP_LIMIT);
        loops.disposeLater(Duration.ZERO, STOP_LIMIT).block(STOP_LIMIT.multipliedBy(2));
    }
}
