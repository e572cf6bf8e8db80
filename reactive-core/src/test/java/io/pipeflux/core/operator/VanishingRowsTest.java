package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatchWhen;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.internal.LettingGoCollector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Rows that cannot be part of a batch: batches are those of the other rows, and each row has one fate. */
class VanishingRowsTest {

    private static final int CASES = 400;

    /** A row. A broken one is bad, too, but no policy skips it. */
    private record Row(int number, boolean bad, boolean broken) {}

    private final Queue<Long> skipped = new ConcurrentLinkedQueue<>();
    private final Queue<Row> discarded = new ConcurrentLinkedQueue<>();

    private static LettingGoCollector<Row, List<Row>> collector() {
        return new LettingGoCollector<>(
                rows -> {
                    rows.forEach(VanishingRowsTest::check);
                    return List.copyOf(rows);
                },
                VanishingRowsTest::check);
    }

    private static void check(Row row) {
        if (row.broken()) {
            throw new AssertionError(row.number());
        }
        if (row.bad()) {
            throw CorruptRecordException.of(String.valueOf(row.number()), null, null, null);
        }
    }

    /** Maps each row once. */
    private Function<Row, Row> mapper() {
        Set<Integer> mapped = ConcurrentHashMap.newKeySet();
        return row -> {
            if (!mapped.add(row.number())) {
                throw new AssertionError("row " + row.number() + " is mapped again");
            }
            check(row);
            return row;
        };
    }

    /** What makes the batches. */
    private enum Maker {
        COLLECTOR,
        MAPPER,
        AWAITED_MAPPER;

        static Maker draw(Random random, int parallelism) {
            return values()[random.nextInt(parallelism == 0 ? 2 : 3)];
        }
    }

    private Function<Flux<Row>, Flux<List<Row>>> batches(BatchOptions options, Maker maker) {
        return switch (maker) {
            case COLLECTOR -> mapAndBatch(options, collector());
            case MAPPER -> mapAndBatch(options, mapper());
            case AWAITED_MAPPER -> mapAndBatchWhen(options, awaited(mapper()));
        };
    }

    /** Maps some rows at once, and some on another thread. */
    private static Function<Row, Mono<Row>> awaited(Function<Row, Row> mapper) {
        return row -> {
            if (row.number() % 7 == 0) {
                return Mono.just(mapper.apply(row));
            }
            // of an element of its own: Reactor's operators discard what they hand over when they are cancelled
            Mono<Object> handedOver = Mono.just("");
            return (row.number() % 2 == 0 ? handedOver : handedOver.publishOn(Schedulers.parallel()))
                    .map(any -> mapper.apply(row));
        };
    }

    private SkipPolicy policy(int inARow) {
        return SkipPolicy.skip(inARow, Long.MAX_VALUE).deadLetters(letter -> {
            assertThat(letter.bytes().hasRemaining()).isFalse();
            assertThat(letter.position()).isNull();
            skipped.add(Long.valueOf(withoutId(letter.cause())));
        });
    }

    private static List<Row> rows(Random random, int count, double bad) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(new Row(i, random.nextDouble() < bad, false));
        }
        return rows;
    }

    /** Makes one row in three lists a broken one. */
    private static void breakOne(Random random, List<Row> rows) {
        if (!rows.isEmpty() && random.nextInt(3) == 0) {
            int at = random.nextInt(rows.size());
            rows.set(at, new Row(at, true, true));
        }
    }

    /** What a loop over the rows would do. */
    private record Loop(
            List<List<Row>> batches,
            List<Long> skipped,
            @Nullable String end) {

        static Loop over(List<Row> rows, int size, Remainder remainder, int inARow) {
            List<List<Row>> batches = new ArrayList<>();
            List<Long> skipped = new ArrayList<>();
            List<Row> batch = new ArrayList<>();
            int run = 0;
            for (Row row : rows) {
                run = row.bad() ? run + 1 : 0;
                if (run > inARow || row.broken()) {
                    return new Loop(batches, skipped, String.valueOf(row.number()));
                }
                if (row.bad()) {
                    skipped.add((long) row.number());
                } else {
                    batch.add(row);
                }
                if (batch.size() == size) {
                    batches.add(batch);
                    batch = new ArrayList<>();
                }
            }
            if (!batch.isEmpty() && remainder == Remainder.KEEP) {
                batches.add(batch);
            }
            return new Loop(batches, skipped, null);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void batchesAreThoseOfTheOtherRows(int parallelism) {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            double[] rates = {0.0, 0.005, 0.05, 0.3, 1.0};
            List<Row> rows = rows(random, random.nextInt(600), rates[random.nextInt(rates.length)]);
            breakOne(random, rows);
            int size = 1 + random.nextInt(20);
            int inARow = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(4);
            Remainder remainder = Remainder.values()[random.nextInt(2)];
            BatchOptions options = BatchOptions.of(size, parallelism)
                    .remainder(remainder)
                    .lookAheadRows(random.nextInt(100))
                    .onBadRow(policy(inARow));
            boolean ahead = random.nextBoolean();
            skipped.clear();
            discarded.clear();
            List<List<Row>> batches = new ArrayList<>();
            Throwable[] error = new Throwable[1];
            Flux<Row> source = Flux.fromIterable(rows);
            (random.nextBoolean() ? source.publishOn(Schedulers.parallel(), 1 + random.nextInt(40)) : source)
                    .transform(ahead ? prefetch(1 + random.nextInt(50)) : same -> same)
                    .transform(batches(options, Maker.draw(random, parallelism)))
                    .limitRate(1 + random.nextInt(4))
                    .doOnNext(batches::add)
                    .doOnError(t -> error[0] = t)
                    .onErrorComplete()
                    .blockLast();
            String as = "seed " + seed;
            Loop loop = Loop.over(rows, size, remainder, inARow);
            assertThat(batches).as(as).isEqualTo(loop.batches());
            assertThat(skipped).as(as).containsExactlyElementsOf(loop.skipped());
            assertThat(error[0] == null ? null : withoutId(error[0])).as(as).isEqualTo(loop.end());
        }
    }

    /**
     * Each row is in a batch or discarded: once, whenever the subscriber leaves. Those that are skipped are discarded.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void eachRowHasOneFate(int parallelism) throws InterruptedException {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            List<Row> rows = rows(random, 500, random.nextInt(3) * 0.05);
            breakOne(random, rows);
            int size = 1 + random.nextInt(20);
            int leaves = random.nextInt(30);
            skipped.clear();
            discarded.clear();
            Queue<Row> sent = new ConcurrentLinkedQueue<>();
            Queue<Object> fates = new ConcurrentLinkedQueue<>();
            ManualSubscriber<List<Row>> subscriber = new ManualSubscriber<>();
            Flux.<Row, Integer>generate(() -> 0, (at, sink) -> {
                        if (at == rows.size()) {
                            sink.complete();
                        } else {
                            sink.next(rows.get(at));
                        }
                        return at + 1;
                    })
                    .doOnNext(sent::add)
                    .transform(batches(
                            BatchOptions.of(size, parallelism)
                                    .remainder(Remainder.values()[random.nextInt(2)])
                                    .scheduler(Schedulers.boundedElastic())
                                    .lookAheadRows(random.nextInt(100))
                                    .onBadRow(policy(random.nextBoolean() ? Integer.MAX_VALUE : 1)),
                            Maker.draw(random, parallelism)))
                    .doOnDiscard(Row.class, discarded::add)
                    .doOnDiscard(List.class, fates::add)
                    .subscribe(subscriber);
            subscriber.request(leaves);
            if (random.nextBoolean()) {
                await().until(() -> subscriber.received.size() == leaves || subscriber.isDisposed());
            }
            subscriber.cancel();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                List<Integer> all = new ArrayList<>();
                subscriber.received.forEach(batch -> batch.forEach(row -> all.add(row.number())));
                fates.forEach(batch -> ((List<?>) batch).forEach(row -> all.add(((Row) row).number())));
                discarded.forEach(row -> all.add(row.number()));
                assertThat(discarded.stream().map(row -> (long) row.number())).containsAll(skipped);
                assertThat(all)
                        .doesNotHaveDuplicates()
                        .containsExactlyInAnyOrderElementsOf(
                                sent.stream().map(Row::number).toList());
            });
        }
    }

    /** A row that vanishes costs few batches their second making: groups are whole again behind a shorter one. */
    @Test
    void batchesFarBehindARowThatVanishesAreMadeOnce() {
        AtomicLong made = new AtomicLong();
        List<Row> rows = new ArrayList<>(rows(new Random(1), 100_000, 0));
        rows.set(5, new Row(5, true, false));
        LettingGoCollector<Row, List<Row>> counting = new LettingGoCollector<>(
                batch -> {
                    made.incrementAndGet();
                    return collector().finisher().apply(batch);
                },
                VanishingRowsTest::check);
        Long batches = Flux.fromIterable(rows)
                .transform(mapAndBatch(
                        BatchOptions.of(10, 2).lookAheadRows(200).onBadRow(SkipPolicy.skip(1, 1)), counting))
                .count()
                .block();
        assertThat(batches).isEqualTo(10_000L);
        assertThat(made.get()).isLessThan(10_100L);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void anErrorOfTheSourceComesAfterTheWholeBatches(int parallelism) {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            List<Row> rows = rows(random, random.nextInt(200), 0.1);
            int size = 1 + random.nextInt(12);
            breakOne(random, rows);
            skipped.clear();
            List<List<Row>> batches = new ArrayList<>();
            @Nullable
            Throwable error = Flux.fromIterable(rows)
                    .concatWith(Flux.error(new IllegalStateException("source")))
                    .transform(batches(
                            BatchOptions.of(size, parallelism).onBadRow(policy(Integer.MAX_VALUE)),
                            Maker.draw(random, parallelism)))
                    .doOnNext(batches::add)
                    .then()
                    .materialize()
                    .block()
                    .getThrowable();
            Loop loop = Loop.over(rows, size, Remainder.DROP, Integer.MAX_VALUE);
            String as = "seed " + seed;
            assertThat(withoutId(error)).as(as).isEqualTo(loop.end() == null ? "source" : loop.end());
            assertThat(batches).as(as).isEqualTo(loop.batches());
            assertThat(skipped).as(as).containsExactlyElementsOf(loop.skipped());
        }
    }

    @Test
    void aCollectorOfAUserIsRefusedWithAPolicy() {
        BatchOptions options = BatchOptions.of(1, 0).onBadRow(SkipPolicy.skip(1, 1));
        assertThatThrownBy(() -> mapAndBatch(options, Collectors.collectingAndThen(collector(), batch -> batch)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("schema");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anErrorAndAMapperThatReturnsNullAreNotSkipped(int parallelism) {
        BatchOptions options = BatchOptions.of(2, parallelism).onBadRow(SkipPolicy.skip(9, 9));
        for (Function<Integer, @Nullable Integer> wrong : List.<Function<Integer, @Nullable Integer>>of(
                row -> {
                    throw new AssertionError("wrong");
                },
                row -> null)) {
            Flux.range(0, 4)
                    .transform(PipeOperators.<Integer, Integer>mapAndBatch(
                            options, row -> row < 2 ? row : wrong.apply(row)))
                    .as(StepVerifier::create)
                    .expectNext(List.of(0, 1))
                    .expectErrorMatches(t -> t instanceof AssertionError || t instanceof NullPointerException)
                    .verify(Duration.ofSeconds(60));
        }
    }

    /** Kotlin's mappers throw checked exceptions. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aCheckedExceptionKeepsItsType(int parallelism) {
        SkipPolicy policy = SkipPolicy.skip(1, 1)
                .deadLetters(skipped -> assertThat(skipped.cause()).isInstanceOf(IOException.class));
        Flux.range(0, 4)
                .transform(PipeOperators.<Integer, Integer>mapAndBatch(
                        BatchOptions.of(2, parallelism).onBadRow(policy), VanishingRowsTest::failing))
                .as(StepVerifier::create)
                .expectError(IOException.class)
                .verify(Duration.ofSeconds(60));
    }

    private static Integer failing(Integer row) {
        return VanishingRowsTest.<Integer, RuntimeException>raise(new IOException("row " + row));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T, E extends Exception> T raise(Exception e) throws E {
        throw (E) e;
    }

    /** What was made of rows that were cut anew is discarded one by one, as that of other rows. */
    @Test
    void aListThatWasCutAnewIsDiscardedInItsElements() {
        Queue<Object> gone = new ConcurrentLinkedQueue<>();
        ManualSubscriber<List<String>> subscriber = new ManualSubscriber<>();
        Flux.just("p", "q", "!", "a", "b", "!", "c", "d")
                .transform(PipeOperators.<String, String>mapAndBatch(
                        BatchOptions.of(2, 1).onBadRow(SkipPolicy.skip(9, 9)), row -> {
                            if (row.equals("!")) {
                                throw new IllegalStateException("bad");
                            }
                            return row + row;
                        }))
                .doOnDiscard(Object.class, gone::add)
                .subscribe(subscriber);
        subscriber.request(1);
        await().untilAsserted(() -> assertThat(subscriber.received).hasSize(1));
        subscriber.cancel();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(gone).isNotEmpty());
        assertThat(gone).noneMatch(List.class::isInstance);
    }

    /** What a mapper made of a row that is in no batch is discarded, not the row. */
    @Test
    void whatAMapperMadeIsDiscarded() {
        List<Object> gone = new ArrayList<>();
        Flux.just("a", "!", "b", "c")
                .transform(PipeOperators.<String, Integer>mapAndBatch(
                        BatchOptions.of(4, 0).onBadRow(SkipPolicy.skip(1, 1)), row -> {
                            if (row.equals("!")) {
                                throw new IllegalStateException("bad");
                            }
                            return (int) row.charAt(0);
                        }))
                .concatWith(Flux.never())
                .doOnDiscard(Object.class, gone::add)
                .as(flux -> StepVerifier.create(flux, 0))
                .thenRequest(1)
                .expectNext(List.of((int) 'a', (int) 'b', (int) 'c'))
                .thenCancel()
                .verify(Duration.ofSeconds(60));
        assertThat(gone).containsExactly("!");
        gone.clear();
        Flux.just("a", "!", "b", "!", "c")
                .transform(PipeOperators.<String, Integer>mapAndBatch(
                        BatchOptions.of(4, 0).onBadRow(SkipPolicy.skip(1, 1)), row -> {
                            if (row.equals("!")) {
                                throw new IllegalStateException("bad");
                            }
                            return (int) row.charAt(0);
                        }))
                .doOnDiscard(Object.class, gone::add)
                .as(StepVerifier::create)
                .expectErrorMessage("bad")
                .verify(Duration.ofSeconds(60));
        assertThat(gone).containsExactly("!", (int) 'a', (int) 'b', "!");
    }

    /** A mapper in Java wraps a checked exception: the cause, which is known, is that exception. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aWrappedExceptionIsUnwrapped(int parallelism) {
        SkipPolicy policy = SkipPolicy.skip(1, 1)
                .deadLetters(skipped -> assertThat(skipped.cause()).isInstanceOf(IOException.class));
        RawRecord record = RawRecord.of(ByteBuffer.wrap(new byte[] {1}));
        for (boolean awaited : parallelism == 0 ? new boolean[] {false} : new boolean[] {false, true}) {
            for (SkipPolicy each : List.of(policy, SkipPolicy.fail())) {
                BatchOptions options = BatchOptions.of(2, parallelism).onBadRow(each);
                Function<RawRecord, Integer> wrapping = row -> {
                    throw Exceptions.propagate(new IOException("wrapped"));
                };
                Flux.just(record, record)
                        .transform(
                                awaited
                                        ? mapAndBatchWhen(options, row -> Mono.just(wrapping.apply(row)))
                                        : mapAndBatch(options, wrapping))
                        .as(StepVerifier::create)
                        .expectErrorSatisfies(e -> assertThat(e)
                                .isInstanceOf(IOException.class)
                                .satisfies(x -> assertThat(x.getSuppressed())
                                        .anyMatch(s -> s.toString().contains(record.source()))))
                        .verify(Duration.ofSeconds(60));
            }
        }
    }

    /** Without a policy, too, a row that fails is an error, wherever it is. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void aRowThatFailsInADroppedRemainderIsAnError(int parallelism) {
        for (Maker maker : Maker.values()) {
            if (parallelism > 0 || maker != Maker.AWAITED_MAPPER) {
                BatchOptions options = BatchOptions.of(4, parallelism).remainder(Remainder.DROP);
                Flux.range(0, 10)
                        .map(i -> new Row(i, i == 8, false))
                        .transform(batches(options, maker))
                        .as(StepVerifier::create)
                        .expectNextCount(2)
                        .verifyErrorMessage("8 [PF-CUSTOM]");
                Flux.range(0, 10)
                        .map(i -> new Row(i, false, false))
                        .transform(batches(options, maker))
                        .doOnDiscard(Row.class, discarded::add)
                        .doOnDiscard(List.class, batch -> ((List<?>) batch).forEach(row -> discarded.add((Row) row)))
                        .as(flux -> StepVerifier.create(flux, parallelism == 0 ? 3 : 2))
                        .expectNextCount(2)
                        .verifyComplete();
                assertThat(discarded).extracting(Row::number).containsExactly(8, 9);
                discarded.clear();
            }
        }
    }

    /** Returns the message that a row was given, without the id that exceptions of Pipeflux add. */
    private static String withoutId(Throwable error) {
        return error.getMessage().replace(" [PF-CUSTOM]", "");
    }
}
