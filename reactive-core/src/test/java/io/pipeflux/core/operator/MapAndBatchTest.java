package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class MapAndBatchTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4})
    void keepsTheOrderUnderUnevenMappers(int parallelism) {
        Random uneven = new Random(7);
        int[] work = IntStream.range(0, 1000)
                .map(i -> uneven.nextInt(20) == 0 ? 200_000 : 10)
                .toArray();
        List<List<Integer>> batches = Flux.range(0, 1000)
                .transform(mapAndBatch(16, parallelism, (Integer i) -> spin(i, work[i])))
                .collectList()
                .block();
        assertThat(batches).hasSize(63);
        assertThat(batches.stream().flatMap(List::stream))
                .containsExactlyElementsOf(IntStream.range(0, 1000).boxed().toList());
    }

    private static int spin(int value, int turns) {
        int x = 1;
        for (int i = 0; i < turns; i++) {
            x = x * 31 + i;
        }
        return x == 0 ? value + 0 * x : value;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void keepsOrDropsTheRemainder(int parallelism) {
        BatchOptions options = BatchOptions.of(4, parallelism);
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        Flux.range(0, 10)
                .transform(mapAndBatch(options, (Integer i) -> i))
                .map(List::size)
                .as(StepVerifier::create)
                .expectNext(4, 4, 2)
                .verifyComplete();
        Flux.range(0, 10)
                .transform(mapAndBatch(options.remainder(Remainder.DROP), (Integer i) -> i))
                .doOnDiscard(Integer.class, discarded::add)
                .map(List::size)
                .as(StepVerifier::create)
                .expectNext(4, 4)
                .verifyComplete();
        assertThat(discarded).containsExactly(8, 9);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4})
    void collectsBatchesOfAnyKind(int parallelism) {
        Flux.range(1, 10)
                .transform(mapAndBatch(4, parallelism, Collectors.summingInt((Integer i) -> i)))
                .as(StepVerifier::create)
                .expectNext(10, 26, 19)
                .verifyComplete();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4})
    void aMapperErrorInRowKOfBatchBComesAfterAllBatchesBefore(int parallelism) {
        CountDownLatch failed = new CountDownLatch(1);
        Scheduler workers = Schedulers.newBoundedElastic(4, 16, "test");
        BatchOptions options = BatchOptions.of(4, parallelism).scheduler(workers);
        try {
            Flux.range(0, 40)
                    .transform(mapAndBatch(options, (Integer i) -> {
                        if (i == 14) { // row 2 of batch 3 fails first ...
                            failed.countDown();
                            throw new IllegalStateException("row 14");
                        }
                        if (parallelism > 1 && i == 4) { // ... and batch 1 is made only then
                            awaitUnchecked(failed);
                        }
                        return i;
                    }))
                    .as(StepVerifier::create)
                    .expectNext(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7), List.of(8, 9, 10, 11))
                    .verifyErrorMessage("row 14");
        } finally {
            workers.dispose();
        }
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4})
    void aSourceErrorTakesThePlaceOfItsBatchAndTheRowsBeforeItAreDiscarded(int parallelism) {
        List<Object> discarded = new ArrayList<>();
        Flux.range(0, 10)
                .concatWith(Flux.error(new IllegalStateException("source")))
                .transform(mapAndBatch(4, parallelism, (Integer i) -> i))
                .doOnDiscard(Integer.class, discarded::add)
                .as(StepVerifier::create)
                .expectNext(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7))
                .verifyErrorMessage("source");
        assertThat(discarded).containsExactly(8, 9);
    }

    @Test
    void aFailingBatchDiscardsWhatWasMappedAndWhatWasNot() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        Flux.range(0, 4)
                .transform(mapAndBatch(4, 0, (Integer i) -> {
                    if (i == 2) {
                        throw new IllegalStateException("row 2");
                    }
                    return "mapped " + i;
                }))
                .doOnDiscard(Object.class, discarded::add)
                .as(StepVerifier::create)
                .verifyErrorMessage("row 2");
        assertThat(discarded).containsExactly("mapped 0", "mapped 1", 2, 3);
    }

    @Test
    void aMapperExceptionKeepsItsTypeAndCarriesTheRecordsPosition() {
        RawRecord record = RawRecord.of(ByteBuffer.wrap(new byte[] {1}));
        Flux.just(record)
                .transform(mapAndBatch(4, 2, (RawRecord r) -> Integer.parseInt("x")))
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> {
                    assertThat(e).isInstanceOf(NumberFormatException.class);
                    assertThat(e.getSuppressed())
                            .filteredOn(PipefluxException.class::isInstance)
                            .singleElement()
                            .satisfies(s -> assertThat(((PipefluxException) s).position())
                                    .isEqualTo(record.position()));
                });
    }

    @Test
    void aMapperThatReturnsNullIsAnError() {
        Flux.range(0, 3)
                .transform(mapAndBatch(2, 2, (Integer i) -> i == 1 ? null : i))
                .as(StepVerifier::create)
                .verifyErrorMessage("the mapper returned null");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4})
    void readsNothingBeforeTheFirstRequestAndThenNoMoreThanItsLookAhead(int parallelism) {
        AtomicLong read = new AtomicLong();
        BatchOptions options = BatchOptions.of(10, parallelism).lookAheadRows(0);
        StepVerifier.create(
                        Flux.range(0, 1000)
                                .doOnNext(i -> read.incrementAndGet())
                                .transform(mapAndBatch(options, (Integer i) -> i)),
                        0)
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(0))
                .thenRequest(1)
                .expectNextCount(1)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(10L * (parallelism + 1)))
                .thenRequest(2)
                .expectNextCount(2)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(10L * (parallelism + 3)))
                .thenCancel()
                .verify();
    }

    @Test
    void readsAheadNoMoreBytesThanAllowedAndAsksAgainWhenAQuarterHasGone() {
        AtomicLong read = new AtomicLong();
        BatchOptions options = BatchOptions.of(10, 2).lookAheadBytes(80 * 100);
        StepVerifier.create(
                        Flux.range(0, 1000)
                                .map(i -> RawRecord.of(ByteBuffer.allocate(100)))
                                .doOnNext(record -> read.incrementAndGet())
                                .transform(mapAndBatch(options, RawRecord::size)),
                        0)
                .thenRequest(1)
                .expectNextCount(1)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValueBetween(80, 90))
                .thenRequest(2)
                .expectNextCount(2)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValueBetween(90, 110))
                .thenCancel()
                .verify();
    }

    @Test
    void readsABatchThatIsLargerThanTheLookAhead() {
        BatchOptions options = BatchOptions.of(10, 2).lookAheadBytes(1);
        Flux.range(0, 100)
                .map(i -> new byte[1000])
                .transform(mapAndBatch(options, (byte[] row) -> row.length))
                .as(StepVerifier::create)
                .expectNextCount(10)
                .verifyComplete();
    }

    /**
     * Each mapper waits for the others, after batches that took a moment, and no row comes that would wake a worker.
     */
    @Test
    void batchesThatSuddenlyTakeLongAreMadeAtTheSameTime() {
        int fast = 2000;
        int slow = 4;
        CountDownLatch all = new CountDownLatch(slow);
        Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
        BatchOptions options = BatchOptions.of(1, slow).scheduler(Schedulers.boundedElastic());
        StepVerifier.create(source.asFlux().transform(mapAndBatch(options, (Integer i) -> {
                    if (i >= fast) {
                        all.countDown();
                        awaited(all);
                    }
                    return i;
                })))
                .then(() -> IntStream.range(0, fast).forEach(source::tryEmitNext))
                .expectNextCount(fast)
                .then(() -> IntStream.range(fast, fast + slow).forEach(source::tryEmitNext))
                .expectNextCount(slow)
                .thenCancel()
                .verify();
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theNextBatchIsReadWhileOneIsMadeHoweverLargeBatchesAre() {
        AtomicLong read = new AtomicLong();
        CountDownLatch mayMake = new CountDownLatch(1);
        BatchOptions options = BatchOptions.of(10, 1).lookAheadBytes(1).scheduler(Schedulers.boundedElastic());
        StepVerifier.create(Flux.range(0, 50)
                        .map(i -> new byte[1000])
                        .doOnNext(row -> read.incrementAndGet())
                        .transform(mapAndBatch(options, (byte[] row) -> {
                            awaited(mayMake);
                            return row.length;
                        })))
                .then(() -> Awaitility.await().until(() -> read.get() == 20))
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(20))
                .then(mayMake::countDown)
                .expectNextCount(5)
                .verifyComplete();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void hasNoMoreBatchesInWorkThanItsParallelism(int parallelism) {
        AtomicInteger inWork = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        BatchOptions options = BatchOptions.of(1, parallelism).scheduler(Schedulers.boundedElastic());
        Flux.range(0, 500)
                .transform(mapAndBatch(options, (Integer i) -> {
                    most.accumulateAndGet(inWork.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(200_000);
                    inWork.decrementAndGet();
                    return i;
                }))
                .as(StepVerifier::create)
                .expectNextCount(500)
                .verifyComplete();
        assertThat(most.get()).isEqualTo(parallelism);
    }

    @Test
    void aSlowSourceGivesEachBatchAtOnce() {
        Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
        StepVerifier.Step<List<Integer>> steps =
                StepVerifier.create(source.asFlux().transform(mapAndBatch(2, 2, (Integer i) -> i)));
        for (int i = 0; i < 20; i += 2) {
            int row = i;
            steps = steps.then(() -> {
                        source.tryEmitNext(row);
                        source.tryEmitNext(row + 1);
                    })
                    .expectNext(List.of(row, row + 1));
        }
        steps.then(source::tryEmitComplete).verifyComplete();
    }

    @Test
    void goesOnMakingBatchesWhileDownstreamIsBusyOnAWorker() {
        AtomicInteger made = new AtomicInteger();
        BatchOptions options = BatchOptions.of(1, 1).scheduler(Schedulers.boundedElastic());
        Flux.range(0, 40)
                .transform(mapAndBatch(options, (Integer i) -> {
                    LockSupport.parkNanos(100_000);
                    return made.incrementAndGet();
                }))
                .doOnNext(batch -> {
                    if (batch.get(0) == 10) { // downstream is known to be slow by now
                        Awaitility.await().until(() -> made.get() == 40);
                    }
                    LockSupport.parkNanos(1_000_000);
                })
                .as(StepVerifier::create)
                .expectNextCount(40)
                .verifyComplete();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void anErrorIsDeliveredOnlyWhenItsBatchIsAskedFor(int parallelism) {
        StepVerifier.create(
                        Flux.range(0, 40).transform(mapAndBatch(4, parallelism, (Integer i) -> {
                            if (i == 9) {
                                throw new IllegalStateException("row 9");
                            }
                            return i;
                        })),
                        2)
                .expectNextCount(2)
                .expectNoEvent(Duration.ofMillis(20))
                .thenRequest(1)
                .verifyErrorMessage("row 9");
    }

    @Test
    void cancellingDiscardsRowsThatWaitAndBatchesThatWereNotEmitted() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
        AtomicInteger made = new AtomicInteger();
        StepVerifier.create(
                        source.asFlux()
                                .transform(mapAndBatch(4, 1, (Integer i) -> {
                                    made.incrementAndGet();
                                    return i;
                                }))
                                .doOnDiscard(Integer.class, discarded::add),
                        1)
                .then(() -> IntStream.range(0, 10).forEach(source::tryEmitNext))
                .expectNext(List.of(0, 1, 2, 3))
                .then(() -> Awaitility.await().until(() -> made.get() == 8))
                .thenCancel()
                .verify();
        Awaitility.await().untilAsserted(() -> assertThat(discarded).containsExactlyInAnyOrder(4, 5, 6, 7, 8, 9));
    }

    @Test
    void aSchedulerThatTakesNoWorkIsAnErrorInOrder() {
        Scheduler disposed = Schedulers.newSingle("disposed");
        disposed.dispose();
        List<Integer> discarded = new ArrayList<>();
        Flux.range(0, 10)
                .transform(mapAndBatch(BatchOptions.of(4, 2).scheduler(disposed), (Integer i) -> i))
                .doOnDiscard(Integer.class, discarded::add)
                .as(StepVerifier::create)
                .verifyError(RejectedExecutionException.class);
        assertThat(discarded).startsWith(0, 1, 2, 3);
    }

    @Test
    void reportsBatchesAndTheQueueToItsMonitor() {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        StepVerifier.create(
                        Flux.range(0, 100)
                                .map(i -> new byte[7])
                                .transform(mapAndBatch(BatchOptions.of(10, 1).lookAheadRows(20), (byte[] i) -> i))
                                .contextWrite(monitor.watch()),
                        2)
                .expectNextCount(2)
                .then(() -> {
                    Awaitility.await().until(() -> monitor.queuedElements() == 20);
                    assertThat(monitor.batches()).isEqualTo(2);
                    assertThat(monitor.queuedBytes()).isEqualTo(140);
                    Awaitility.await()
                            .until(() -> !monitor.waits().isEmpty()
                                    && monitor.waits().get(0).cause() == PipelineMonitor.Cause.DEMAND);
                })
                .thenCancel()
                .verify();
        assertThat(monitor.queuedElements()).isZero();
        assertThat(monitor.waits()).isEmpty();
    }

    @Test
    void completesWithoutDemandBeyondTheLastBatch() {
        StepVerifier.create(Flux.range(0, 4).transform(mapAndBatch(2, 2, (Integer i) -> i)), 2)
                .expectNextCount(2)
                .verifyComplete();
    }

    @Test
    void parallelismZeroStaysOnTheThreadThatBringsTheRows() {
        Thread here = Thread.currentThread();
        Flux.range(0, 4)
                .transform(mapAndBatch(2, 0, (Integer i) -> Thread.currentThread()))
                .flatMapIterable(threads -> threads)
                .as(StepVerifier::create)
                .expectNext(here, here, here, here)
                .verifyComplete();
    }

    @Test
    void eachSubscriptionHasItsOwnBatches() {
        AtomicInteger suppliers = new AtomicInteger();
        Flux<List<Integer>> batches = Flux.range(0, 4)
                .transform(mapAndBatch(
                        2,
                        1,
                        Collector.of(
                                () -> {
                                    suppliers.incrementAndGet();
                                    return new ArrayList<Integer>();
                                },
                                (ArrayList<Integer> list, Integer i) -> list.add(i),
                                (a, b) -> a,
                                list -> (List<Integer>) list)));
        assertThat(suppliers).hasValue(0);
        batches.blockLast();
        batches.blockLast();
        assertThat(suppliers).hasValue(4);
    }

    @Test
    void refusesWrongSizesWithTheValueFound() {
        assertThatThrownBy(() -> BatchOptions.of(0, 1)).hasMessage("expected batch size >= 1, but got 0");
        assertThatThrownBy(() -> BatchOptions.of(1, -1)).hasMessage("expected parallelism >= 0, but got -1");
        assertThatThrownBy(() -> prefetch(0)).hasMessage("expected prefetch >= 1, but got 0");
    }

    @Test
    void prefetchReadsAsManyElementsAheadAndKeepsErrorsInOrder() {
        AtomicLong read = new AtomicLong();
        Flux<Integer> source = Flux.range(0, 100).doOnNext(i -> read.incrementAndGet());
        StepVerifier.create(source.transform(prefetch(10)), 0)
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(10))
                .thenCancel()
                .verify();
        Flux.range(0, 5)
                .concatWith(Flux.error(new IllegalStateException("late")))
                .transform(prefetch(10))
                .as(StepVerifier::create)
                .expectNextCount(5)
                .verifyErrorMessage("late");
    }

    /**
     * Its operator may not leave out rows without a limit: the error ends the batches, and is not handed to the hook.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void onErrorContinueDownstreamLeavesOutNoRow(int parallelism) {
        List<Object> continued = new CopyOnWriteArrayList<>();
        Flux.range(0, 20)
                .transform(mapAndBatch(4, parallelism, (Integer i) -> 100 / (i - 9)))
                .onErrorContinue((t, row) -> continued.add(row))
                .as(StepVerifier::create)
                .expectNextCount(2)
                .verifyError(ArithmeticException.class);
        assertThat(continued).isEmpty();
    }
}
