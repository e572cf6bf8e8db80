package io.pipeflux.samples.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import io.pipeflux.samples.training.service.ServiceMetrics;
import io.pipeflux.samples.training.service.ServiceSettings;
import io.pipeflux.samples.training.service.Trainers;
import io.pipeflux.samples.training.service.TrainingJobs;
import io.pipeflux.samples.training.service.TrainingServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The training service with TensorFlow as its trainer, over HTTP. */
@Tag("natives")
class ServiceTrainerTest {

    private static final int FEATURES = 16;
    private static final int RECORDS = 640;
    private static final int LONG = 200;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private DemoStore store;
    private TrainingJobs jobs;
    private TrainingServer server;

    @BeforeEach
    void start() throws Exception {
        Assumptions.assumeTrue(TensorFlowTrainer.isTensorFlowHere(), "TensorFlow's native code");
        store = DemoStore.start(directory.resolve("s3"));
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        store.upload(new DemoData("train", RECORDS, 2, FEATURES, 1), nowhere);
        store.upload(new DemoData("eval", RECORDS, 1, FEATURES, 2), nowhere);
        open();
    }

    private void open() {
        ServiceMetrics metrics = new ServiceMetrics();
        jobs = TrainingJobs.open(
                        directory.resolve("jobs"),
                        store.client(),
                        Trainers.of(new ServiceTrainer()),
                        new ServiceSettings(2, 10, Duration.ofMillis(100)),
                        metrics)
                .block();
        server = TrainingServer.start(
                jobs, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Map.of(), 10, metrics);
    }

    private void close() {
        server.close().block();
        jobs.close().block();
    }

    @AfterEach
    void stop() {
        if (jobs != null) {
            close();
            store.close();
        }
    }

    private HttpResponse<String> send(String path, HttpRequest.Builder request) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        return http.send(request.uri(uri).build(), BodyHandlers.ofString());
    }

    private String post(String path, String body) throws Exception {
        HttpResponse<String> answer = send(
                path,
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return answer.body().replaceFirst("(?s).*?\"id\":\"([^\"]*)\".*", "$1");
    }

    private String get(String path) throws Exception {
        return send(path, HttpRequest.newBuilder()).body();
    }

    private String start(int epochs) throws Exception {
        return post("/jobs", """
                {"trainer": "tensorflow", "epochs": %d, "batchSize": 64,
                 "channels": {"train": {"uri": "%s"}, "eval": {"uri": "%s"}},
                 "schema": [{"name": "data", "kind": "raw", "type": "float64", "shape": [%d]},
                            {"name": "labels", "kind": "int64"}]}""".formatted(epochs, store.uri("train/"), store.uri("eval/"), FEATURES));
    }

    private String ended(String id) throws Exception {
        await().until(() -> !get("/jobs/" + id).matches("(?s).*\"state\":\"(waiting|running|paused)\".*"));
        return get("/jobs/" + id);
    }

    /** Pauses a job, and lets it continue if it has no checkpoint. */
    private boolean pausedWithCheckpoint(String id) throws Exception {
        post("/jobs/" + id + "/pause", "");
        boolean has = get("/jobs/" + id).contains("\"checkpoints\":[{");
        if (!has) {
            post("/jobs/" + id + "/resume", "");
        }
        return has;
    }

    @Test
    void itTrainsAndIsEvaluated() throws Exception {
        assertThat(get("/trainers")).contains("\"name\":\"tensorflow\"");
        String job = ended(start(5));
        assertThat(job).contains("\"state\":\"done\"", "\"step\":50", "\"records\":3200");
        assertThat(job).containsPattern("\"epoch\":4,[^}]*\"accuracy\":(1\\.0|0\\.[89])");
    }

    @Test
    void itGoesOnAfterARestartWithTheSameVariables() throws Exception {
        String expected = start(LONG);
        assertThat(ended(expected)).contains("\"state\":\"done\"");
        String id = start(LONG);
        await().until(() -> pausedWithCheckpoint(id)); // a job that runs might be done before the service is closed
        close();
        open();
        post("/jobs/" + id + "/resume", "");
        await().until(() -> get("/jobs/" + id).contains("goes on after step ")); // the log that is shown has 200 lines
        String job = ended(id);
        assertThat(job).contains("\"state\":\"done\"", "\"records\":" + LONG * RECORDS);
        assertThat(get("/jobs/" + id + "/model")).isEqualTo(get("/jobs/" + expected + "/model"));
    }
}
