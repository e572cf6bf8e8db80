package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TrainingServerTest extends ServerTest {

    @Test
    void aJobIsStartedWatchedAndRemoved() throws Exception {
        String id = started(request(3));
        List<String> events = new ArrayList<>();
        List<String> datas = new ArrayList<>();
        try (Stream<String> lines = http.send(to("/jobs/" + id + "/events").build(), BodyHandlers.ofLines())
                .body()) {
            lines.forEach(line -> {
                if (line.startsWith("event: ")) {
                    events.add(line.substring("event: ".length()));
                } else if (line.startsWith("data: ")) {
                    datas.add(line.substring("data: ".length()));
                }
            });
        }
        assertThat(events).startsWith("job").endsWith("end").contains("log");
        JsonNode last = Json.read(datas.get(events.lastIndexOf("job")), JsonNode.class);
        assertThat(last.get("state").stringValue()).isEqualTo("done");
        assertThat(last.get("point").get("step").intValue()).isEqualTo(66);
        assertThat(last.has("log")).isFalse();

        JsonNode job = json(get("/jobs/" + id));
        assertThat(job.get("records").intValue()).isEqualTo(2100);
        assertThat(job.get("log").isEmpty()).isFalse();
        assertThat(job.get("series").isEmpty()).isFalse();
        assertThat(job.get("channels").get("train").stringValue()).isEqualTo(store.uri("train/"));
        HttpResponse<String> model = get(job.get("model").stringValue());
        assertThat(model.body()).isEqualTo(model(id));

        assertThat(json(get("/jobs")).get("jobs").get(0).get("id").stringValue())
                .isEqualTo(id);
        HttpResponse<String> kept = send(to("/jobs/" + id).DELETE());
        assertThat(kept.statusCode()).isEqualTo(409);
        assertThat(json(kept).get("error").stringValue())
                .isEqualTo("expected a job that has not ended, but got one that is done; DELETE /jobs/" + id
                        + "?remove removes it");
        assertThat(send(to("/jobs/" + id + "?remove").DELETE()).statusCode()).isEqualTo(204);
        assertThat(get("/jobs/" + id).statusCode()).isEqualTo(404);
        assertThat(directory.resolve(id)).doesNotExist();
    }

    @Test
    void aRunningJobIsPausedResumedAndCancelled() throws Exception {
        String id = started(request(10_000));
        awaitStep(id);
        HttpResponse<String> paused = post("/jobs/" + id + "/pause", "");
        assertThat(json(paused).get("state").stringValue()).isEqualTo("paused");
        HttpResponse<String> again = post("/jobs/" + id + "/pause", "");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(json(again).get("error").stringValue())
                .isEqualTo("expected a job that is running or waiting, but got one that is paused");
        assertThat(send(to("/jobs/" + id + "?remove").DELETE()).statusCode()).isEqualTo(409);
        assertThat(json(post("/jobs/" + id + "/resume", "")).get("state").stringValue())
                .isEqualTo("running");
        HttpResponse<String> cancelled = send(to("/jobs/" + id).DELETE());
        assertThat(cancelled.statusCode()).isEqualTo(202);
        awaitState(id, JobState.cancelled);
        HttpResponse<String> repeated = send(to("/jobs/" + id).DELETE()); // as of a client that got no answer
        assertThat(repeated.statusCode()).isEqualTo(202);
        assertThat(json(repeated).get("state").stringValue()).isEqualTo("cancelled");
        assertThat(directory.resolve(id)).exists();
    }

    @Test
    void whatIsThereIsListed() throws Exception {
        JsonNode trainers = json(get("/trainers"));
        JsonNode rate = trainers.get("trainers").get(0).get("hyperParameters").get(0);
        assertThat(rate.get("name").stringValue()).isEqualTo("learning-rate");
        assertThat(rate.get("type").stringValue()).isEqualTo("number");
        assertThat(rate.get("default").doubleValue()).isEqualTo(0.05);
        assertThat(trainers.get("defaults").get("channels").get("train").stringValue())
                .isEqualTo(store.uri("train/"));
        assertThat(json(get("/jobs")).get("limits").get("running").intValue()).isEqualTo(4);
        assertThat(json(get("/health")).get("status").stringValue()).isEqualTo("up");
        assertThat(get("/metrics").body()).contains("pipeflux_service_jobs{state=\"running\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "\"epochs\": 1            | \"epochs\": 0                  | epochs                        | 1",
                "\"epochs\": 1            | \"epochs\": 1.5                | epochs                        | 1.5",
                "\"epochs\": 1            | \"epochs\": 99999999999        | epochs                        | 99999999999",
                "\"epochs\": 1            | \"epochs\": \"1\"              | epochs                        | \"1\"",
                "\"batchSize\": 32        | \"batchSize\": 100000          | batchSize                     | 100000",
                "\"batchSize\": 32        | \"batchsize\": 32              | batchsize                     | unknown",
                "\"mode\": \"pipe\"       | \"mode\": \"fast\"             | mode                          | fast",
                "logistic-regression      | java.lang.Runtime              | trainer                       | one of logistic-regression, held-in-fit, held-in-score, held-in-state, but",
                "\"logistic-regression\"  | null                           | trainer                       | one of logistic-regression, held-in-fit, held-in-score, held-in-state, but got nothing",
                "s3://pipeflux-demo/train/ | s3:// a/b                     | channels.train.uri            | letters, digits",
                "s3://pipeflux-demo/train/ | s3://user:secret@bucket/a     | channels.train.uri            | letters, digits",
                "s3://pipeflux-demo/train/ | s3://bucket?a=b               | channels.train.uri            | letters, digits",
                "s3://pipeflux-demo/train/ | s3://B_/x                     | channels.train.uri            | at least 3 characters",
                "s3://pipeflux-demo/train/ | s3://pipeflux-demo/a\\n      | channels.train.uri            | control characters",
                "s3://pipeflux-demo/train/ | s3://pipeflux-demo/\\ud800   | channels.train.uri            | s3://",
                "s3://pipeflux-demo/train/ | file:///etc/passwd            | channels.train.uri            | s3://",
                "s3://pipeflux-demo/train/ | https://127.0.0.1/a           | channels.train.uri            | s3://",
                "s3://pipeflux-demo/train/ | s3://                         | channels.train.uri            | s3://",
                "\"format\": \"tfrecord\" | \"format\": \"csv\"            | channels.train.format         | csv",
                "\"format\": \"tfrecord\" | \"path\": \"/etc\"             | channels.train.path           | unknown",
                "\"eval\":                | \"../eval\":                   | channels.../eval              | unknown",
                "\"train\":               | \"trains\":                    | channels.trains               | unknown",
                "\"learning-rate\": 0.1   | \"learning-rate\": 1e999       | hyperParameters.learning-rate | 1.0",
                "\"learning-rate\": 0.1   | \"learning-rate\": \"0.1\"     | hyperParameters.learning-rate | a number",
                "\"learning-rate\": 0.1   | \"learning-rate\": NaN         | hyperParameters.learning-rate | JSON",
                "\"shape\": [16]          | \"shape\": [16, null]          | schema[0].shape[1]            | nothing",
                "\"shape\": [16]          | \"shape\": 16                  | schema[0].shape               | an array",
                "\"name\": \"data\"       | \"naem\": \"data\"             | schema[0].name                | nothing",
                "\"name\": \"a job\"      | \"name\": true                | name                          | a text",
                "\"learning-rate\": 0.1   | \"class\": 1                   | hyperParameters.class         | unknown",
                "\"shape\": [16]          | \"shape\": [1000000, 1000000]  | schema[0].shape               | 1048576",
                "\"shape\": [16]          | \"shape\": [-1]                | schema[0].shape[0]            | -1",
                "\"type\": \"float64\"    | \"type\": \"float16\"          | schema[0].type                | float16",
                "\"kind\": \"int64\"      | \"kind\": \"object\"           | schema[1].kind                | object",
                "\"name\": \"labels\"     | \"name\": \"data\"             | schema[1].name                | data",
                "\"name\": \"labels\"     | \"name\": \"label\"            | schema                        | [{\"name\":\"data\",\"kind\":\"raw\"",
                "\"name\": \"a job\"      | \"name\": 5                    | name                          | 5",
                "\"epochs\": 1            | \"epochs\": 1, \"epochs\": 1   | epochs                        | one value of JSON, but got a second one at line 5",
                "\"epochs\": 1            | \"epochs\": 1}                 | -                             | JSON",
                "{\"name\"                | [\"name\"                      | [1]                           | JSON",
            })
    void whatIsWrongWithARequestIsNamed(String right, String wrong, String field, String inMessage) throws Exception {
        String body = request(1).replace(right, wrong);
        assertThat(body).isNotEqualTo(request(1));
        HttpResponse<String> answer = post("/jobs", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        JsonNode error = json(answer);
        assertThat(error.get("field").isNull() ? null : error.get("field").stringValue())
                .as(answer.body())
                .isEqualTo(field);
        assertThat(error.get("error").stringValue())
                .contains("expected ", ", but got ", inMessage)
                .doesNotContain("Spec[", "tools.jackson", "Feature", "Object property");
        assertThat(jobs.jobs().block()).isEmpty();
    }

    @Test
    void nullIsAsIfTheFieldWereNotThereAndAnEmptyShapeIsASingleValue() throws Exception {
        String id = started(request(1)
                .replace("\"a job\"", "null")
                .replace("\"mode\": \"pipe\"", "\"mode\": null")
                .replace("\"kind\": \"int64\"", "\"kind\": \"int64\", \"type\": null, \"shape\": []"));
        awaitState(id, JobState.done);
        assertThat(json(get("/jobs/" + id)).get("mode").stringValue()).isEqualTo("pipe");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-32", "ISO-8859-1"})
    void aBodyThatIsNotInUtf8IsRefused(String charset) throws Exception {
        HttpResponse<String> answer = send(to("/jobs")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(request(1).replace("a job", "\u00e9"), Charset.forName(charset))));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).get("error").stringValue()).contains("JSON");
    }

    @ParameterizedTest
    @CsvSource({"'GET /' + x, 414", "'GET / HTTP/1.1\r\nHost: ' + x, 431", "'GET', 400"})
    void aHeadThatCannotBeReadIsExplained(String begin, int status) throws Exception {
        String head = begin.replace("'", "").replace("\\r\\n", "\r\n").replace(" + x", "x".repeat(20_000));
        String answer = answerTo(head + (begin.contains("Host") ? "" : " HTTP/1.1") + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains("\"error\":\"expected ");
    }

    @ParameterizedTest
    @CsvSource({"''", "5", "null", "[]", "'\"text\"'", "'{'"})
    void aBodyThatIsNoRequestIsRefused(String body) throws Exception {
        HttpResponse<String> answer = post("/jobs", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).get("error").stringValue()).contains("expected ");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /jobs/no-such-job, 404",
        "GET, /jobs/20260101-000000-00000000, 404",
        "DELETE, /jobs/20260101-000000-00000000, 404",
        "POST, /jobs/20260101-000000-00000000/pause, 404",
        "GET, /jobs/20260101-000000-00000000/events, 404",
        "GET, /jobs/..%2F..%2Fetc, 404",
        "DELETE, /jobs/.lock, 404",
        "GET, /jobs/, 404",
        "GET, /../../etc/passwd, 404",
        "GET, /webjars/../service/page/index.html, 404",
        "GET, /nothing, 404",
        "PUT, /jobs, 405",
        "POST, /health, 405",
        "GET, /jobs/20260101-000000-00000000/pause, 405",
    })
    void whatIsNotThereIsSaid(String method, String path, int status) throws Exception {
        HttpResponse<String> answer = send(to(path).method(method, BodyPublishers.noBody()));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(json(answer).get("error").stringValue()).isNotEmpty();
    }

    @Test
    void aBodyOfAnotherTypeOrTooLongAndPagesOfOtherSitesAreRefused() throws Exception {
        HttpResponse<String> typeless = send(to("/jobs").POST(BodyPublishers.ofString(request(1))));
        assertThat(typeless.statusCode()).isEqualTo(415);
        assertThat(json(typeless).get("error").stringValue())
                .isEqualTo("expected Content-Type application/json, but got none");
        for (String path : List.of("/jobs", "/jobs/20260101-000000-00000000/model", "/health", "/")) {
            for (int length : new int[] {0, 60_000, 8 << 20}) {
                HttpResponse<String> answer = send(to(path).POST(BodyPublishers.ofByteArray(new byte[length])));
                assertThat(answer.statusCode()).as(path).isIn(length > 60_000 ? List.of(413) : List.of(405, 415));
                assertThat(json(answer).get("error").stringValue()).contains("expected ");
            }
        }
        assertThat(post("/jobs", " ".repeat(TrainingServer.MOST_BYTES) + request(1))
                        .statusCode())
                .isEqualTo(413);
        String id = started(request(10_000));
        awaitStep(id);
        HttpResponse<String> foreign = send(to("/jobs/" + id + "/pause")
                .header("Origin", "http://evil.example")
                .POST(BodyPublishers.noBody()));
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(state(id)).isEqualTo(JobState.running);
        assertThat(answerTo("GET /jobs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403 ");
        HttpResponse<String> own = send(to("/jobs/" + id + "/pause")
                .header("Origin", "http://127.0.0.1:" + server.address().getPort())
                .POST(BodyPublishers.noBody()));
        assertThat(own.statusCode()).isEqualTo(200);
    }

    @Test
    void aPathThatCannotBeDecodedIsRefused() throws Exception {
        for (String path : new String[] {"/%", "/jobs/%zz", "/jobs/x%"}) {
            assertThat(answerTo("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("expected two hexadecimal digits");
        }
    }

    @Test
    void whenTheServerIsClosedSoAreItsConnections() throws Exception {
        String id = started(heldRequest("pipe", 1));
        try (Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), server.address().getPort());
                Socket idle = new Socket(
                        InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.getOutputStream()
                    .write(("GET /jobs/" + id + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            server.close().block();
            assertThat(server.answering()).isZero();
            socket.getInputStream().readAllBytes(); // to its end
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
        }
    }

    private String answerTo(String request) throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
