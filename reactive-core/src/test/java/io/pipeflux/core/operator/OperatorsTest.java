package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.prefetchBytes;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.operator.PipeOperators.zip;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What all operators have in common. */
class OperatorsTest {

    private static final int ROUNDS = Integer.getInteger("pipeflux.rounds", 50);
    private static final int ELEMENTS = 10_000;

    record Operator(String name, Function<Flux<Integer>, Flux<?>> transform) {
        @Override
        public String toString() {
            return name;
        }

        Flux<?> over(Flux<Integer> source) {
            return transform.apply(source);
        }
    }

    static Stream<Operator> operators() {
        return Stream.of(
                new Operator("repeat(2)", f -> f.transform(repeat(2))),
                new Operator("repeat()", f -> f.transform(repeat())),
                new Operator("prefetch(16)", f -> f.transform(prefetch(16))),
                new Operator(
                        "prefetchBytes(1000, 100)", f -> f.transform(prefetchBytes(1000, 100, Schedulers.parallel()))),
                new Operator("shuffle(16, 7)", f -> f.transform(shuffle(16, 7))),
                new Operator("interleave(3, 4)", f -> Flux.just(f, f, f, f).transform(interleave(3, 4))),
                new Operator(
                        "sample(STOP, 1, [1.0, 2.0])",
                        f -> Flux.just(f, f).transform(sample(WhenOneEnds.STOP, 1, 1, 2))),
                new Operator("zip(FAIL)", f -> Flux.just(f, f).transform(zip(WhenOneEnds.FAIL))),
                new Operator("shard(3, 1)", f -> f.transform(shard(3, 1))),
                new Operator("mapAndBatch(4, 0)", f -> f.transform(mapAndBatch(4, 0, (Integer i) -> i))),
                new Operator("mapAndBatch(4, 1)", f -> f.transform(mapAndBatch(4, 1, (Integer i) -> i))),
                new Operator("mapAndBatch(4, 2)", f -> f.transform(mapAndBatch(4, 2, (Integer i) -> i))));
    }

    @ParameterizedTest
    @MethodSource("operators")
    void passesTheContextOn(Operator operator) {
        AtomicReference<String> seen = new AtomicReference<>();
        Flux<Integer> source = Flux.deferContextual(context -> {
            seen.set(context.getOrDefault("key", "nothing"));
            return Flux.range(0, 20);
        });
        operator.over(source)
                .contextWrite(context -> context.put("key", "value"))
                .take(3)
                .blockLast();
        assertThat(seen).hasValue("value");
    }

    @ParameterizedTest
    @MethodSource("operators")
    void isShownByItsName(Operator operator) {
        Flux<?> flux = operator.over(Flux.range(0, 20));
        assertThat(Scannable.from(flux).stepName()).isEqualTo(operator.name());
        assertThat(Scannable.from(flux.map(i -> i)).steps()).contains(operator.name());
    }

    @ParameterizedTest
    @MethodSource("operators")
    void keepsStateOfASubscriptionInTheSubscription(Operator operator) {
        Flux<?> flux = operator.over(Flux.range(0, 100)).take(20);
        assertThat(flux.collectList().block()).isEqualTo(flux.collectList().block());
    }

    @ParameterizedTest
    @MethodSource("operators")
    void isSeenByHooksAndCheckpoints(Operator operator) {
        Hooks.onOperatorDebug();
        try {
            operator.over(Flux.error(new IllegalStateException("failed")))
                    .checkpoint("behind the operator")
                    .as(StepVerifier::create)
                    .thenRequest(1)
                    .verifyErrorSatisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(trace -> assertThat(trace)
                                    .hasMessageContaining("behind the operator")
                                    .hasMessageContaining("io.pipeflux.core.")));
        } finally {
            Hooks.resetOnOperatorDebug();
        }
    }

    /** Each element comes out, or is discarded, or never left the source: and only once. */
    @ParameterizedTest
    @MethodSource("operators")
    void aCancelAtAnyMomentLosesNothingAndGivesNothingTwice(Operator operator) {
        for (int round = 0; round < ROUNDS; round++) {
            Account account = new Account();
            CountDownLatch begun = new CountDownLatch(1);
            AtomicInteger next = new AtomicInteger();
            Flux<Integer> source = Flux.defer(() -> Flux.range(0, ELEMENTS))
                    .map(i -> account.given(next.getAndIncrement()))
                    .doOnNext(i -> begun.countDown())
                    .subscribeOn(Schedulers.boundedElastic());
            ManualSubscriber<Object> subscriber = new ManualSubscriber<>();
            operator.over(source).doOnDiscard(Integer.class, account::taken).subscribe(subscriber);
            subscriber.request(round % 2 == 0 ? Long.MAX_VALUE : 50);
            await(begun);
            LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(200_000));
            subscriber.cancel();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(1))
                    .untilAsserted(() -> account.balances(subscriber.received));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Which elements have left the source, and which have been discarded. */
    private static final class Account {

        private final BitSet given = new BitSet();
        private final BitSet discarded = new BitSet();
        private int twice;

        synchronized Integer given(int element) {
            given.set(element);
            return element;
        }

        synchronized void taken(Integer element) {
            if (discarded.get(element)) {
                twice++;
            }
            discarded.set(element);
        }

        synchronized void balances(List<Object> received) {
            BitSet all = (BitSet) discarded.clone();
            int came = 0;
            synchronized (received) {
                for (Object each : received) {
                    for (Object element : each instanceof List<?> batch ? batch : List.of(each)) {
                        came++;
                        all.set((Integer) element);
                    }
                }
            }
            assertThat(twice).isZero();
            assertThat(came + discarded.cardinality()).isEqualTo(all.cardinality());
            assertThat(all).isEqualTo(given);
        }
    }
}
