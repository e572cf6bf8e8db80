package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.WhenOneEnds.CONTINUE;
import static io.pipeflux.core.operator.WhenOneEnds.STOP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class SampleTest {

    private static final Flux<Integer> SMALL = Flux.range(0, 10);
    private static final Flux<Integer> LARGE = Flux.range(100, 40);

    /** Stored points rely on this order: it never changes, and is the same on any machine. */
    @Test
    void theOrderOfASeedNeverChanges() {
        assertThat(list(Flux.just(SMALL, LARGE).transform(sample(STOP, 42, 0.25, 0.75))))
                .isEqualTo(drawn(42, 0, 0.25, SMALL, LARGE));
        assertThat(list(Flux.just(SMALL, LARGE).transform(sample(STOP, 42, 0.25, 0.75))))
                .startsWith(100, 101);
    }

    /** What the Javadoc of WeightedDraw says, for two sources, until the first has ended. */
    private static List<Integer> drawn(
            long seed, long epoch, double weight, Flux<Integer> first, Flux<Integer> second) {
        List<List<Integer>> sources = List.of(list(first), list(second));
        int[] next = new int[2];
        List<Integer> out = new ArrayList<>();
        for (long n = 0; ; n++) {
            long x = mix(mix(mix(mix(seed) ^ epoch) ^ n) ^ ~0L);
            int from = (x >>> 11) * 0x1p-53 < weight ? 0 : 1;
            if (next[from] == sources.get(from).size()) {
                return out;
            }
            out.add(sources.get(from).get(next[from]++));
        }
    }

    private static long mix(long of) {
        long z = of + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    @Test
    void theShareOfEachSourceIsItsWeight() {
        List<Integer> of = list(Flux.just(1, 2, 3)
                .map(i -> Flux.just(i).repeat())
                .transform(sample(STOP, 7, 1, 2, 5))
                .take(80_000));
        assertThat(of.stream().filter(i -> i == 1).count()).isCloseTo(10_000, within(500L));
        assertThat(of.stream().filter(i -> i == 2).count()).isCloseTo(20_000, within(500L));
    }

    @Test
    void continuesWithTheOthersUntilAllHaveEnded() {
        List<Integer> all =
                list(Flux.just(SMALL, LARGE, Flux.<Integer>empty()).transform(sample(CONTINUE, 1, 5, 1, 1)));
        assertThat(all).hasSize(50);
        assertThat(all.stream().filter(i -> i < 100)).isSorted().hasSize(10);
        assertThat(all.stream().filter(i -> i >= 100)).isSorted().hasSize(40);
        assertThat(list(Flux.<Flux<Integer>>just(Flux.empty()).transform(sample(CONTINUE, 1, 5))))
                .isEmpty();
    }

    @Test
    void stopsWhenASourceThatHasEndedIsDrawn() {
        AtomicInteger cancelled = new AtomicInteger();
        Flux<Integer> endless = Flux.just(-1).repeat().doOnCancel(cancelled::incrementAndGet);
        List<Integer> all = list(Flux.just(SMALL, endless).transform(sample(STOP, 1, 1, 1)));
        assertThat(all.stream().filter(i -> i >= 0)).hasSize(10);
        assertThat(cancelled).hasValue(1);
    }

    @Test
    void theOrderIsTheSameWhateverTheTimingAndAnotherInEachEpoch() {
        Flux<Flux<Integer>> sources = Flux.just(SMALL, LARGE);
        Flux<Flux<Integer>> slow = sources.map(source -> source.publishOn(Schedulers.parallel(), 1));
        List<Integer> epochs = list(sources.transform(sample(CONTINUE, 3, 1, 2)).transform(repeat(2)));
        assertThat(list(slow.transform(sample(CONTINUE, 3, 1, 2)).transform(repeat(2))))
                .isEqualTo(epochs);
        assertThat(epochs.subList(0, 50))
                .isNotEqualTo(epochs.subList(50, 100))
                .containsExactlyInAnyOrderElementsOf(epochs.subList(50, 100));
        assertThat(list(sources.transform(sample(CONTINUE, 4, 1, 2)))).isNotEqualTo(epochs.subList(0, 50));
    }

    @Test
    void readsEightElementsOfEachSourceAhead() {
        AtomicInteger subscribed = new AtomicInteger();
        AtomicLong read = new AtomicLong();
        Flux<Flux<Integer>> sources = Flux.range(0, 3)
                .map(i -> Flux.range(0, 1000)
                        .doOnSubscribe(s -> subscribed.incrementAndGet())
                        .doOnNext(n -> read.incrementAndGet()));
        StepVerifier.create(sources.transform(sample(STOP, 1, 1, 1, 1)), 0)
                .then(() -> assertThat(subscribed).hasValue(0))
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(subscribed).hasValue(3))
                .then(() -> assertThat(read).hasValue(24))
                .thenRequest(99)
                .expectNextCount(99)
                .then(() -> assertThat(read.get()).isBetween(100L, 124L))
                .thenCancel()
                .verify();
    }

    @Test
    void anErrorComesWhenItsSourceIsDrawn() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        Flux<Integer> failing = Flux.just(3).concatWith(Flux.error(new IllegalStateException("source")));
        List<Integer> received = new ArrayList<>();
        Flux.just(failing, LARGE)
                .transform(sample(CONTINUE, 9, 1, 1))
                .doOnDiscard(Integer.class, discarded::add)
                .doOnNext(received::add)
                .ignoreElements()
                .as(StepVerifier::create)
                .verifyErrorMessage("source");
        List<Integer> order = drawn(9, 0, 0.5, Flux.just(3), LARGE);
        assertThat(received).isEqualTo(order);
        assertThat(discarded).doesNotContainAnyElementsOf(order).allMatch(of -> (int) of >= 100);
    }

    @Test
    void cancellingCancelsAllSourcesAndDiscardsWhatWaits() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        AtomicInteger cancelled = new AtomicInteger();
        ManualSubscriber<Integer> subscriber = new ManualSubscriber<>();
        Flux.range(0, 3)
                .map(i -> Flux.range(10 * i, 4).concatWith(Flux.never()).doOnCancel(cancelled::incrementAndGet))
                .transform(sample(CONTINUE, 1, 1, 1, 1))
                .doOnDiscard(Integer.class, discarded::add)
                .subscribe(subscriber);
        subscriber.request(2);
        subscriber.cancel();
        assertThat(subscriber.received).hasSize(2);
        assertThat(cancelled).hasValue(3);
        assertThat(discarded).hasSize(10).doesNotContainAnyElementsOf(subscriber.received);
    }

    @Test
    void anotherNumberOfSourcesThanWeightsIsRefused() {
        for (double[] weights : List.of(new double[] {1}, new double[] {1, 2, 3})) {
            AtomicInteger subscribed = new AtomicInteger();
            Flux.just(SMALL, LARGE)
                    .map(source -> source.doOnSubscribe(s -> subscribed.incrementAndGet()))
                    .transform(sample(STOP, 1, weights))
                    .as(StepVerifier::create)
                    .verifyError(IllegalArgumentException.class);
            assertThat(subscribed).hasValue(0);
        }
    }

    @Test
    void anErrorInsteadOfTheSourcesEndsIt() {
        TestPublisher<Flux<Integer>> sources = TestPublisher.create();
        StepVerifier.create(sources.flux().transform(sample(STOP, 1, 1, 1)))
                .then(() -> sources.next(SMALL))
                .then(() -> sources.error(new IllegalStateException("sources")))
                .verifyErrorMessage("sources");
    }

    @Test
    void refusesWrongArgumentsWithTheValueFound() {
        assertThatThrownBy(() -> sample(STOP, 1)).isInstanceOf(IllegalArgumentException.class);
        for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> sample(STOP, 1, 1, wrong))
                    .hasMessage("expected weights > 0 and finite, but got " + wrong);
        }
        assertThatThrownBy(() -> sample(STOP, 1, Double.MAX_VALUE, Double.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> sample(WhenOneEnds.FAIL, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static <T> List<T> list(Flux<T> of) {
        return of.collectList().block();
    }
}
