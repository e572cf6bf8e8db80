package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatchWhen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class MapAndBatchWhenTest {

    /** The Monos that were subscribed to, in the order of their rows, to be answered by the test. */
    private final List<Sinks.One<Integer>> asked = new CopyOnWriteArrayList<>();

    private final ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();

    private Mono<Integer> ask(Integer row) {
        Sinks.One<Integer> answer = Sinks.one();
        asked.add(answer);
        return answer.asMono();
    }

    private void answer(int row) {
        asked.get(row).tryEmitValue(row).orThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100})
    void keepsTheOrderWhateverTheOrderOfTheAnswers(int parallelism) {
        Random random = new Random(7);
        int[] micros = IntStream.range(0, 1000).map(i -> random.nextInt(300)).toArray();
        List<List<Integer>> batches = Flux.range(0, 1000)
                .transform(mapAndBatchWhen(
                        BatchOptions.of(16, parallelism),
                        (Integer i) -> i % 3 == 0
                                ? Mono.just(i)
                                : Mono.delay(Duration.ofNanos(micros[i] * 1000L))
                                        .thenReturn(i)))
                .collectList()
                .block();
        assertThat(batches).hasSize(63);
        assertThat(batches.stream().flatMap(List::stream))
                .containsExactlyElementsOf(IntStream.range(0, 1000).boxed().toList());
    }

    @Test
    void mapsNoMoreRowsAtATimeThanItsParallelismWhateverTheSizeOfABatch() {
        StepVerifier.create(Flux.range(0, 9).transform(mapAndBatchWhen(BatchOptions.of(2, 4), this::ask)))
                .then(() -> assertThat(asked).hasSize(4))
                .then(() -> answer(1))
                .then(() -> assertThat(asked).hasSize(4)) // row 0 is waited for
                .then(() -> answer(0))
                .expectNext(List.of(0, 1))
                .then(() -> assertThat(asked).hasSize(6))
                .then(() -> IntStream.range(2, 6).forEach(this::answer))
                .expectNext(List.of(2, 3), List.of(4, 5))
                .then(() -> IntStream.range(6, 9).forEach(this::answer))
                .expectNext(List.of(6, 7), List.of(8))
                .verifyComplete();
    }

    @Test
    void takesSizeAndParallelismAsMapAndBatchDoes() {
        StepVerifier.create(Flux.range(0, 5).transform(mapAndBatchWhen(2, 3, this::ask)))
                .then(() -> assertThat(asked).hasSize(3))
                .then(() -> IntStream.range(0, 3).forEach(this::answer))
                .expectNext(List.of(0, 1))
                .then(() -> IntStream.range(3, 5).forEach(this::answer))
                .expectNext(List.of(2, 3), List.of(4))
                .verifyComplete();
        assertThatThrownBy(() -> mapAndBatchWhen(2, 0, this::ask))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("parallelism >= 1");
        assertThatThrownBy(() -> mapAndBatchWhen(0, 3, this::ask)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void readsNothingBeforeTheFirstRequestAndThenNoMoreThanItsBounds(int parallelism) {
        AtomicLong read = new AtomicLong();
        BatchOptions options = BatchOptions.of(10, parallelism).lookAheadRows(10);
        StepVerifier.create(
                        Flux.range(0, 1000)
                                .doOnNext(i -> read.incrementAndGet())
                                .transform(mapAndBatchWhen(options, (Integer i) -> Mono.just(i))),
                        0)
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(0))
                .thenRequest(1)
                .expectNextCount(1)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(20L + parallelism))
                .thenRequest(2)
                .expectNextCount(2)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValue(40L + parallelism))
                .thenCancel()
                .verify();
    }

    @ParameterizedTest
    @CsvSource({"64, 16, 256, 256", "10, 2, 15, 20", "10, 2, 0, 10"})
    void theLookAheadIsRoundedUpToBatchesAndTheParallelismIsAdded(
            int size, int parallelism, int lookAheadRows, int rounded) {
        AtomicLong mapped = new AtomicLong();
        BatchOptions options = BatchOptions.of(size, parallelism).lookAheadRows(lookAheadRows);
        StepVerifier.create(
                        Flux.range(0, 10_000)
                                .transform(mapAndBatchWhen(
                                        options,
                                        (Integer i) -> Mono.just(i).doOnNext(row -> mapped.incrementAndGet()))),
                        1)
                .expectNextCount(1)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(mapped).hasValue((long) size + rounded + parallelism))
                .thenCancel()
                .verify();
    }

    @Test
    void theLookAheadIsBoundedInBytesOfWhatTheRowsBecame() {
        AtomicLong read = new AtomicLong();
        BatchOptions options = BatchOptions.of(10, 2).lookAheadBytes(80 * 100);
        StepVerifier.create(
                        Flux.range(0, 1000)
                                .doOnNext(i -> read.incrementAndGet())
                                .transform(mapAndBatchWhen(options, (Integer i) -> Mono.just(new byte[100]))),
                        1)
                .expectNextCount(1)
                .expectNoEvent(Duration.ofMillis(20))
                .then(() -> assertThat(read).hasValueBetween(80, 92))
                .thenCancel()
                .verify();
    }

    /** How a mapper may fail for a row. */
    private enum Failing implements Function<Integer, Mono<Integer>> {
        BY_THE_MONO {
            @Override
            public Mono<Integer> apply(Integer row) {
                return Mono.error(new IllegalStateException("row " + row));
            }
        },
        LATER {
            @Override
            public Mono<Integer> apply(Integer row) {
                return Mono.delay(Duration.ofMillis(1)).then(BY_THE_MONO.apply(row));
            }
        },
        BY_THROWING {
            @Override
            public Mono<Integer> apply(Integer row) {
                throw new IllegalStateException("row " + row);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 20})
    void anErrorOfARowComesAfterAllBatchesBeforeIt(int parallelism) {
        for (Failing failing : Failing.values()) {
            Flux.range(0, 40)
                    .transform(mapAndBatchWhen(
                            BatchOptions.of(4, parallelism),
                            (Integer i) -> i == 14
                                    ? failing.apply(i)
                                    : i == 4 ? Mono.delay(Duration.ofMillis(5)).thenReturn(i) : Mono.just(i)))
                    .as(StepVerifier::create)
                    .expectNext(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7), List.of(8, 9, 10, 11))
                    .verifyErrorMessage("row 14");
        }
    }

    @Test
    void anErrorOfTheSourceComesAfterTheRowsBeforeIt() {
        Flux.range(0, 10)
                .concatWith(Flux.error(new IllegalStateException("source")))
                .transform(mapAndBatchWhen(
                        BatchOptions.of(4, 20),
                        (Integer i) -> Mono.delay(Duration.ofMillis(i % 4)).thenReturn(i)))
                .doOnDiscard(Integer.class, discarded::add)
                .as(StepVerifier::create)
                .expectNext(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7))
                .verifyErrorMessage("source");
        assertThat(discarded).containsExactly(8, 9);
    }

    @Test
    void anExceptionOfTheMapperCarriesTheRecordsPosition() {
        RawRecord record = RawRecord.of(ByteBuffer.wrap(new byte[] {1}));
        Flux.just(record)
                .transform(mapAndBatchWhen(
                        BatchOptions.of(4, 2), (RawRecord r) -> Mono.error(new NumberFormatException("x"))))
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(NumberFormatException.class)
                        .satisfies(x -> assertThat(x.getSuppressed())
                                .filteredOn(s -> s.toString().contains(record.source()))
                                .hasSize(1)));
    }

    @Test
    void anErrorOfALaterRowIsASuppressedExceptionOfTheFirst() {
        Sinks.One<Integer> zero = Sinks.one();
        Sinks.One<Integer> one = Sinks.one();
        Flux.just(zero, one)
                .transform(mapAndBatchWhen(BatchOptions.of(1, 2), (Sinks.One<Integer> row) -> row.asMono()))
                .as(StepVerifier::create)
                .then(() -> one.tryEmitError(new IOException("row 1")))
                .then(() -> zero.tryEmitError(new IOException("row 0")))
                .expectErrorSatisfies(e -> assertThat(e)
                        .hasMessage("row 0")
                        .satisfies(x -> assertThat(x.getSuppressed())
                                .extracting(Throwable::getMessage)
                                .containsExactly("row 1")))
                .verifyThenAssertThat()
                .hasNotDroppedErrors();
    }

    @Test
    void anErrorOfALaterRowIsNotReportedAfterACancelOrIfItWouldBeSkipped() {
        for (SkipPolicy policy : List.of(SkipPolicy.fail(), SkipPolicy.skip(9, 9))) {
            Sinks.One<Integer> zero = Sinks.one();
            Sinks.One<Integer> one = Sinks.one();
            Flux.just(zero, one)
                    .transform(mapAndBatchWhen(
                            BatchOptions.of(1, 2).onBadRow(policy), (Sinks.One<Integer> row) -> row.asMono()))
                    .as(StepVerifier::create)
                    .then(() -> one.tryEmitError(new IOException("row 1")))
                    .thenCancel()
                    .verifyThenAssertThat()
                    .hasNotDroppedErrors();
        }
    }

    @Test
    void aMonoWithoutAValueAndNoMonoAreErrorsThatNoPolicySkips() {
        Function<Integer, Mono<Integer>> empty = row -> Mono.empty();
        Function<Integer, @Nullable Mono<Integer>> none = row -> null;
        Function<Integer, Mono<Integer>> error = row -> Mono.error(new AssertionError("the mapper is wrong"));
        for (Function<Integer, @Nullable Mono<Integer>> wrong : List.of(empty, none, error)) {
            for (SkipPolicy policy : List.of(SkipPolicy.fail(), SkipPolicy.skip(9, 9))) {
                Flux.range(0, 4)
                        .transform(mapAndBatchWhen(
                                BatchOptions.of(2, 2).onBadRow(policy),
                                (Integer row) -> row < 2 ? Mono.just(row) : wrong.apply(row)))
                        .as(StepVerifier::create)
                        .expectNext(List.of(0, 1))
                        .expectErrorMatches(t -> t.getMessage().startsWith("the mapper"))
                        .verify();
            }
        }
    }

    @Test
    void cancellingCancelsTheMonosAndDiscardsTheirRowsAndWhatOthersBecame() {
        AtomicInteger cancelled = new AtomicInteger();
        StepVerifier.create(
                        Flux.range(0, 100)
                                .transform(mapAndBatchWhen(
                                        BatchOptions.of(2, 5),
                                        (Integer row) ->
                                                ask(row).map(i -> "of " + i).doOnCancel(cancelled::incrementAndGet)))
                                .doOnDiscard(Object.class, discarded::add),
                        5)
                .then(() -> List.of(4, 2, 1, 0).forEach(this::answer)) // row 3 is waited for
                .expectNext(List.of("of 0", "of 1"))
                .then(() -> Awaitility.await().until(() -> asked.size() == 8))
                .thenCancel()
                .verify();
        Awaitility.await()
                .untilAsserted(() -> assertThat(discarded).containsExactlyInAnyOrder("of 2", 3, "of 4", 5, 6, 7));
        assertThat(cancelled).hasValue(4);
    }

    @Test
    void anErrorCancelsTheMonosThatAreInProgress() {
        AtomicInteger cancelled = new AtomicInteger();
        StepVerifier.create(Flux.range(0, 100)
                        .transform(mapAndBatchWhen(
                                BatchOptions.of(1, 3),
                                (Integer row) -> ask(row).doOnCancel(cancelled::incrementAndGet))))
                .then(() -> answer(0))
                .expectNext(List.of(0))
                .then(() -> Awaitility.await().until(() -> asked.size() == 4))
                .then(() -> asked.get(1)
                        .tryEmitError(new IllegalStateException("row 1"))
                        .orThrow())
                .verifyErrorMessage("row 1");
        Awaitility.await().until(() -> cancelled.get() == asked.size() - 2);
    }

    @Test
    void theMonosHaveTheSubscribersContext() {
        Flux.range(0, 3)
                .transform(mapAndBatchWhen(
                        BatchOptions.of(3, 2),
                        (Integer row) -> Mono.deferContextual(context -> Mono.just(context.<String>get("key") + row))))
                .contextWrite(context -> context.put("key", "value "))
                .as(StepVerifier::create)
                .expectNext(List.of("value 0", "value 1", "value 2"))
                .verifyComplete();
    }

    @Test
    void rowsAreSkippedWithinThePolicyAndBatchesStayFull() {
        List<Object> skipped = new ArrayList<>();
        SkipPolicy policy = SkipPolicy.skip(1, 3)
                .deadLetters(letter -> skipped.add(letter.cause().getMessage()));
        Flux.range(0, 10)
                .transform(mapAndBatchWhen(
                        BatchOptions.of(3, 4).onBadRow(policy),
                        (Integer row) -> row % 4 == 1
                                ? Mono.delay(Duration.ofMillis(1))
                                        .then(Mono.error(CorruptRecordException.of("row " + row, null, null, null)))
                                : Mono.just(row)))
                .as(StepVerifier::create)
                .expectNext(List.of(0, 2, 3), List.of(4, 6, 7), List.of(8))
                .verifyComplete();
        assertThat(skipped).containsExactly("row 1 [PF-CUSTOM]", "row 5 [PF-CUSTOM]", "row 9 [PF-CUSTOM]");
    }

    @Test
    void aRowThatAnExecutorRejectsEndsTheStreamWhateverThePolicy() {
        Scheduler disposed = Schedulers.newSingle("disposed");
        disposed.dispose();
        List<Object> skipped = new ArrayList<>();
        SkipPolicy policy = SkipPolicy.skip(3, 100).deadLetters(skipped::add);
        Flux.range(0, 10)
                .transform(mapAndBatchWhen(
                        BatchOptions.of(2, 1).onBadRow(policy),
                        (Integer row) -> row == 5 ? Mono.just(row).subscribeOn(disposed) : Mono.just(row)))
                .as(StepVerifier::create)
                .expectNext(List.of(0, 1), List.of(2, 3))
                .verifyError(RejectedExecutionException.class);
        Flux.range(0, 10)
                .transform(mapAndBatch(BatchOptions.of(2, 1).onBadRow(policy), (Integer row) -> {
                    if (row == 5) {
                        throw new CompletionException(new RejectedExecutionException("the pool is shut down"));
                    }
                    return row;
                }))
                .as(StepVerifier::create)
                .expectNext(List.of(0, 1), List.of(2, 3))
                .verifyError(CompletionException.class);
        assertThat(skipped).isEmpty();
    }

    @Test
    void reportsBatchesToItsMonitorAndNamesItself() {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        StepVerifier.create(
                        Flux.range(0, 100)
                                .transform(mapAndBatchWhen(BatchOptions.of(10, 3), (Integer i) -> Mono.just(i)))
                                .contextWrite(monitor.watch()),
                        2)
                .expectNextCount(2)
                .then(() -> assertThat(monitor.batches()).isEqualTo(2))
                .then(() -> Awaitility.await().until(() -> !monitor.waits().isEmpty()))
                .then(() -> assertThat(monitor.waits().get(0).toString()).contains("mapAndBatchWhen(10, 3)"))
                .thenCancel()
                .verify();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anErrorIsSignalledAtOnceAndNoFurtherRowIsMapped(boolean keepsRemainder) {
        BatchOptions options = BatchOptions.of(100, 3).remainder(keepsRemainder ? Remainder.KEEP : Remainder.DROP);
        for (SkipPolicy policy : List.of(SkipPolicy.fail(), SkipPolicy.skip(1, 1))) {
            asked.clear();
            StepVerifier.create(Flux.range(0, 10)
                            .concatWith(Flux.never())
                            .transform(mapAndBatchWhen(options.onBadRow(policy), this::ask)))
                    .then(() -> answer(0))
                    .then(() -> assertThat(asked).hasSize(4))
                    .then(() -> fail(1))
                    .then(() -> {
                        if (policy != SkipPolicy.fail()) {
                            fail(2);
                        }
                    })
                    .verifyErrorMessage(policy == SkipPolicy.fail() ? "row 1" : "row 2");
            assertThat(asked).hasSizeBetween(4, policy == SkipPolicy.fail() ? 4 : 6);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void fail(int row) {
        asked.get(row).tryEmitError(new IllegalStateException("row " + row)).orThrow();
    }

    /** With a policy, too, rows without a value end the stream at once, after the whole batches. */
    @Test
    void aMonoWithoutAValueIsAnErrorAtOnce() {
        BatchOptions options = BatchOptions.of(3, 1).onBadRow(SkipPolicy.skip(9, 9));
        Flux.range(0, 6)
                .concatWith(Flux.never())
                .transform(mapAndBatchWhen(
                        options,
                        (Integer row) -> row == 1
                                ? Mono.error(new IllegalStateException())
                                : row == 5 ? Mono.empty() : Mono.just(row)))
                .as(StepVerifier::create)
                .expectNext(List.of(0, 2, 3))
                .verifyError(NullPointerException.class);
    }

    @Test
    void aRowIsDiscardedOnceEvenIfAnOperatorOfItsMonoDiscardsIt() {
        Sinks.Empty<Void> never = Sinks.empty();
        StepVerifier.create(Flux.range(0, 100)
                        .transform(mapAndBatchWhen(
                                BatchOptions.of(2, 3),
                                (Integer row) -> Mono.just(row)
                                        .doOnNext(i -> asked.add(Sinks.one()))
                                        .delayUntil(i -> never.asMono())))
                        .doOnDiscard(Object.class, discarded::add))
                .then(() -> assertThat(asked).hasSize(3))
                .thenCancel()
                .verify();
        assertThat(discarded).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void aRowThatItsMonoReplacesIsDiscardedByTheMono() {
        Flux.range(0, 4)
                .transform(mapAndBatchWhen(
                        BatchOptions.of(2, 3),
                        (Integer row) -> Mono.just(row).filter(i -> i % 2 == 0).switchIfEmpty(Mono.just(-row))))
                .doOnDiscard(Object.class, discarded::add)
                .as(StepVerifier::create)
                .expectNext(List.of(0, -1), List.of(2, -3))
                .verifyComplete();
        assertThat(discarded).containsExactly(1, 3);
    }

    @Test
    void aRowThatItsMonoDiscardsAndThatFailsIsDiscardedOnce() {
        Flux.range(0, 4)
                .transform(mapAndBatchWhen(
                        BatchOptions.of(4, 3), (Integer row) -> Mono.just(row).filter(i -> i < 2)))
                .doOnDiscard(Object.class, discarded::add)
                .as(StepVerifier::create)
                .verifyError(NullPointerException.class);
        assertThat(discarded).containsExactlyInAnyOrder(0, 1, 2);
    }

    /** The mapper must not block. If it does, it holds up itself only. */
    @Test
    void aMapperThatBlocksDoesNotHoldUpTheCancelOfOtherRows() throws InterruptedException {
        CountDownLatch blocks = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        ManualSubscriber<List<Integer>> subscriber = new ManualSubscriber<>();
        Flux.range(0, 100)
                .transform(mapAndBatchWhen(BatchOptions.of(2, 2), (Integer row) -> {
                    if (row == 2) {
                        blocks.countDown();
                        await(free);
                    }
                    return ask(row).doOnCancel(cancelled::countDown);
                }))
                .subscribe(subscriber);
        Thread requests = new Thread(() -> subscriber.request(1));
        requests.start();
        Awaitility.await().until(() -> asked.size() == 2);
        Thread answers = new Thread(() -> answer(0));
        answers.start();
        try {
            blocks.await();
            subscriber.cancel();
            cancelled.await(); // before the mapper is free
        } finally {
            free.countDown();
        }
        answers.join();
        requests.join();
    }

    /** What the documentation says of fatal errors. */
    @Test
    void aFatalErrorOnAThreadOfTheMonosOwnNeedsATimeLimitAsReactorDoesNotSignalIt() throws InterruptedException {
        CountDownLatch handled = new CountDownLatch(1);
        ThreadFactory handling = task -> {
            Thread thread = new Thread(task);
            thread.setUncaughtExceptionHandler((t, e) -> handled.countDown());
            return thread;
        };
        Scheduler own = Schedulers.newSingle(handling);
        try {
            Flux.range(0, 4)
                    .transform(mapAndBatchWhen(
                            BatchOptions.of(2, 2),
                            (Integer row) -> Mono.just(row)
                                    .publishOn(own)
                                    .<Integer>map(i -> {
                                        throw new LinkageError("fatal");
                                    })
                                    .timeout(Duration.ofMillis(100))))
                    .as(StepVerifier::create)
                    .verifyError(TimeoutException.class);
            handled.await();
        } finally {
            own.dispose();
        }
        Flux.range(0, 4) // on the thread of the rows it is signalled
                .transform(mapAndBatchWhen(
                        BatchOptions.of(2, 2),
                        (Integer row) -> Mono.just(row).<Integer>map(i -> {
                            throw new LinkageError("fatal");
                        })))
                .as(StepVerifier::create)
                .verifyError(LinkageError.class);
    }

    @Test
    void refusesParallelismZero() {
        assertThatThrownBy(() -> mapAndBatchWhen(BatchOptions.of(3, 0), (Integer i) -> Mono.just(i)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected parallelism >= 1 for mapAndBatchWhen, but got 0");
    }
}
