package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.OpenResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;

/** Jobs of a service that was closed and opened again. */
class RecoveryTest extends ServiceTest {

    private static final int EPOCHS = 20;

    private String uninterrupted(String request) throws Exception {
        JobView job = submit(request);
        awaitState(job.id(), JobState.done);
        return model(job.id());
    }

    private void restart() {
        jobs.close().block();
        jobs = open(directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "file"})
    void aRunningJobGoesOnAndEndsWithTheSameModel(String mode) throws Exception {
        String request = request(mode, store.uri("train/"), EPOCHS);
        String expected = uninterrupted(request);
        String id = submit(heldRequest(mode, EPOCHS)).id();
        held.awaitHeld();
        Mono<Void> closing = jobs.close().cache();
        closing.subscribe();
        assertThatThrownBy(() -> jobs.jobs().block()).hasMessageContaining("one that is being closed");
        held.letGo();
        closing.block();
        jobs = open(directory);
        awaitState(id, JobState.done);
        JobDetail done = detail(id);
        assertThat(model(id)).isEqualTo(expected);
        assertThat(done.job().records()).isEqualTo(700L * EPOCHS);
        assertThat(done.epochFigures()).hasSize(EPOCHS);
        assertThat(done.epochFigures().stream().mapToLong(EpochFigures::records).sum())
                .isEqualTo(700L * EPOCHS);
        assertThat(done.log())
                .anyMatch(line -> line.contains("the service was started again"))
                .anyMatch(line -> line.contains("goes on after step " + HeldTrainer.HELD_STEP + " at "));
    }

    @Test
    void aPausedJobStaysPausedAndEndsWithTheSameModel() throws Exception {
        String expected = uninterrupted(request(EPOCHS));
        String id = submit(heldRequest("pipe", EPOCHS)).id();
        held.awaitHeld();
        jobs.pause(id).block();
        held.letGo();
        restart();
        assertThat(state(id)).isEqualTo(JobState.paused);
        jobs.resume(id).block();
        awaitState(id, JobState.done);
        assertThat(model(id)).isEqualTo(expected);
    }

    /** What is on the disk while a job is paused is what {@code kill -9} leaves. */
    @Test
    void aJobThatWasPausedWhenTheServiceWasKilledShowsHowFarItWas() throws Exception {
        String id = submit(heldRequest("pipe", EPOCHS)).id();
        held.awaitHeld();
        awaitStep(id);
        await().until(() ->
                detail(id).job().percent() != null && detail(id).job().bytes() > 0);
        JobView paused = jobs.pause(id).block();
        Path image = directory.resolve("image");
        copy(directory.resolve(id), image.resolve(id));
        TrainingJobs after = open(image);
        try {
            JobView job = after.job(id).block().job();
            assertThat(job.state()).isEqualTo(JobState.paused);
            assertThat(job.percent()).isEqualTo(paused.percent()).isBetween(0.1, 99.9);
            assertThat(job.bytes()).isEqualTo(paused.bytes());
            assertThat(job.records()).isEqualTo(paused.records());
        } finally {
            after.close().block();
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void endedJobsAreKeptWithTheirFigures() {
        String done = submit(request(2)).id();
        awaitState(done, JobState.done);
        String failed = submit(request("pipe", store.uri("text/"), 1)).id();
        awaitState(failed, JobState.failed);
        JobDetail before = detail(done);
        String error = detail(failed).job().error();
        restart();
        assertThat(detail(done).job()).isEqualTo(before.job());
        assertThat(detail(done).series()).isEqualTo(before.series());
        assertThat(detail(done).epochFigures()).isEqualTo(before.epochFigures());
        assertThat(detail(done).log()).isEqualTo(before.log());
        assertThat(detail(failed).job().error()).isEqualTo(error);
    }

    @Test
    void otherDataAreRefusedAndNotTrainedOn() throws Exception {
        String prefix = "changing-" + directory.getFileName() + "/";
        store.put(prefix + "a.tfrecord", part());
        String id = submit(request("pipe", store.uri(prefix), 10_000)).id();
        awaitStep(id);
        jobs.pause(id).block();
        jobs.close().block();
        store.put(prefix + "b.tfrecord", part());
        jobs = open(directory);
        jobs.resume(id).block();
        awaitState(id, JobState.failed);
        assertThat(detail(id).job().error())
                .contains(
                        "the data of train has changed: " + store.uri(prefix + "b.tfrecord") + " was added; ",
                        "belongs to another job",
                        "data of train is '1 objects of ",
                        "; submit a new job (")
                .doesNotContain("separate directory", "mismatch");
    }

    /** The agent lists the objects in each epoch, so an object may appear between two epochs of a run. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anObjectThatIsAddedBetweenTwoEpochsFailsTheJob(boolean paused) throws Exception {
        String prefix = "growing-" + directory.getFileName() + "/";
        store.put(prefix + "a.tfrecord", part());
        String id = submit(heldRequest("pipe", 100).replace(store.uri("train/"), store.uri(prefix)))
                .id();
        held.awaitHeld();
        if (paused) {
            jobs.pause(id).block();
        }
        store.put(prefix + "b.tfrecord", part());
        held.letGo();
        if (paused) {
            jobs.resume(id).block();
        }
        awaitState(id, JobState.failed);
        assertThat(detail(id).job().error())
                // the store lists an object by a longer name while it is written
                .contains("the data of train has changed: " + store.uri(prefix + "b.tfrecord"))
                .endsWith(" was added during the job; submit a new job");
        // the reader of an evaluation, too
        await().until(() -> OpenResources.pipeThreads().stream().noneMatch(name -> name.startsWith("pipeflux-read")));
    }

    /** The file serves only the words of an error, so the job goes on without it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"objects\":[{\"key\":\"s3://a",
                "not UTF-8",
                "a directory",
                "null",
                "{}",
                "[null]",
                "{\"objects\":null,\"isWhole\":true}",
                "{\"objects\":[null],\"isWhole\":true}",
                "{\"objects\":[{\"size\":1}],\"isWhole\":true}",
                "{\"objects\":[],\"isWhole\":true}"
            })
    void aDamagedListOfTheDataIsWrittenAnew(String damage) throws Exception {
        String id = submit(heldRequest("pipe", 2)).id();
        held.awaitHeld();
        jobs.pause(id).block();
        held.letGo();
        jobs.close().block();
        Path file = directory.resolve(id).resolve("data.json");
        String whole = Files.readString(file);
        damage(file, damage);
        jobs = open(directory);
        jobs.resume(id).block();
        awaitState(id, JobState.done);
        assertThat(Files.readString(file)).isEqualTo(whole);
        assertThat(detail(id).log())
                .filteredOn(line -> line.contains("data.json is ignored and written anew: "))
                .hasSize(1);
    }

    private static void damage(Path file, String damage) throws Exception {
        if (damage.equals("a directory")) {
            Files.delete(file);
            Files.createFile(Files.createDirectory(file).resolve("a file"));
        } else if (damage.equals("not UTF-8")) {
            Files.write(file, new byte[] {'"', (byte) 0xff, '"'});
        } else {
            Files.writeString(file, damage);
        }
    }

    @Test
    void aDirectoryThatIsDamagedIsOneFailedJobAndAnotherServiceIsRefused() throws Exception {
        String good = submit(request(2)).id();
        String bad = submit(request(2)).id();
        awaitState(good, JobState.done);
        awaitState(bad, JobState.done);
        jobs.close().block();
        Files.writeString(directory.resolve(bad).resolve("request.json"), "{");
        Files.writeString(directory.resolve(good).resolve("figures"), "{\"t\":1,\"st", StandardOpenOption.APPEND);
        Path half = Files.createDirectory(directory.resolve("." + bad + ".new"));
        jobs = open(directory);
        assertThat(half).doesNotExist();
        assertThat(state(good)).isEqualTo(JobState.done);
        assertThat(detail(bad).job().error()).contains("expected a job in " + bad);
        assertThatThrownBy(() -> open(directory)).hasMessageContaining("expected a directory of this service alone");
        jobs.remove(bad).block();
        assertThat(directory.resolve(bad)).doesNotExist();
    }

    /** Returns the first object of the demo's training data. */
    private byte[] part() {
        return store.client()
                .getObject(
                        get -> get.bucket("pipeflux-demo").key("train/part-00000.tfrecord"),
                        AsyncResponseTransformer.toBytes())
                .join()
                .asByteArray();
    }
}
