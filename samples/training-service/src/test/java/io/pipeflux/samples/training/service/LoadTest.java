package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Many jobs, many subscribers, and clients and stores that misbehave. */
class LoadTest extends ServerTest {

    private static final int JOBS = 20;
    private static final ServiceSettings WIDE = new ServiceSettings(JOBS, 50, Duration.ofSeconds(2));

    private void reopen(ServiceSettings settings) {
        server.close().block();
        jobs.close().block();
        jobs = open(directory, settings);
        listen();
    }

    /** The threads that belong to jobs alone. */
    private static List<String> jobThreads() {
        return OpenResources.pipeThreads().stream()
                .filter(name -> !name.equals("pipeflux-jobs") && !name.startsWith("pipeflux-http"))
                .toList();
    }

    private void awaitNothingLeft() throws Exception {
        await().until(() -> jobThreads().isEmpty() && fifos().isEmpty());
        assertThat(OpenResources.descriptorsBelow(directory)).allMatch(path -> path.endsWith("/.lock"));
    }

    private List<Path> fifos() throws Exception {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getParent().endsWith("input/data")).toList();
        }
    }

    @Test
    void twentyJobsAtOnceEndWithTheSameModel() throws Exception {
        reopen(WIDE);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            ids.add(started(request(i % 2 == 0 ? "pipe" : "file", store.uri("train/"), 5)));
        }
        Set<String> models = new HashSet<>();
        for (String id : ids) {
            awaitState(id, JobState.done);
            models.add(model(id));
        }
        assertThat(models).hasSize(1);
        awaitNothingLeft();
    }

    @Test
    void aStormOfCancelsLeavesNothingAndTheOtherJobGoesOn() throws Exception {
        reopen(new ServiceSettings(JOBS + 1, 50, Duration.ofSeconds(2)));
        String other = started(heldRequest("pipe", 5));
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            ids.add(started(request(10_000)));
            if (i % 2 == 0) {
                awaitStep(ids.get(i));
            }
        }
        held.awaitHeld();
        Flux.fromIterable(ids).flatMap(id -> jobs.cancel(id), JOBS).blockLast();
        assertThat(ids).allSatisfy(id -> assertThat(state(id)).isEqualTo(JobState.cancelled));
        assertThat(fifos()).allMatch(path -> path.startsWith(directory.resolve(other)));
        held.letGo();
        awaitState(other, JobState.done);
        awaitNothingLeft();
    }

    @Test
    void whenTheStoreDiesItsJobsFailAndWhatHasItsDataGoesOn() throws Exception {
        DemoStore dying = DemoStore.start(shared.resolve("dying-" + directory.getFileName()));
        try {
            PrintWriter nowhere = new PrintWriter(new StringWriter());
            dying.upload(new DemoData("train", 700, 3, FEATURES, 1), nowhere);
            dying.upload(new DemoData("eval", 130, 2, FEATURES, 2), nowhere);
            server.close().block();
            jobs.close().block();
            jobs = TrainingJobs.open(
                            directory,
                            DemoStore.client(dying.endpoint()),
                            Trainers.of(new LogisticTrainer(), held),
                            SETTINGS,
                            metrics = new ServiceMetrics())
                    .block();
            listen();
            String file = started(heldRequest("file", 3));
            held.awaitHeld();
            String pipe = started(request(10_000));
            awaitStep(pipe);
        } finally {
            dying.close();
        }
        String late = started(request(1));
        held.letGo();
        String file = jobs.jobs().block().stream()
                .filter(job -> job.mode() == JobRequest.Mode.file)
                .findFirst()
                .orElseThrow()
                .id();
        awaitState(file, JobState.done);
        for (JobView job : jobs.jobs().block()) {
            if (!job.id().equals(file)) {
                awaitState(job.id(), JobState.failed);
                assertThat(detail(job.id()).job().error()).contains("127.0.0.1").doesNotContain("\n");
            }
        }
        assertThat(state(late)).isEqualTo(JobState.failed);
        awaitNothingLeft();
    }

    @Test
    void twoHundredStreamsOfWhichATenthNeverReadsSlowNobody() throws Exception {
        String id = started(heldRequest("pipe", 20));
        List<Socket> deaf = new ArrayList<>();
        List<CompletableFuture<?>> streams = new ArrayList<>();
        AtomicInteger ends = new AtomicInteger();
        try {
            for (int i = 0; i < MOST_STREAMS / 10; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), server.address().getPort());
                deaf.add(socket);
                socket.getOutputStream()
                        .write(("GET /jobs/" + id + "/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
            }
            for (int i = 0; i < MOST_STREAMS - MOST_STREAMS / 10; i++) {
                streams.add(http.sendAsync(
                        to("/jobs/" + id + "/events").build(),
                        info -> BodySubscribers.fromLineSubscriber(new EndCounter(ends))));
            }
            await().until(() -> get("/metrics").body().contains("pipeflux_service_streams " + (double) MOST_STREAMS));
            assertThat(get("/events").statusCode()).isEqualTo(503);
            held.letGo();
            awaitState(id, JobState.done);
            CompletableFuture.allOf(streams.toArray(CompletableFuture[]::new)).get();
            assertThat(ends).hasValue(MOST_STREAMS - MOST_STREAMS / 10);
        } finally {
            for (Socket socket : deaf) {
                socket.close();
            }
        }
        await().until(() -> get("/metrics").body().contains("pipeflux_service_streams 0.0"));
    }

    private record EndCounter(AtomicInteger ends) implements Flow.Subscriber<String> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            if (line.equals("event: end")) {
                ends.incrementAndGet();
            }
        }

        @Override
        public void onError(Throwable e) {
            // the answer's future has it
        }

        @Override
        public void onComplete() {
            // what was counted is compared
        }
    }

    @Test
    void requestsThatAreCutInTheMiddleLeaveNothing() throws Exception {
        String whole = "POST /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                + request(1).length() + "\r\n\r\n" + request(1);
        get("/health");
        int before = OpenResources.descriptors();
        for (int cut = 1; cut < whole.length(); cut += 7) {
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), server.address().getPort())) {
                OutputStream out = socket.getOutputStream();
                out.write(whole.substring(0, cut).getBytes(StandardCharsets.US_ASCII));
                if (cut % 2 == 0) {
                    socket.setSoLinger(true, 0); // RST in place of FIN
                }
            }
        }
        assertThat(jobs.jobs().block()).isEmpty();
        String id = started(request(1));
        awaitState(id, JobState.done);
        await().until(() -> OpenResources.descriptors() <= before + 2); // connections of this test's client
    }

    @Test
    void aClientThatLeavesEndsItsStream() throws Exception {
        String id = started(heldRequest("pipe", 1));
        try (Stream<String> lines = http.send(to("/jobs/" + id + "/events").build(), BodyHandlers.ofLines())
                .body()) {
            assertThat(lines.findFirst()).hasValue("event: job");
        }
        await().until(() -> get("/metrics").body().contains("pipeflux_service_streams 0.0"));
    }

    @Test
    void afterTwelveJobsNothingIsLeft() throws Exception {
        leavesNothing(12);
    }

    @Test
    @Tag("soak")
    void afterTwoHundredJobsNothingIsLeft() throws Exception {
        leavesNothing(200);
    }

    private void leavesNothing(int count) throws Exception {
        reopen(new ServiceSettings(4, 20, Duration.ofSeconds(2)));
        some(4);
        awaitNothingLeft();
        int descriptors = OpenResources.descriptors();
        long heap = usedHeap();
        some(count);
        awaitNothingLeft();
        assertThat(OpenResources.descriptors()).isLessThanOrEqualTo(descriptors + 8); // connections come and go
        assertThat(usedHeap()).isLessThan(heap + (16 << 20));
        assertThat(jobs.jobs().block()).hasSizeLessThanOrEqualTo(20);
        assertThat(get("/metrics").body()).doesNotContain("pipeline=");
    }

    private void some(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            String id = switch (i % 4) {
                case 0 -> started(request("file", store.uri("train/"), 1));
                case 1 -> started(request("pipe", store.uri("text/"), 1));
                default -> started(request(2));
            };
            if (i % 4 == 3) {
                jobs.cancel(id)
                        .onErrorResume(RefusedException.class, e -> Mono.empty())
                        .block();
            }
            await().until(() -> state(id).isEnded());
        }
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
