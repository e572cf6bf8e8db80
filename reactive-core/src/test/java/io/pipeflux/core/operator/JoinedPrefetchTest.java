package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.prefetchBytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Wait;
import io.pipeflux.core.suite.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;

/** A {@code prefetch} that is part of the look-ahead of {@code mapAndBatch}, and the same with both apart. */
class JoinedPrefetchTest {

    private static final int CASES = 400;

    @AfterEach
    void joinedAgain() {
        System.clearProperty(JoinedPrefetch.PROPERTY);
    }

    private static void joined(boolean joined) {
        System.setProperty(JoinedPrefetch.PROPERTY, Boolean.toString(joined));
    }

    // == the same apart ==

    @Test
    void whatComesIsTheSameApart() throws InterruptedException {
        for (int seed = 0; seed < CASES; seed++) {
            Case drawn = Case.draw(new Random(seed));
            joined(true);
            Outcome one = drawn.run(seed);
            joined(false);
            Outcome two = drawn.run(seed);
            assertThat(one.end).as("%d: %s", seed, drawn).isEqualTo(two.end);
            if (drawn.cancelAfter == Integer.MAX_VALUE) {
                assertThat(one.batches).as("%d: %s", seed, drawn).isEqualTo(two.batches);
            } else { // how many come after the cancel is a matter of time
                assertThat(one.batches.subList(0, drawn.cancelAfter))
                        .as("%d: %s", seed, drawn)
                        .isEqualTo(two.batches.subList(0, drawn.cancelAfter));
            }
        }
    }

    private record Outcome(List<List<Integer>> batches, String end) {}

    /**
     * One pipeline and its subscriber.
     *
     * @param failAt the row with which the source fails, or -1
     * @param badRow the row on which the mapper throws, or -1
     * @param cancelAfter how many batches are taken before the cancel
     */
    private record Case(
            int rows,
            int size,
            int parallelism,
            int ahead,
            boolean bytes,
            boolean async,
            int failAt,
            int badRow,
            int cancelAfter) {

        static Case draw(Random random) {
            int rows = random.nextInt(300);
            int size = 1 + random.nextInt(random.nextBoolean() ? 5 : 70);
            int batches = (rows + size - 1) / size;
            int failAt = random.nextInt(4) == 0 ? random.nextInt(rows + 1) : -1;
            int badRow = random.nextInt(4) == 0 ? random.nextInt(rows + 1) : -1;
            boolean cancels = failAt < 0 && badRow < 0 && batches > 0 && random.nextInt(3) == 0;
            return new Case(
                    rows,
                    size,
                    1 + random.nextInt(3),
                    1 + random.nextInt(random.nextBoolean() ? 10 : 500),
                    random.nextInt(3) == 0,
                    random.nextBoolean(),
                    failAt,
                    badRow,
                    cancels ? random.nextInt(batches) : Integer.MAX_VALUE);
        }

        Outcome run(int seed) throws InterruptedException {
            Random random = new Random(seed);
            Queue<Integer> read = new ConcurrentLinkedQueue<>();
            Queue<Integer> discarded = new ConcurrentLinkedQueue<>();
            CountDownLatch ended = new CountDownLatch(1);
            Taken taken = new Taken();
            Flux<byte[]> source = Flux.range(0, rows).hide().map(i -> {
                if (i == failAt) {
                    throw new IllegalStateException("row " + i + " cannot be read");
                }
                read.add(i);
                return row(i);
            });
            Flux<byte[]> from = async // not by publishOn, which may lose rows
                    ? source.transform(prefetch(1 + random.nextInt(8), Schedulers.boundedElastic()))
                    : source;
            Function<Flux<byte[]>, Flux<byte[]>> prefetch =
                    bytes ? prefetchBytes(1 + 3L * ahead, ahead, Schedulers.parallel()) : prefetch(ahead);
            from.transform(prefetch)
                    .transform(mapAndBatch(size, parallelism, this::mapped))
                    .doOnDiscard(byte[].class, row -> discarded.add(number(row)))
                    .doOnDiscard(Integer.class, discarded::add)
                    .doFinally(signal -> ended.countDown())
                    .subscribe(taken);
            while (!taken.isOver()) {
                int had = taken.received.size();
                if (had >= cancelAfter) {
                    taken.cancel();
                    break;
                }
                int more = Math.min(1 + random.nextInt(4), cancelAfter - had);
                taken.request(more);
                await().atMost(Patience.PATIENCE)
                        .pollInterval(Duration.ofNanos(20_000))
                        .until(() -> taken.isOver() || taken.received.size() >= had + more);
            }
            assertThat(ended.await(Patience.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
            await().atMost(Patience.PATIENCE).untilAsserted(() -> {
                List<Integer> accounted = new ArrayList<>(
                        taken.received.stream().flatMap(List::stream).toList());
                accounted.addAll(discarded);
                assertThat(accounted).as("%d: %s", seed, this).containsExactlyInAnyOrderElementsOf(read);
            });
            return new Outcome(List.copyOf(taken.received), taken.end());
        }

        private Integer mapped(byte[] row) {
            if (number(row) == badRow) {
                throw new IllegalArgumentException("row " + badRow + " is bad");
            }
            return number(row);
        }

        private static byte[] row(int i) {
            byte[] row = new byte[2 + i % 5];
            row[0] = (byte) (i >> 8);
            row[1] = (byte) i;
            return row;
        }

        private static int number(byte[] row) {
            return (row[0] & 0xff) << 8 | row[1] & 0xff;
        }
    }

    private static final class Taken extends BaseSubscriber<List<Integer>> {

        private final List<List<Integer>> received = new CopyOnWriteArrayList<>();
        private volatile @Nullable String end;

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(List<Integer> batch) {
            received.add(batch);
        }

        @Override
        protected void hookOnComplete() {
            end = "complete";
        }

        @Override
        protected void hookOnError(Throwable t) {
            end = t.toString();
        }

        boolean isOver() {
            return end != null;
        }

        String end() {
            return Objects.requireNonNullElse(end, "cancelled");
        }
    }

    // == what is read ahead ==

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theRowsOfPrefetchAreReadBeforeTheFirstRequest(boolean joined) {
        joined(joined);
        AtomicLong read = new AtomicLong();
        AtomicLong mapped = new AtomicLong();
        ManualSubscriber<List<Integer>> subscriber = new ManualSubscriber<>();
        Flux.range(0, 1000)
                .hide()
                .doOnNext(i -> read.incrementAndGet())
                .transform(prefetch(100))
                .transform(mapAndBatch(8, 1, (Integer i) -> (int) mapped.incrementAndGet()))
                .subscribe(subscriber);
        await().until(() -> read.get() == 100);
        assertThat(mapped).hasValue(0);

        subscriber.request(13);
        await().until(() -> subscriber.received.size() == 13);
        assertThat(subscriber.received.get(12)).hasSize(8);
        subscriber.cancel();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noMoreIsHeldThanBothBoundsTogether(boolean joined) {
        joined(joined);
        AtomicLong read = new AtomicLong();
        ManualSubscriber<List<Integer>> subscriber = new ManualSubscriber<>();
        Flux.range(0, 100_000)
                .hide()
                .doOnNext(i -> read.incrementAndGet())
                .transform(prefetch(1000))
                .transform(mapAndBatch(BatchOptions.of(10, 2).lookAheadRows(500), (Integer i) -> i))
                .subscribe(subscriber);
        subscriber.request(1);
        await().until(() -> subscriber.received.size() == 1 && read.get() >= 1500);
        assertThat(read).hasValueLessThanOrEqualTo(1500 + 10);
        subscriber.cancel();
    }

    @Test
    void rowsOfAnySizeAreReadAheadAsFarAsPrefetchSays() {
        AtomicLong read = new AtomicLong();
        ManualSubscriber<List<Integer>> subscriber = new ManualSubscriber<>();
        Flux.range(0, 1000)
                .hide()
                .map(i -> new byte[1000])
                .doOnNext(i -> read.incrementAndGet())
                .transform(prefetch(100))
                .transform(mapAndBatch(BatchOptions.of(1, 1).lookAheadBytes(10), (byte[] row) -> row.length))
                .subscribe(subscriber);
        subscriber.request(1);
        await().until(() -> subscriber.received.size() == 1 && read.get() >= 100);
        subscriber.cancel();
    }

    // == what users see of it ==

    @Test
    void aPrefetchOnTheDefaultSchedulerIsJoined() {
        assertThat(isJoined(prefetch(10))).isTrue();
        assertThat(isJoined(prefetchBytes(10))).isTrue();
        joined(false);
        assertThat(isJoined(prefetch(10))).isFalse();
    }

    @Test
    void aPrefetchWithASchedulerOfItsOwnOrWithSomethingBetweenIsNot() {
        assertThat(isJoined(prefetch(10, Schedulers.boundedElastic()))).isFalse();
        assertThat(isJoined(rows -> rows.transform(prefetch(10)).map(i -> i))).isFalse();
    }

    @Test
    void underAnAssemblyHookBothStayApart() {
        Hooks.onEachOperator("apart", publisher -> Flux.from(publisher).hide());
        try {
            assertThat(isJoined(prefetch(10))).isFalse();
        } finally {
            Hooks.resetOnEachOperator("apart");
        }
    }

    private static boolean isJoined(Function<Flux<Integer>, Flux<Integer>> prefetch) {
        List<Scannable> upstream = new ArrayList<>();
        Flux.range(0, 20)
                .transform(prefetch)
                .transform(mapAndBatch(8, 1, (Integer i) -> i))
                .doOnSubscribe(s -> Scannable.from(s).parents().forEach(upstream::add))
                .blockLast();
        assertThat(upstream).hasSizeGreaterThan(1);
        return upstream.stream().noneMatch(FluxPrefetch.PrefetchSubscriber.class::isInstance);
    }

    @Test
    void stepsAndMonitorNameBoth() {
        PipelineMonitor monitor = PipelineMonitor.create("train");
        ManualSubscriber<List<Integer>> subscriber = new ManualSubscriber<>();
        List<String> steps = new ArrayList<>();
        Flux.<Integer>never()
                .transform(prefetch(10))
                .transform(mapAndBatch(8, 1, (Integer i) -> i))
                .doOnSubscribe(s -> Scannable.from(s).steps().forEach(steps::add))
                .contextWrite(monitor.watch())
                .subscribe(subscriber);
        subscriber.request(1);
        assertThat(steps).containsSubsequence("prefetch(10)", "mapAndBatch(8, 1)");
        assertThat(monitor.waits()).extracting(Wait::where).containsExactly("prefetch(10), mapAndBatch(8, 1)");
        subscriber.cancel();
    }

    @Test
    void aRangeIsWholeUnderAnyDemand() {
        for (int demand = 1; demand < 9; demand++) {
            int each = demand;
            List<Integer> all = Flux.range(0, 999)
                    .transform(prefetch(20))
                    .transform(mapAndBatch(7, 2, (Integer i) -> i))
                    .limitRate(each)
                    .flatMapIterable(batch -> batch)
                    .collectList()
                    .block();
            assertThat(all).isEqualTo(IntStream.range(0, 999).boxed().toList());
        }
    }
}
