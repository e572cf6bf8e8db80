package io.pipeflux.samples.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pipeflux.core.metrics.PipelineMetrics;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What can be asked over HTTP: {@code /metrics} in Prometheus's text format, {@code /health} as JSON. */
final class StatusServer implements AutoCloseable {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int OK = 200;

    private final HttpServer server;

    private StatusServer(HttpServer server) {
        this.server = server;
    }

    /**
     * Listens on all addresses.
     *
     * @param port 0: any that is free
     */
    static StatusServer start(int port, List<ChannelProgress> channels) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        channels.forEach(channel -> PipelineMetrics.of(channel.monitor()).bindTo(registry));
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(port), 0);
        } catch (IOException | IllegalArgumentException e) {
            throw new InputException("--metrics-port " + port + " cannot be listened on: " + e.getMessage());
        }
        server.createContext(
                "/metrics", exchange -> answer(exchange, "text/plain; version=0.0.4; charset=utf-8", registry::scrape));
        server.createContext("/health", exchange -> answer(exchange, "application/json", () -> health(channels)));
        server.start();
        return new StatusServer(server);
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange, String contentType, Supplier<String> content) throws IOException {
        try (exchange) {
            byte[] body = content.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", contentType);
            exchange.sendResponseHeaders(OK, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static String health(List<ChannelProgress> channels) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("status", "up");
            json.writeObjectPropertyStart("channels");
            for (ChannelProgress channel : channels) {
                json.writeObjectPropertyStart(channel.name());
                json.writeNumberProperty("epoch", channel.monitor().epoch());
                json.writeNumberProperty("bytes", channel.bytes());
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

    @Override
    public void close() {
        server.stop(0);
    }
}
