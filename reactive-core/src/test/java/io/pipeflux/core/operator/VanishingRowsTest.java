package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.internal.RowVanishes;
import io.pipeflux.core.internal.SkippingCollector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Rows that cannot be part of a batch: batches are those of the other rows, and each row has one fate. */
class VanishingRowsTest {

    private static final int CASES = 400;

    private record Row(int number, boolean bad) {}

    private static final class TooMany extends RuntimeException {

        private static final long serialVersionUID = 1;
    }

    private final Queue<Long> skipped = new ConcurrentLinkedQueue<>();
    private final Queue<Row> discarded = new ConcurrentLinkedQueue<>();

    /** Skips so many in a row; one more ends the stream. */
    private SkippingCollector<Row, List<Row>> collector(int inARow) {
        return new SkippingCollector<>(
                rows -> {
                    for (int i = 0; i < rows.size(); i++) {
                        if (rows.get(i).bad()) {
                            throw new RowVanishes(i, new IllegalArgumentException("bad"));
                        }
                    }
                    return List.copyOf(rows);
                },
                () -> {
                    AtomicLong last = new AtomicLong(-2);
                    AtomicLong run = new AtomicLong();
                    return (row, number, reason) -> {
                        assertThat(row.number()).isEqualTo((int) number);
                        assertThat(reason).isInstanceOf(IllegalArgumentException.class);
                        run.set(last.getAndSet(number) == number - 1 ? run.get() + 1 : 1);
                        if (run.get() > inARow) {
                            throw new TooMany();
                        }
                        skipped.add(number);
                    };
                });
    }

    private static List<Row> rows(Random random, int count, double bad) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(new Row(i, random.nextDouble() < bad));
        }
        return rows;
    }

    /** The batches that a loop would make, of the rows before the one that ends the stream. */
    private static List<List<Row>> expected(List<Row> rows, int size, Remainder remainder, int inARow) {
        List<List<Row>> batches = new ArrayList<>();
        List<Row> batch = new ArrayList<>();
        int run = 0;
        for (Row row : rows) {
            run = row.bad() ? run + 1 : 0;
            if (run > inARow) {
                return batches;
            }
            if (!row.bad()) {
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
        return batches;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void batchesAreThoseOfTheOtherRows(int parallelism) {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            double[] rates = {0.0, 0.005, 0.05, 0.3, 1.0};
            List<Row> rows = rows(random, random.nextInt(600), rates[random.nextInt(rates.length)]);
            int size = 1 + random.nextInt(20);
            int inARow = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(4);
            Remainder remainder = Remainder.values()[random.nextInt(2)];
            BatchOptions options =
                    BatchOptions.of(size, parallelism).remainder(remainder).lookAheadRows(random.nextInt(100));
            boolean ahead = random.nextBoolean();
            skipped.clear();
            discarded.clear();
            List<List<Row>> batches = new ArrayList<>();
            Throwable[] error = new Throwable[1];
            Flux<Row> source = Flux.fromIterable(rows);
            (random.nextBoolean() ? source.publishOn(Schedulers.parallel(), 1 + random.nextInt(40)) : source)
                    .transform(ahead ? prefetch(1 + random.nextInt(50)) : same -> same)
                    .transform(mapAndBatch(options, collector(inARow)))
                    .limitRate(1 + random.nextInt(4))
                    .doOnNext(batches::add)
                    .doOnError(t -> error[0] = t)
                    .onErrorComplete(TooMany.class)
                    .blockLast();
            String as = "seed " + seed;
            assertThat(batches).as(as).isEqualTo(expected(rows, size, remainder, inARow));
            List<Long> bad = bad(rows, inARow);
            if (remainder == Remainder.KEEP) {
                assertThat(skipped).as(as).containsExactlyElementsOf(bad);
            } else { // the rows behind the last batch are not looked at
                assertThat(bad.subList(0, skipped.size())).as(as).containsExactlyElementsOf(skipped);
            }
            if (remainder == Remainder.KEEP) {
                assertThat(error[0] != null).as(as).isEqualTo(bad.size() < all(rows));
            }
        }
    }

    private static long all(List<Row> rows) {
        return rows.stream().filter(Row::bad).count();
    }

    private static List<Long> bad(List<Row> rows, int inARow) {
        List<Long> bad = new ArrayList<>();
        int run = 0;
        for (Row row : rows) {
            run = row.bad() ? run + 1 : 0;
            if (run > inARow) {
                break;
            }
            if (row.bad()) {
                bad.add((long) row.number());
            }
        }
        return bad;
    }

    /** Each row is in a batch, skipped, or discarded: once, whenever the subscriber leaves. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void eachRowHasOneFate(int parallelism) throws InterruptedException {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            List<Row> rows = rows(random, 500, random.nextInt(3) * 0.05);
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
                    .transform(mapAndBatch(
                            BatchOptions.of(size, parallelism)
                                    .remainder(Remainder.values()[random.nextInt(2)])
                                    .scheduler(Schedulers.boundedElastic())
                                    .lookAheadRows(random.nextInt(100)),
                            collector(Integer.MAX_VALUE)))
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
                skipped.forEach(number -> all.add(Math.toIntExact(number)));
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
        rows.set(5, new Row(5, true));
        SkippingCollector<Row, List<Row>> collector = collector(1);
        SkippingCollector<Row, List<Row>> counting = new SkippingCollector<>(
                batch -> {
                    made.incrementAndGet();
                    return collector.finisher().apply(batch);
                },
                collector::newSkips);
        Long batches = Flux.fromIterable(rows)
                .transform(mapAndBatch(BatchOptions.of(10, 2).lookAheadRows(200), counting))
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
            List<List<Row>> batches = new ArrayList<>();
            @Nullable
            Throwable error = Flux.fromIterable(rows)
                    .concatWith(Flux.error(new IllegalStateException("source")))
                    .transform(mapAndBatch(BatchOptions.of(size, parallelism), collector(Integer.MAX_VALUE)))
                    .doOnNext(batches::add)
                    .then()
                    .materialize()
                    .block()
                    .getThrowable();
            assertThat(error).hasMessage("source");
            assertThat(batches).as("seed " + seed).isEqualTo(expected(rows, size, Remainder.DROP, Integer.MAX_VALUE));
        }
    }

    /** Wrapped, it is a collector as any other, which nobody asks again. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aCollectorInsideAnotherFailsAndSkipsNothing(int parallelism) {
        Flux.just(new Row(0, false), new Row(1, true), new Row(2, false))
                .transform(mapAndBatch(1, parallelism, Collectors.collectingAndThen(collector(1), batch -> batch)))
                .as(StepVerifier::create)
                .expectNextCount(1)
                .expectError(RowVanishes.class)
                .verify(Duration.ofSeconds(60));
    }
}
