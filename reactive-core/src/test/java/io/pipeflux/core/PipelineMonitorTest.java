package io.pipeflux.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineMonitor.Wait;
import io.pipeflux.core.PipelineReporter.WaitPoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

class PipelineMonitorTest {

    private final AtomicLong nanos = new AtomicLong(77);
    private final List<Wait> logged = new ArrayList<>();
    private final PipelineMonitor monitor = PipelineMonitor.create("train", nanos::get, logged::add);
    private final PipelineReporter reporter = monitor.reporter();

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void saysWhereItWaitsForWhatAndForHowLong() {
        try (WaitPoint place = reporter.waitPoint(() -> "train_3")) {
            assertThat(monitor.waits()).isEmpty();
            place.waitFor(Cause.WRITER);
            pass(12_345);
            assertThat(monitor.waits()).hasToString("[train_3: waiting 12 s for a writer]");
            place.waitFor(Cause.BYTES);
            pass(240);
            assertThat(monitor.waits()).hasToString("[train_3: waiting 0.2 s for bytes from the writer]");
            place.go();
            assertThat(monitor.waits()).isEmpty();
        }
    }

    @Test
    void theLongestWaitComesFirst() {
        try (WaitPoint one = reporter.waitPoint(() -> "train_0");
                WaitPoint other = reporter.waitPoint(() -> "prefetch")) {
            one.waitFor(Cause.DEMAND);
            pass(1000);
            other.waitFor(Cause.UPSTREAM);
            pass(1000);
            assertThat(monitor.waits()).extracting(Wait::where).containsExactly("train_0", "prefetch");
        }
    }

    @Test
    void aWaitForTheSameCauseGoesOn() {
        try (WaitPoint place = reporter.waitPoint(() -> "train_0")) {
            place.waitFor(Cause.PIPE);
            pass(1000);
            place.waitFor(Cause.PIPE);
            pass(1000);
            assertThat(monitor.waits()).extracting(Wait::duration).containsExactly(Duration.ofSeconds(2));
        }
    }

    @Test
    void timeStalledIsSummedByCauseWaitsThatGoOnIncluded() {
        WaitPoint place = reporter.waitPoint(() -> "train_0");
        place.waitFor(Cause.WRITER);
        pass(3000);
        place.waitFor(Cause.BYTES);
        pass(500);
        assertThat(monitor.stalled(Cause.WRITER)).isEqualTo(Duration.ofSeconds(3));
        assertThat(monitor.stalled(Cause.BYTES)).isEqualTo(Duration.ofMillis(500));
        place.close();
        pass(9000);
        assertThat(monitor.stalled(Cause.BYTES)).isEqualTo(Duration.ofMillis(500));
        assertThat(monitor.stalled(Cause.DEMAND)).isZero();
    }

    @Test
    void aWaitIsLoggedOncePastTheThreshold() {
        try (WaitPoint place = reporter.waitPoint(() -> "train_3")) {
            place.waitFor(Cause.WRITER);
            pass(9_999);
            reporter.look();
            assertThat(logged).isEmpty();
            pass(2_001);
            reporter.look();
            pass(60_000);
            reporter.look();
            assertThat(logged).hasToString("[train_3: waiting 12 s for a writer]");
            place.go();
            place.waitFor(Cause.WRITER);
            pass(10_000);
            reporter.look();
            assertThat(logged).hasSize(2);
        }
    }

    @Test
    void neitherASlowConsumerNorAThresholdOfZeroIsLogged() {
        try (WaitPoint place = reporter.waitPoint(() -> "train_0")) {
            place.waitFor(Cause.DEMAND);
            pass(60_000);
            reporter.look();
            monitor.logAfter(Duration.ZERO);
            place.waitFor(Cause.PIPE);
            pass(60_000);
            reporter.look();
        }
        assertThat(logged).isEmpty();
        assertThatThrownBy(() -> monitor.logAfter(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected logAfter >= 0, but got PT-0.001S");
    }

    @Test
    void countsWhatFlows() {
        reporter.addBytes(10);
        reporter.addRecords(3);
        reporter.addBadRecords(1);
        reporter.addBatches(2);
        reporter.queued(5, 500);
        reporter.queued(-2, -200);
        assertThat(monitor.bytes()).isEqualTo(10);
        assertThat(monitor.records()).isEqualTo(3);
        assertThat(monitor.badRecords()).isEqualTo(1);
        assertThat(monitor.batches()).isEqualTo(2);
        assertThat(monitor.queuedElements()).isEqualTo(3);
        assertThat(monitor.queuedBytes()).isEqualTo(300);
        assertThat(monitor).hasToString("PipelineMonitor[train, epoch 0, 10 bytes, 3 records, []]");
    }

    @Test
    void progressIsThatOfTheEpoch() {
        assertThat(monitor.progress()).isEmpty();
        reporter.beginEpoch(0, 100);
        assertThat(monitor.progress()).hasValue(0);
        reporter.addBytes(100);
        assertThat(monitor.progress()).hasValue(1);
        reporter.beginEpoch(1, 200);
        assertThat(monitor.progress()).hasValue(0);
        reporter.addBytes(50);
        assertThat(monitor.progress()).hasValue(0.25);
        assertThat(monitor.epoch()).isEqualTo(1);
        reporter.beginEpoch(2, 0);
        assertThat(monitor.progress()).hasValue(1);
        reporter.beginEpoch(3, -1);
        assertThat(monitor.progress()).isEmpty();
    }

    private EpochSize begin(long epoch) {
        return reporter.beginEpoch(epoch, null);
    }

    @Test
    void whatIsKnownOfAnEpochGrows() {
        assertThat(monitor.epochProgress()).hasToString("0 B");
        EpochSize size = begin(3);
        assertThat(monitor.epoch()).isEqualTo(3);
        reporter.addBytes(1_500_000);
        assertThat(monitor.epochProgress()).hasToString("1.5 MB");
        size.atLeast(0, 7);
        assertThat(monitor.epochProgress()).hasToString("1.5 MB of at least 7 objects");
        size.atLeast(3_000_000, 8);
        size.atLeast(2_000_000, 5);
        assertThat(monitor.epochProgress()).hasToString("1.5 MB of at least 3.0 MB");
        assertThat(monitor.progress()).isEmpty();
        size.allObjects(10);
        size.atLeast(3_000_000, 11);
        assertThat(monitor.epochProgress()).hasToString("1.5 MB of 10 objects");
        assertThat(monitor.epochProgress().knownBytes()).isEqualTo(3_000_000);
        assertThat(monitor.epochProgress().timeLeft()).isEmpty();
        pass(3000);
        size.allBytes(6_000_000);
        size.atLeast(7_000_000, 11);
        assertThat(monitor.progress()).hasValue(0.25);
        assertThat(monitor.epochProgress()).hasToString("25 % of 6.0 MB, 9 s left");
        size.close();
        reporter.addBytes(4_500_000);
        assertThat(monitor.epochProgress()).hasToString("100 % of 6.0 MB");
        begin(3);
        assertThat(monitor.epochProgress()).hasToString("0 B");
    }

    @Test
    void theTimeLeftIsThatOfWhatWasNotReadBefore() {
        EpochSize size = begin(0);
        size.allBytes(1000);
        size.passed(800);
        assertThat(monitor.progress()).hasValue(0.8);
        assertThat(monitor.epochProgress().timeLeft()).isEmpty();
        pass(10_000);
        reporter.addBytes(100);
        assertThat(monitor.epochProgress().timeLeft()).contains(Duration.ofSeconds(10));
        size.passed(500);
        assertThat(monitor.epochProgress().bytes()).isEqualTo(600);
    }

    @Test
    void sourcesThatAreOpenAtTheSameTimeAreOneEpoch() {
        EpochSize first = begin(1);
        first.allBytes(100);
        first.allObjects(1);
        EpochSize second = begin(1);
        second.atLeast(10, 1);
        assertThat(monitor.epochProgress()).isEqualTo(new EpochProgress(0, 110, false, 2, false, Optional.empty()));
        first.close();
        second.allBytes(20);
        second.close();
        assertThat(monitor.epochProgress()).isEqualTo(new EpochProgress(0, 120, true, 2, false, Optional.empty()));
        EpochSize next = begin(1);
        assertThat(monitor.epochProgress().knownBytes()).isZero();
        next.allBytes(5);
        next.close();
        begin(2);
        assertThat(monitor.epochProgress().knownBytes()).isZero();
    }

    @Test
    void theSumOfSourcesInDifferentEpochsIsNotKnownToBeAll() {
        EpochSize open = begin(0); // a sample of this source and of a repeated one
        open.allBytes(40_000_000);
        for (int epoch = 0; epoch < 3; epoch++) {
            EpochSize repeated = begin(epoch);
            repeated.add(1_000_000);
            repeated.end();
            repeated.close();
            reporter.addBytes(1_000_000);
        }
        assertThat(monitor.epochProgress()).hasToString("3.0 MB of at least 43.0 MB");
        assertThat(monitor.epochProgress().allObjectsKnown()).isFalse();
        assertThat(monitor.progress()).isEmpty();
        assertThat(monitor.epoch()).isEqualTo(2);
        open.end();
        open.close(); // its last object is still read
        open.allBytes(40_000_000);
        begin(3).close();
        assertThat(monitor.epochProgress()).hasToString("3.0 MB of at least 43.0 MB");
        reporter.addBytes(40_000_000);
        EpochSize alone = begin(4);
        alone.allBytes(1_000_000);
        assertThat(monitor.epochProgress()).hasToString("0 % of 1.0 MB");
    }

    @Test
    void theLastObjectsOfSourcesBesideEachOtherAreReadAfterTheirListsHaveEnded() {
        for (EpochSize size : List.of(begin(0), begin(0))) {
            size.add(2_000_000);
            size.end();
            size.close();
        }
        reporter.addBytes(3_000_000);
        begin(1).allBytes(500_000);
        assertThat(monitor.epochProgress()).hasToString("3.0 MB of at least 4.5 MB");
    }

    @Test
    void longTimesAreShownInMinutesAndHours() {
        EpochSize size = begin(0);
        size.allBytes(100_000_000);
        reporter.addBytes(1_000_000);
        pass(1000);
        assertThat(monitor.epochProgress()).hasToString("1 % of 100.0 MB, 99 s left");
        pass(1000);
        assertThat(monitor.epochProgress()).hasToString("1 % of 100.0 MB, 3 min left");
        pass(200_000);
        assertThat(monitor.epochProgress()).hasToString("1 % of 100.0 MB, 5 h left");
    }

    @Test
    void itsReporterTravelsInTheContext() {
        assertThat(PipelineReporter.current(monitor.watch().apply(Context.empty())))
                .isSameAs(reporter);
        assertThat(PipelineReporter.find(Context.empty())).isNull();
        assertThat(PipelineReporter.current(Context.empty())).isNotSameAs(reporter);
    }
}
