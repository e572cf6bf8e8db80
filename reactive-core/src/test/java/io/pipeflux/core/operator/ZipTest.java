package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.zip;
import static io.pipeflux.core.operator.WhenOneEnds.FAIL;
import static io.pipeflux.core.operator.WhenOneEnds.STOP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.TruncatedInputException;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class ZipTest {

    @Test
    void makesRowsOfTheNextElementsOfAllSources() {
        Flux.just(Flux.just(1, 2), Flux.just(3, 4), Flux.just(5, 6))
                .transform(zip(FAIL))
                .transform(repeat(2))
                .as(StepVerifier::create)
                .expectNext(List.of(1, 3, 5), List.of(2, 4, 6), List.of(1, 3, 5), List.of(2, 4, 6))
                .verifyComplete();
        Flux.<Flux<Integer>>empty()
                .transform(zip(FAIL))
                .as(StepVerifier::create)
                .verifyComplete();
    }

    @Test
    void endsWithTheShortestOrFails() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        Flux<Integer> one = Flux.just(1);
        Flux<Integer> more = Flux.just(3, 4, 5);
        for (Flux<Flux<Integer>> sources : List.of(Flux.just(one, more), Flux.just(more, one))) {
            sources.transform(zip(STOP))
                    .doOnDiscard(Integer.class, discarded::add)
                    .as(StepVerifier::create)
                    .expectNextCount(1)
                    .verifyComplete();
            assertThat(discarded).containsExactly(4, 5);
            discarded.clear();
            sources.transform(zip(FAIL))
                    .as(StepVerifier::create)
                    .expectNextCount(1)
                    .verifyError(TruncatedInputException.class);
        }
    }

    @Test
    void theEndIsSignalledWithoutDemand() {
        StepVerifier.create(Flux.just(Flux.just(1), Flux.just(2)).transform(zip(FAIL)), 1)
                .expectNext(List.of(1, 2))
                .verifyComplete();
    }

    @Test
    void theFirstSourceThatHasNoElementDecidesWhateverTheTiming() {
        TestPublisher<Integer> ends = TestPublisher.create();
        TestPublisher<Integer> fails = TestPublisher.create();
        StepVerifier.create(Flux.just(ends.flux(), fails.flux()).transform(zip(STOP)))
                .then(() -> fails.error(new IllegalStateException("late")))
                .then(ends::complete)
                .verifyComplete();
        StepVerifier.create(Flux.just(fails.flux(), ends.flux()).transform(zip(STOP)))
                .verifyErrorMessage("late");
    }

    @Test
    void readsEightElementsOfEachSourceAheadAndKeepsTheirOrder() {
        AtomicLong read = new AtomicLong();
        Flux<Integer> source = Flux.range(0, 100).doOnNext(n -> read.incrementAndGet());
        StepVerifier.create(Flux.just(source, source).transform(zip(STOP)), 0)
                .then(() -> assertThat(read).hasValue(0))
                .thenRequest(1)
                .expectNext(List.of(0, 0))
                .then(() -> assertThat(read).hasValue(16))
                .thenCancel()
                .verify();
        assertThat(Flux.just(source.publishOn(Schedulers.parallel(), 1), source)
                        .transform(zip(FAIL))
                        .map(row -> row.get(0) - row.get(1))
                        .collectList()
                        .block())
                .hasSize(100)
                .containsOnly(0);
    }

    @Test
    void cancellingCancelsAllSourcesAndDiscardsWhatWaits() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        AtomicInteger cancelled = new AtomicInteger();
        ManualSubscriber<List<Integer>> subscriber = new ManualSubscriber<>();
        Flux.range(0, 2)
                .map(i -> Flux.range(10 * i, 3).concatWith(Flux.never()).doOnCancel(cancelled::incrementAndGet))
                .transform(zip(FAIL))
                .doOnDiscard(Integer.class, discarded::add)
                .subscribe(subscriber);
        subscriber.request(1);
        subscriber.cancel();
        assertThat(subscriber.received).containsExactly(List.of(0, 10));
        assertThat(cancelled).hasValue(2);
        assertThat(discarded).containsExactlyInAnyOrder(1, 2, 11, 12);
    }

    @Test
    void refusesToContinue() {
        assertThatThrownBy(() -> zip(WhenOneEnds.CONTINUE)).isInstanceOf(IllegalArgumentException.class);
    }
}
