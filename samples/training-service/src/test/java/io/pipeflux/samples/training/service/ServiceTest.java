package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import io.pipeflux.samples.training.service.HeldTrainer.Place;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of jobs over a store with small data: 700 records of 16 features to train on, 130 to evaluate on. */
abstract class ServiceTest {

    static final int FEATURES = 16;
    static final ServiceSettings SETTINGS = new ServiceSettings(4, 50, Duration.ofMillis(20));

    @TempDir
    static Path shared;

    static DemoStore store;

    @TempDir
    Path directory;

    final HeldTrainer held = new HeldTrainer(Place.FIT);
    final HeldTrainer heldInScore = new HeldTrainer(Place.SCORE);
    final HeldTrainer heldInState = new HeldTrainer(Place.STATE);
    ServiceMetrics metrics = new ServiceMetrics();
    TrainingJobs jobs;

    @BeforeAll
    static void startStore() throws Exception {
        store = DemoStore.start(shared.resolve("s3"));
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        store.upload(new DemoData("train", 700, 3, FEATURES, 1), nowhere);
        store.upload(new DemoData("eval", 130, 2, FEATURES, 2), nowhere);
        store.put("text/a", "no TFRecord".getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void stopStore() {
        store.close();
    }

    @BeforeEach
    void open() {
        jobs = open(directory);
    }

    TrainingJobs open(Path where) {
        return open(where, SETTINGS);
    }

    TrainingJobs open(Path where, ServiceSettings settings) {
        metrics = new ServiceMetrics();
        Trainers trainers = Trainers.of(new LogisticTrainer(), held, heldInScore, heldInState);
        return TrainingJobs.open(where, store.client(), trainers, settings, metrics)
                .block();
    }

    @AfterEach
    void close() {
        held.letGo();
        heldInScore.letGo();
        heldInState.letGo();
        jobs.close().block();
    }

    /** A request, which trains for so many epochs. */
    static String request(String mode, String train, int epochs) {
        return String.format(Locale.ROOT, """
                {"name": "a job", "trainer": "logistic-regression", "mode": "%s",
                 "channels": {"train": {"uri": "%s", "format": "tfrecord"}, "eval": {"uri": "%s"}},
                 "schema": [{"name": "data", "kind": "raw", "type": "float64", "shape": [16]},
                            {"name": "labels", "kind": "int64"}],
                 "hyperParameters": {"learning-rate": 0.1}, "epochs": %d, "batchSize": 32}""", mode, train, store.uri("eval/"), epochs);
    }

    static String request(int epochs) {
        return request("pipe", store.uri("train/"), epochs);
    }

    /** A request of a training that is held in the middle. */
    static String heldRequest(String mode, int epochs) {
        return heldRequest(Place.FIT, mode, epochs);
    }

    static String heldRequest(Place place, String mode, int epochs) {
        return request(mode, store.uri("train/"), epochs).replace("logistic-regression", HeldTrainer.name(place));
    }

    static long trainBytes() {
        return S3Channels.prefix(store.client(), store.uri("train/"))
                .objects()
                .map(ObjectBytes::size)
                .reduce(Long::sum)
                .blockOptional()
                .orElseThrow();
    }

    JobView submit(String request) {
        return jobs.submit(request.getBytes(StandardCharsets.UTF_8)).block();
    }

    JobDetail detail(String id) {
        return jobs.job(id).block();
    }

    JobState state(String id) {
        return detail(id).job().state();
    }

    void awaitState(String id, JobState state) {
        await().until(() -> {
            JobDetail now = detail(id);
            assertThat(now.job().state().isEnded() && now.job().state() != state)
                    .as("%s", now)
                    .isFalse();
            return now.job().state() == state;
        });
    }

    /** Waits until the job has taken a step. */
    void awaitStep(String id) {
        await().until(() -> detail(id).job().step() > 0);
    }

    String model(String id) throws Exception {
        return Files.readString(directory.resolve(id).resolve("model.json"));
    }
}
