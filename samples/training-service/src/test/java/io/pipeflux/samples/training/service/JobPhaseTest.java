package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.samples.training.service.HeldTrainer.Place;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What a job says about itself while it does not train. */
class JobPhaseTest extends ServiceTest {

    private static final ServiceSettings QUICK =
            new ServiceSettings(1, 5, Duration.ofSeconds(2), Duration.ofMillis(300));

    private String startHeld(HeldTrainer trainer, Place place, String mode) throws Exception {
        String id = submit(heldRequest(place, mode, 2)).id();
        trainer.awaitHeld();
        return id;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "file"})
    void anEvaluationIsShownWithItsOwnPipeline(String mode) throws Exception {
        String id = startHeld(heldInScore, Place.SCORE, mode);
        assertThat(detail(id).job().phase()).isEqualTo(JobPhase.evaluate);
        await().untilAsserted(() -> assertThat(detail(id).pipeline()).last().satisfies(step -> {
            assertThat(step.step()).isEqualTo("trainer");
            assertThat(step.waitsFor()).isNull(); // it computes, although the batch of the training waits
        }));
        JobPhase paused = jobs.pause(id).block().phase();
        assertThat(paused).isEqualTo(JobPhase.evaluate); // the gate is before the next training step
        await().untilAsserted(() -> assertThat(detail(id).pipeline())
                .last()
                .satisfies(step -> assertThat(step.waitsFor()).isNotEqualTo("the resume")));
        jobs.resume(id).block();
        heldInScore.letGo();
        awaitState(id, JobState.done);
        assertThat(detail(id).job().phase()).isNull();
    }

    @Test
    void aCheckpointIsShownAndTheTrainerWaitsForIt() throws Exception {
        String id = startHeld(heldInState, Place.STATE, "pipe");
        assertThat(detail(id).job().phase()).isEqualTo(JobPhase.checkpoint);
        await().untilAsserted(() -> assertThat(detail(id).pipeline())
                .last()
                .extracting(PipelineStep::waitsFor)
                .isEqualTo("the checkpoint"));
        heldInState.letGo();
        awaitState(id, JobState.done);
    }

    @Test
    void aStepIsTraining() throws Exception {
        String id = startHeld(held, Place.FIT, "pipe");
        assertThat(detail(id).job().phase()).isEqualTo(JobPhase.train);
    }

    /** The store falls silent in the listing, or in the middle of the data, of which there are 100 kB. */
    @ParameterizedTest
    @CsvSource({
        "file, 0, list, the listing of the data",
        "file, 60000, download, no byte was downloaded",
        "pipe, 60000, train, bytes of an object (channel train; the agent)"
    })
    void aStallIsShownInItsPhaseAndIsALineOfTheLog(String mode, long answered, JobPhase phase, String logged)
            throws Exception {
        try (MuteLink link = new MuteLink(store.endpoint(), answered);
                S3AsyncClient client = CancelTest.patient(link.endpoint())) {
            TrainingJobs over = TrainingJobs.open(
                            directory.resolve("mute"), client, Trainers.standard(), QUICK, new ServiceMetrics())
                    .block();
            try {
                byte[] request = request(mode, store.uri("train/"), 2).getBytes(StandardCharsets.UTF_8);
                String id = over.submit(request).block().id();
                link.awaitMute();
                await().untilAsserted(() ->
                        assertThat(over.job(id).block().job().phase()).isEqualTo(phase));
                if (phase == JobPhase.download) {
                    await().untilAsserted(() -> assertThat(over.job(id).block().pipeline())
                            .singleElement()
                            .satisfies(step -> {
                                assertThat(step.step()).isEqualTo("download");
                                assertThat(step.fill()).isBetween(0.01, 0.99);
                                assertThat(step.rate()).isNotNull();
                                assertThat(step.fillText()).endsWith(" of 0.2 MB");
                            }));
                }
                await().untilAsserted(() -> assertThat(over.job(id).block().log())
                        .anySatisfy(line -> assertThat(line).contains("stalled: ", logged.replace(';', ','))));
                over.cancel(id).block();
            } finally {
                over.close().block();
            }
        }
    }

    @Test
    void theMetersHaveBothSidesOfBothChannels() throws Exception {
        String id = startHeld(heldInScore, Place.SCORE, "pipe");
        for (String side : List.of("", "/agent", "/eval", "/eval/agent")) {
            await().atMost(Patience.PATIENCE)
                    .untilAsserted(() -> assertThat(meter("pipeflux_bytes_total", id + side, ""))
                            .isPositive());
        }
        for (String side : List.of("/agent", "/eval/agent")) {
            assertThat(meter("pipeflux_stalled_seconds_total", id + side, "cause=\"object\","))
                    .isPositive();
        }
        heldInScore.letGo();
        awaitState(id, JobState.done);
        await().untilAsserted(() -> assertThat(scrape()).doesNotContain("pipeline="));
    }

    @Test
    void withoutAnAgentThereIsNoMeterOfOne() throws Exception {
        String id = startHeld(held, Place.FIT, "file");
        assertThat(scrape())
                .contains("pipeline=\"" + id + "\"", "pipeline=\"" + id + "/eval\"")
                .doesNotContain("/agent\"");
    }

    private String scrape() {
        return new String(metrics.scrape().block(), StandardCharsets.UTF_8);
    }

    private double meter(String name, String pipeline, String tagsBefore) {
        Matcher found = Pattern.compile(
                        "^" + name + "\\{" + tagsBefore + "pipeline=\"" + pipeline + "\"} (\\S+)$", Pattern.MULTILINE)
                .matcher(scrape());
        assertThat(found.find()).as("%s of %s", name, pipeline).isTrue();
        return Double.parseDouble(found.group(1));
    }
}
