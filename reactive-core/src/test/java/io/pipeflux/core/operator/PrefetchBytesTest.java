package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.prefetchBytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipelineMonitor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class PrefetchBytesTest {

    @Test
    void readsUntilSoManyBytesWaitAndAgainWhenAQuarterHasGone() {
        AtomicLong read = new AtomicLong();
        StepVerifier.create(
                        Flux.range(0, 100_000)
                                .map(i -> new byte[100])
                                .doOnNext(i -> read.incrementAndGet())
                                .transform(prefetchBytes(10_000)),
                        0)
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(100))
                .thenRequest(20)
                .expectNextCount(20)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(100))
                .thenRequest(10)
                .expectNextCount(10)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValueBetween(130, 132))
                .thenCancel()
                .verify();
    }

    @Test
    void neverHoldsMoreThanTheBoundWhereElementsDoNotGrow() {
        AtomicLong held = new AtomicLong();
        AtomicLong most = new AtomicLong();
        Flux.range(0, 20_000)
                .map(i -> new byte[i % 7 == 0 ? 1000 : 900])
                .doOnNext(element -> most.accumulateAndGet(held.addAndGet(element.length), Math::max))
                .transform(prefetchBytes(50_000))
                .doOnNext(element -> held.addAndGet(-element.length))
                .as(StepVerifier::create)
                .expectNextCount(20_000)
                .verifyComplete();
        assertThat(most.get()).isLessThanOrEqualTo(60_000); // and elements that were taken but not yet reported
    }

    @Test
    void boundsElementsThatHaveNoSize() {
        AtomicLong read = new AtomicLong();
        Flux<Integer> source = Flux.range(0, 1000).doOnNext(i -> read.incrementAndGet());
        StepVerifier.create(source.transform(prefetchBytes(1, 10, Schedulers.parallel())), 0)
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(10))
                .thenCancel()
                .verify();
    }

    @Test
    void anElementLargerThanTheBoundComesAlone() {
        Flux.range(0, 50)
                .map(i -> ByteBuffer.allocate(1000))
                .transform(prefetchBytes(10))
                .as(StepVerifier::create)
                .expectNextCount(50)
                .verifyComplete();
    }

    @Test
    void keepsTheOrderAndHandsOverOnTheScheduler() {
        Scheduler single = Schedulers.newSingle("handed");
        List<Integer> all = Flux.range(0, 100_000)
                .transform(prefetchBytes(1000, 100, single))
                .doOnNext(i -> assertThat(Thread.currentThread().getName()).startsWith("handed"))
                .collectList()
                .block();
        single.dispose();
        assertThat(all).isEqualTo(IntStream.range(0, 100_000).boxed().toList());
    }

    @Test
    void anErrorComesAfterTheElementsBeforeIt() {
        Flux.range(0, 5)
                .concatWith(Flux.error(new IllegalStateException("late")))
                .transform(prefetchBytes(1000))
                .as(StepVerifier::create)
                .expectNextCount(5)
                .verifyErrorMessage("late");
    }

    @Test
    void cancellingDiscardsWhatWaits() {
        ConcurrentLinkedQueue<Integer> discarded = new ConcurrentLinkedQueue<>();
        AtomicLong read = new AtomicLong();
        StepVerifier.create(
                        Flux.range(0, 1000)
                                .doOnNext(i -> read.incrementAndGet())
                                .transform(prefetchBytes(1000, 100, Schedulers.parallel()))
                                .doOnDiscard(Integer.class, discarded::add),
                        2)
                .expectNext(0, 1)
                .then(() -> Awaitility.await().until(() -> read.get() >= 100))
                .thenCancel()
                .verify();
        Awaitility.await()
                .untilAsserted(() -> assertThat(discarded)
                        .containsExactlyElementsOf(
                                IntStream.range(2, read.intValue()).boxed().toList()));
    }

    @Test
    void reportsToItsMonitorWhatWaits() {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        StepVerifier.create(
                        Flux.range(0, 1000)
                                .map(i -> new byte[100])
                                .transform(prefetchBytes(10_000))
                                .contextWrite(monitor.watch()),
                        0)
                .then(() -> {
                    Awaitility.await().until(() -> monitor.queuedBytes() == 10_000);
                    assertThat(monitor.queuedElements()).isEqualTo(100);
                    Awaitility.await()
                            .until(() -> monitor.waits().stream()
                                    .anyMatch(wait -> wait.toString().startsWith("prefetchBytes(10000, 8192): waiting")
                                            && wait.cause() == PipelineMonitor.Cause.DEMAND));
                })
                .thenCancel()
                .verify();
        Awaitility.await()
                .until(() -> monitor.queuedBytes() == 0 && monitor.waits().isEmpty());
    }

    @Test
    void refusesWrongArgumentsWithTheValueFound() {
        assertThatThrownBy(() -> prefetchBytes(0)).hasMessage("expected prefetchBytes >= 1, but got 0");
        assertThatThrownBy(() -> prefetchBytes(1, 0, Schedulers.parallel()))
                .hasMessage("expected prefetch >= 1, but got 0");
    }
}
