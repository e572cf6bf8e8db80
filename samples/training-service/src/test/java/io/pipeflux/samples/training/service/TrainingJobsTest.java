package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.OpenResources;
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
    }

    @Test
    void aCancelledJobLeavesNothingOpen() {
        JobView job = submit(request(10_000));
        awaitStep(job.id());
        assertThat(jobs.cancel(job.id()).block().state()).isEqualTo(JobState.cancelled);
        assertThat(directory.resolve(job.id()).resolve("ml")).doesNotExist();
        assertThat(OpenResources.descriptorsBelow(directory.resolve(job.id()))).isEmpty();
    }
}
