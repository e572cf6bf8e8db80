package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What a cancel waits for: the step in progress, and nothing else. */
class CancelTest extends ServerTest {

    private static final int AT_ONCE = 20;
    private static final int ROUNDS = 3;
    private static final long SECOND = 1_000_000_000L;

    /** Its time-outs are so long that the cancel cannot be their work. */
    static S3AsyncClient patient(URI endpoint) {
        return S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder().readTimeout(Duration.ofHours(1)))
                .overrideConfiguration(all -> all.apiCallTimeout(Duration.ofHours(1)))
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(
                        store.environment().get("AWS_ACCESS_KEY_ID"),
                        store.environment().get("AWS_SECRET_ACCESS_KEY"))))
                .build();
    }

    /** The store falls silent in the listing, or in the middle of the data. */
    @ParameterizedTest
    @CsvSource({"pipe, 0", "file, 0", "pipe, 60000", "file, 60000"})
    void aStoreThatSaysNothingIsNotWaitedFor(String mode, long answered) throws Exception {
        try (MuteLink link = new MuteLink(store.endpoint(), answered);
                S3AsyncClient client = patient(link.endpoint())) {
            TrainingJobs over = TrainingJobs.open(
                            directory.resolve("mute"), client, Trainers.standard(), SETTINGS, new ServiceMetrics())
                    .block();
            try {
                byte[] request = request(mode, store.uri("train/"), 2).getBytes(StandardCharsets.UTF_8);
                String id = over.submit(request).block().id();
                link.awaitMute();
                assertThat(link.held()).isPositive();
                assertThat(over.cancel(id).block().state()).isEqualTo(JobState.cancelled);
                assertThat(directory.resolve("mute").resolve(id).resolve("ml")).doesNotExist();
                // the SDK closes the file of a cancelled download on a thread of its own
                await().until(() -> OpenResources.descriptorsBelow(
                                directory.resolve("mute").resolve(id))
                        .isEmpty());
                await().until(() -> link.held() == 0); // a connection in the middle of an answer is of no more use
            } finally {
                over.close().block();
            }
        }
    }

    @Test
    void noStepIsTakenAfterTheOneInProgress() throws Exception {
        String id = started(heldRequest("pipe", 20));
        held.awaitHeld();
        CompletableFuture<JobView> cancelled = jobs.cancel(id).toFuture();
        HttpResponse<String> answer = send(to("/jobs/" + id).DELETE()); // does not wait for the step, which is held
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(json(answer).get("state").stringValue()).isEqualTo("running");
        assertThat(cancelled).isNotDone();
        held.letGo();
        assertThat(cancelled.get().state()).isEqualTo(JobState.cancelled);
        assertThat(cancelled.get().step()).isEqualTo(HeldTrainer.HELD_STEP);
    }

    @Test
    void aPausedJobIsCancelled() throws Exception {
        String id = started(request(10_000));
        awaitStep(id);
        jobs.pause(id).block();
        assertThat(jobs.cancel(id).block().state()).isEqualTo(JobState.cancelled);
        assertThat(OpenResources.descriptorsBelow(directory.resolve(id))).isEmpty();
    }

    /** Measured by the clock, so for a machine that does nothing else. */
    @Test
    @Tag("soak")
    void eachOfManyJobsIsCancelledWithinASecond() throws Exception {
        server.close().block();
        jobs.close().block();
        jobs = open(directory, new ServiceSettings(AT_ONCE, 50, Duration.ofSeconds(2)));
        listen();
        List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
        for (int round = 0; round < ROUNDS; round++) {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                ids.add(started(request(i % 2 == 0 ? "pipe" : "file", store.uri("train/"), 10_000)));
            }
            for (String id : ids) {
                awaitStep(id);
            }
            int atOnce = round == 0 ? 1 : AT_ONCE; // one after the other, then all of them
            Flux.fromIterable(ids)
                    .flatMap(
                            id -> {
                                long begin = System.nanoTime();
                                return jobs.cancel(id).doOnNext(job -> nanos.add(System.nanoTime() - begin));
                            },
                            atOnce)
                    .blockLast();
            report(round, nanos);
            assertThat(nanos).hasSize(AT_ONCE).allMatch(each -> each < SECOND);
            nanos.clear();
        }
    }

    private static void report(int round, List<Long> nanos) {
        List<Long> sorted = nanos.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "cancelled %d jobs of %d, %s: median %.0f ms, longest %.0f ms%n",
                sorted.size(),
                AT_ONCE,
                round == 0 ? "one after the other" : "at once",
                sorted.get(sorted.size() / 2) / 1e6,
                sorted.get(sorted.size() - 1) / 1e6);
    }
}
