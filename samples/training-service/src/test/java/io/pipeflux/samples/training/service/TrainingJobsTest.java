package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.OpenResources;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingJobsTest extends ServiceTest {

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "file"})
    void aJobTrainsToItsEndAndLeavesItsFiguresAndItsModel(String mode) throws Exception {
        JobView job = submit(request(mode, store.uri("train/"), 3));
        assertThat(job.state()).isIn(JobState.running, JobState.waiting);
        awaitState(job.id(), JobState.done);
        JobDetail done = detail(job.id());
        assertThat(done.job().records()).isEqualTo(2100);
        assertThat(done.job().step()).isEqualTo(66); // 32 rows each, over the borders of epochs
        assertThat(done.job().percent()).isEqualTo(100);
        assertThat(done.job().bytes()).isEqualTo(3 * trainBytes());
        assertThat(done.job().accuracy()).isGreaterThan(0.5);
        assertThat(done.epochFigures()).extracting(EpochFigures::epoch).containsExactly(0L, 1L, 2L);
        assertThat(done.epochFigures().stream().mapToLong(EpochFigures::records).sum())
                .isEqualTo(2100);
        assertThat(done.series()).isNotEmpty();
        assertThat(done.series().get(0).step()).isEqualTo(1);
        assertThat(done.series().get(done.series().size() - 1).step()).isEqualTo(66);
        assertThat(done.log()).isNotEmpty();
        assertThat(model(job.id())).startsWith("{\"weights\":[");
        assertThat(directory.resolve(job.id()).resolve("ml")).doesNotExist();
    }

    @Test
    void aJobThatFailsNamesTheReasonAndOthersGoOn() {
        JobView bad = submit(request("pipe", store.uri("text/"), 1));
        JobView missing = submit(request("pipe", "s3://no-such-bucket/train/", 1));
        JobView good = submit(request(2));
        awaitState(good.id(), JobState.done);
        awaitState(bad.id(), JobState.failed);
        awaitState(missing.id(), JobState.failed);
        assertThat(detail(bad.id()).job().error()).contains("TFRecord: truncated record");
        assertThat(detail(missing.id()).job().error()).contains("no-such-bucket");
        assertThatThrownBy(() -> jobs.pause(bad.id()).block())
                .hasMessageStartingWith("expected a job that is running or waiting, but got one that is failed: ")
                .hasMessageContaining("TFRecord: truncated record");
    }

    @Test
    void aCancelledJobLeavesNothingOpen() {
        JobView job = submit(request(10_000));
        awaitStep(job.id());
        assertThat(jobs.cancel(job.id()).block().state()).isEqualTo(JobState.cancelled);
        assertThat(directory.resolve(job.id()).resolve("ml")).doesNotExist();
        assertThat(OpenResources.descriptorsBelow(directory.resolve(job.id()))).isEmpty();
    }

    @Test
    void aPausedJobAsksForNothingAndGoesOnWhenItIsResumed() {
        String id = submit(request(10_000)).id();
        awaitStep(id);
        assertThat(jobs.pause(id).block().state()).isEqualTo(JobState.paused);
        await().until(() -> quiet(id));
        long step = detail(id).job().step();
        assertThat(detail(id).pipeline()).last().satisfies(trainer -> {
            assertThat(trainer.waiting()).isTrue();
            assertThat(trainer.waitsFor()).isEqualTo("the resume");
        });
        assertThat(detail(id).checkpoints())
                .last()
                .extracting(CheckpointView::step)
                .isEqualTo(step);
        assertThat(jobs.resume(id).block().state()).isEqualTo(JobState.running);
        await().until(() -> detail(id).job().step() > step);
    }

    /** Whether nothing was read or trained between two looks of the service. */
    private boolean quiet(String id) {
        JobView before = detail(id).job();
        JobEvent next = jobs.events(id).skip(2).blockFirst();
        JobView after = next == null || next.job() == null
                ? detail(id).job()
                : next.job().job();
        return after.step() == before.step() && after.bytes() == before.bytes();
    }

    @Test
    void jobsBeyondTheBoundWaitAndTheOldestEndedOneMakesRoom() {
        jobs.close().block();
        jobs = open(directory, new ServiceSettings(1, 3, Duration.ofSeconds(1)));
        String first = submit(request(10_000)).id();
        String second = submit(request(10_000)).id();
        String third = submit(request(10_000)).id();
        assertThat(state(second)).isEqualTo(JobState.waiting);
        assertThatThrownBy(() -> submit(request(1)))
                .hasMessage("expected fewer than 3 jobs that have not ended, but there are as many; try later");
        assertThat(jobs.pause(second).block().state()).isEqualTo(JobState.paused);
        jobs.cancel(second).block();
        assertThat(state(second)).isEqualTo(JobState.cancelled);
        String fourth = submit(request(1)).id();
        assertThatThrownBy(() -> detail(second)).hasMessageContaining("expected the id of a job, but got " + second);
        assertThat(directory.resolve(second)).doesNotExist();
        jobs.cancel(first).block();
        awaitStep(third);
        assertThat(state(fourth)).isEqualTo(JobState.waiting);
        jobs.cancel(third).block();
        awaitState(fourth, JobState.done);
        assertThat(jobs.jobs().block()).extracting(JobView::id).containsExactly(fourth, third, first);
    }

    @Test
    void onlyWhatHasEndedIsRemovedAndOnlyWhatHasNotIsCancelled() {
        String id = submit(request(10_000)).id();
        assertThatThrownBy(() -> jobs.remove(id).block()).hasMessageContaining("expected a job that has ended");
        jobs.cancel(id).block();
        assertThat(jobs.cancel(id).block().state()).isEqualTo(JobState.cancelled); // a client that asks again
        assertThat(directory.resolve(id)).exists();
        assertThatThrownBy(() -> jobs.pause(id).block())
                .hasMessage("expected a job that is running or waiting, but got one that is cancelled");
        assertThatThrownBy(() -> jobs.resume(id).block())
                .hasMessage("expected a job that is paused, but got one that is cancelled");
        jobs.remove(id).block();
        assertThat(directory.resolve(id)).doesNotExist();
    }

    @Test
    void aWaitingJobIsPausedAndLetsOthersPass() {
        jobs.close().block();
        jobs = open(directory, new ServiceSettings(1, 5, Duration.ofSeconds(1)));
        String first = submit(request(10_000)).id();
        String paused = submit(request(2)).id();
        String last = submit(request(2)).id();
        jobs.pause(paused).block();
        jobs.cancel(first).block();
        awaitState(last, JobState.done);
        assertThat(state(paused)).isEqualTo(JobState.paused);
        jobs.resume(paused).block();
        awaitState(paused, JobState.done);
    }

    @Test
    void withoutEvaluationDataTheAccuracyIsThatOfTheTraining() {
        String id = submit(request(2).replaceAll(", \"eval\": \\{[^}]*}", "")).id();
        awaitState(id, JobState.done);
        assertThat(detail(id).job().channels()).containsOnlyKeys("train");
        assertThat(detail(id).epochFigures())
                .hasSize(2)
                .allSatisfy(epoch -> assertThat(epoch.accuracy()).isBetween(0.5, 1.0));
    }

    @Test
    void anEmptyEvaluationChannelIsAnErrorBeforeTheTraining() {
        String id = submit(request(2).replace(store.uri("eval/"), store.uri("nothing/")))
                .id();
        awaitState(id, JobState.failed);
        assertThat(detail(id).job().error()).contains("nothing/");
        assertThat(detail(id).job().step()).isZero();
    }
}
