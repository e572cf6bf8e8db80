package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.ForkedJvm;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The service as a process that is killed while its jobs train, as by {@code kill -9}, or stopped by SIGTERM. */
class KilledServiceTest extends ServiceTest {

    private static final int LEAST_STEPS = 40;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Random random = new Random(7);

    @Test
    void killedAndThenStoppedItEndsWithTheSameModel() throws Exception {
        killed(2, 120);
    }

    @Test
    @Tag("soak")
    void killedTwentyTimesItEndsWithTheSameModel() throws Exception {
        killed(20, 3000);
    }

    private void killed(int times, int epochs) throws Exception {
        String expected = submit(request(epochs)).id();
        String file = submit(request("file", store.uri("train/"), epochs)).id();
        Path killed = directory.resolve("killed");
        String[] ids = new String[2];
        for (int i = 0; i < times; i++) {
            try (ForkedJvm service = ServiceProcess.start(killed, store.endpoint(), 0)) {
                URI base = ServiceProcess.base(service);
                if (i == 0) {
                    ids[0] = started(base, request(epochs));
                    ids[1] = started(base, request("file", store.uri("train/"), epochs));
                }
                await().until(() -> job(base, ids[0]).get("checkpoints").size() > 0);
                int further = LEAST_STEPS + random.nextInt(LEAST_STEPS);
                int from = step(base, ids[0]);
                await().until(() ->
                        step(base, ids[0]) >= from + further || step(base, ids[0]) == (700 * epochs + 31) / 32);
                assertThat(state(base, ids[0])).isNotEqualTo("failed");
                if (i < times - 1) {
                    service.kill();
                } else {
                    ProcessHandle.of(service.pid()).orElseThrow().destroy();
                    service.readLines();
                }
            }
        }
        awaitState(expected, JobState.done);
        awaitState(file, JobState.done);
        try (ForkedJvm service = ServiceProcess.start(killed, store.endpoint(), 0)) {
            URI base = ServiceProcess.base(service);
            assertThat(job(base, ids[0]).get("log").toString()).contains("goes on after step ");
            for (String id : ids) {
                await().until(() -> state(base, id).equals("done"));
                assertThat(job(base, id).get("bytes").longValue()).isEqualTo(epochs * trainBytes());
                String model = get(base.resolve("/jobs/" + id + "/model")).body();
                assertThat(model).isEqualTo(model(id.equals(ids[0]) ? expected : file));
            }
        }
        assertThat(IntStream.range(0, 2).mapToObj(i -> killed.resolve(ids[i]).resolve("ml")))
                .noneMatch(ml -> ml.toFile().exists());
    }

    private HttpResponse<String> get(URI uri) throws Exception {
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private String started(URI base, String request) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(base.resolve("/jobs"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(request))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Json.read(answer.body(), JsonNode.class).get("id").stringValue();
    }

    private JsonNode job(URI base, String id) throws Exception {
        return Json.read(get(base.resolve("/jobs/" + id)).body(), JsonNode.class);
    }

    private int step(URI base, String id) throws Exception {
        return job(base, id).get("step").intValue();
    }

    private String state(URI base, String id) throws Exception {
        return job(base, id).get("state").stringValue();
    }
}
