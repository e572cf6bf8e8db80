package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class RepeatTest {

    private final AtomicInteger subscriptions = new AtomicInteger();

    /** Gives the epoch of its pass, twice. */
    private Flux<String> passes() {
        return Flux.deferContextual(context -> {
            subscriptions.incrementAndGet();
            Pass pass = Pass.current(context);
            String text =
                    "pass " + pass.index() + ", epoch " + pass.epoch() + (pass.start() == null ? "" : ", started");
            return Flux.just(text, text);
        });
    }

    @Test
    void makesAsManyPassesInTotalAsAskedFor() {
        passes().transform(repeat(3))
                .as(StepVerifier::create)
                .expectNextCount(6)
                .verifyComplete();
        assertThat(subscriptions).hasValue(3);
    }

    @Test
    void zeroPassesAreEmptyAndNegativeOnesRefused() {
        passes().transform(repeat(0)).as(StepVerifier::create).verifyComplete();
        assertThat(subscriptions).hasValue(0);
        assertThatThrownBy(() -> repeat(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }

    @Test
    void eachPassSeesItsOwnContextThroughOperatorsAndThreads() {
        passes().map(text -> text + "!")
                .publishOn(Schedulers.parallel())
                .transform(prefetch(4))
                .transform(repeat(2))
                .publishOn(Schedulers.single())
                .as(StepVerifier::create)
                .expectNext("pass 0, epoch 0!", "pass 0, epoch 0!", "pass 1, epoch 1!", "pass 1, epoch 1!")
                .verifyComplete();
    }

    @Test
    void theStartPointReachesTheFirstPassOnlyAndEpochsCountFromIt() {
        ResumePoint point = new ResumePoint(new Position(3, Position.NO_OBJECT, 0, 0), 0);
        passes().distinct()
                .transform(repeat(5))
                .contextWrite(Pass.resumeAt(point))
                .as(StepVerifier::create)
                .expectNext("pass 0, epoch 3, started", "pass 1, epoch 4")
                .verifyComplete();
    }

    @Test
    void aStartPointBehindTheLastEpochLeavesNothingToDo() {
        ResumePoint point = new ResumePoint(new Position(5, Position.NO_OBJECT, 0, 0), 0);
        passes().transform(repeat(5))
                .contextWrite(Pass.resumeAt(point))
                .as(StepVerifier::create)
                .verifyComplete();
    }

    @Test
    void withoutRepeatASubscriptionIsPassZero() {
        passes().as(StepVerifier::create)
                .expectNext("pass 0, epoch 0")
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void isSubscribedLazilyAndAsksForNoMoreThanDownstream() {
        AtomicLong requested = new AtomicLong();
        Flux<String> counted = passes().doOnRequest(requested::addAndGet).transform(repeat(3));
        StepVerifier.create(counted, 0)
                .then(() -> assertThat(subscriptions).hasValue(0))
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(requested).hasValue(1))
                .then(() -> assertThat(subscriptions).hasValue(1))
                .thenCancel()
                .verify();
        assertThat(subscriptions).hasValue(1);
    }

    @Test
    void anErrorEndsAllPasses() {
        passes().concatWith(Flux.error(new IllegalStateException("pass failed")))
                .transform(repeat(3))
                .as(StepVerifier::create)
                .expectNextCount(2)
                .verifyErrorMessage("pass failed");
        assertThat(subscriptions).hasValue(1);
    }

    @Test
    void endlessRepeatStopsAfterAPassThatYieldedNothing() {
        AtomicInteger left = new AtomicInteger(3);
        Flux.defer(() -> left.decrementAndGet() >= 0 ? passes() : Flux.<String>empty())
                .transform(repeat())
                .as(StepVerifier::create)
                .expectNextCount(4)
                .expectNext("pass 2, epoch 2", "pass 2, epoch 2")
                .verifyComplete();
        assertThat(left).hasValue(-1);
    }

    /** Epochs of the records 0, 1 and 2. */
    private static Flux<String> records() {
        return Flux.defer(() -> Flux.just(ByteBuffer.wrap(ByteFrames.frames("0", "1", "2"))))
                .transform(ByteFrames.FORMAT.decode())
                .map(record -> record.position().epoch() + ": " + ByteFrames.text(record));
    }

    @Test
    void endlessRepeatResumedAtTheEndOfAnEpochGoesOnWithTheNext() {
        ResumePoint end = Flux.just(ByteBuffer.wrap(ByteFrames.frames("0", "1", "2")))
                .transform(ByteFrames.FORMAT.decode())
                .blockLast()
                .resumeAt();
        assertThat(records()
                        .transform(repeat())
                        .contextWrite(Pass.resumeAt(end))
                        .take(4)
                        .collectList()
                        .block())
                .containsExactly("1: 0", "1: 1", "1: 2", "2: 0");
    }

    @Test
    void endlessRepeatGoesOnWhereAFilterLeavesNothingOfTheFirstEpoch() {
        ResumePoint second = new ResumePoint(new Position(0, Position.NO_OBJECT, 0, 0), 1);
        assertThat(records()
                        .filter(record -> record.endsWith("0"))
                        .transform(repeat())
                        .contextWrite(Pass.resumeAt(second))
                        .take(2)
                        .collectList()
                        .block())
                .containsExactly("1: 0", "2: 0");
    }

    @Test
    void endlessRepeatOfNothingEndsAlsoIfItWasResumed() {
        ResumePoint point = new ResumePoint(new Position(3, Position.NO_OBJECT, 170, 17), 0);
        passes().filter(pass -> false)
                .transform(repeat())
                .contextWrite(Pass.resumeAt(point))
                .as(StepVerifier::create)
                .verifyComplete();
        assertThat(subscriptions).hasValue(2);
    }

    @Test
    void aRepeatInARepeatIsRefusedByName() {
        for (Flux<String> nested : List.of(
                passes().transform(repeat(2)).transform(repeat(2)),
                passes().transform(repeat(2)).map(text -> text + "!").transform(repeat()))) {
            nested.as(StepVerifier::create)
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("repeat(2) is nested"));
        }
        assertThat(subscriptions).hasValue(0);
    }

    @Test
    void anInnerRepeatThatBeginsAnewMultipliesThePasses() {
        assertThat(passes().distinct()
                        .transform(repeat(2))
                        .contextWrite(context -> context.delete(Pass.class))
                        .transform(repeat(2))
                        .collectList()
                        .block())
                .containsExactly("pass 0, epoch 0", "pass 1, epoch 1", "pass 0, epoch 0", "pass 1, epoch 1");
    }

    @Test
    void eachSubscriptionCountsItsOwnPasses() {
        Flux<String> twice = passes().transform(repeat(1));
        assertThat(twice.blockFirst()).isEqualTo("pass 0, epoch 0");
        assertThat(twice.blockFirst()).isEqualTo("pass 0, epoch 0");
    }
}
