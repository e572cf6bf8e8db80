package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;

/** Tests of the service over HTTP. */
abstract class ServerTest extends ServiceTest {

    static final int MOST_STREAMS = 200;

    final HttpClient http = HttpClient.newHttpClient();
    TrainingServer server;

    @BeforeEach
    void listen() {
        server = TrainingServer.start(
                jobs,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Map.of("channels", Map.of("train", store.uri("train/"))),
                MOST_STREAMS,
                metrics);
    }

    @AfterEach
    void stop() {
        server.close().block();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(uri(path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(to(path));
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return send(to(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    /** Starts a job, and returns its id. */
    String started(String request) throws Exception {
        HttpResponse<String> answer = post("/jobs", request);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        String id = json(answer).get("id").stringValue();
        assertThat(answer.headers().firstValue("Location")).contains("/jobs/" + id);
        return id;
    }

    static JsonNode json(HttpResponse<String> answer) {
        return Json.read(answer.body(), JsonNode.class);
    }
}
