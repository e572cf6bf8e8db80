package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.LogisticModel.Step;
import org.junit.jupiter.api.Test;

class JobFiguresTest {

    private final JobFigures figures = new JobFigures();

    private void train(int steps) {
        for (int i = 0; i < steps; i++) {
            figures.add(new Step(1, new Score(10, 5)), figures.step());
            figures.look(figures.step(), 1, figures.step() * 100, figures.epoch(), figures.step() * 100);
        }
    }

    @Test
    void theChartHasTheFirstStepAndTheLastAndABoundedNumberOfPointsBetween() {
        train(20_000);
        figures.addPoint();
        assertThat(figures.points()).hasSizeBetween(200, JobFigures.MOST_POINTS);
        assertThat(figures.points().get(0).step()).isEqualTo(1);
        assertThat(figures.newest().step()).isEqualTo(20_000);
        assertThat(figures.points()).extracting(Point::step).isSorted().doesNotHaveDuplicates();
        assertThat(figures.newest().accuracy()).isEqualTo(0.5);
        assertThat(figures.recordsPerSecond()).isEqualTo(10);
    }

    @Test
    void aCheckpointBringsBackTheCountsAndDropsWhatCameAfter() {
        train(5);
        figures.endEpoch(0.75, 1);
        train(3);
        byte[] state = figures.state(new byte[] {1, 2, 3});
        train(4);
        figures.endEpoch(null, 2);
        train(1);
        assertThat(figures.resume(8, state, 20)).containsExactly(1, 2, 3);
        assertThat(figures.step()).isEqualTo(8);
        assertThat(figures.records()).isEqualTo(80);
        assertThat(figures.epoch()).isEqualTo(1);
        assertThat(figures.epochs()).hasSize(1);
        assertThat(figures.newest().step()).isEqualTo(8);
        train(4);
        EpochFigures again = figures.endEpoch(null, 2);
        assertThat(again.records()).isEqualTo(70);
        assertThat(again.loss()).isEqualTo(1);
        assertThat(again.accuracy()).isEqualTo(0.5);
    }

    /** Such as the download of file mode. */
    @Test
    void theTimeBeforeTheTrainingIsNoPartOfAnEpoch() {
        figures.restart(1);
        figures.idle(100);
        figures.add(new Step(1, new Score(10, 5)), 103);
        assertThat(figures.endEpoch(null, 1).seconds()).isEqualTo(3);
        assertThat(figures.newest().t()).isEqualTo(103);
    }

    /** A killed run has read further than its checkpoint, and the next one reads that again. */
    @Test
    void whatIsReadAgainIsNotCountedTwice() {
        figures.size(1000, 2);
        train(5);
        assertThat(figures.bytes()).isEqualTo(500);
        assertThat(figures.percent()).isEqualTo(25);
        figures.resume(3, figures.state(new byte[0]), 20);
        figures.look(21, 1, 10, 0, 310);
        assertThat(figures.bytes()).isEqualTo(500);
        figures.look(22, 1, 700, 1, 900);
        assertThat(figures.bytes()).isEqualTo(1900);
        figures.look(23, 1, 800, 1, 1001);
        assertThat(figures.percent()).isEqualTo(100);
    }

    @Test
    void aStateThatIsNoneIsRefused() {
        assertThatThrownBy(() -> figures.resume(1, new byte[10], 0))
                .hasMessage("expected the state of a job, version 1, in the checkpoint, but got 10 bytes of version 0");
    }

    @Test
    void aStoreThatIsSilentDoesNotMakeTheTimeLeftEndless() {
        figures.size(10_000, 1);
        assertThat(figures.secondsLeft()).isNull();
        for (int second = 0; second <= 10; second++) {
            figures.look(second, 1, second * 100L, 0, second * 100L);
        }
        assertThat(figures.secondsLeft()).isEqualTo(90);
        for (int second = 11; second <= 100; second++) {
            figures.look(second, 1, 1000, 0, 1000);
        }
        assertThat(figures.secondsLeft()).isEqualTo(900);
    }
}
