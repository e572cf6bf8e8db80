package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

class FluxConcatTest {

    private static <T, R> Flux<R> concat(Flux<T> elements, FluxConcat.Sources<T, R> sources) {
        return new FluxConcat<>(elements, sources, "concat");
    }

    @Test
    void oneSourceAfterTheOther() {
        StepVerifier.create(concat(Flux.range(1, 3), n -> Flux.range(0, n).map(i -> 10 * n + i)))
                .expectNext(10, 20, 21, 30, 31, 32)
                .verifyComplete();
    }

    @Test
    void aMillionEmptySourcesNeedNoStack() {
        StepVerifier.create(concat(Flux.range(0, 1_000_000), n -> Flux.<Integer>empty()))
                .verifyComplete();
    }

    @Test
    void demandGoesFromSourceToSource() {
        List<Long> demands = new ArrayList<>();
        StepVerifier.create(
                        concat(Flux.range(0, 3), n -> Flux.range(0, 3).hide().doOnRequest(demands::add)), 2)
                .expectNext(0, 1)
                .thenRequest(2)
                .expectNext(2, 0)
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(5)
                .verifyComplete();
        assertThat(demands).containsExactly(2L, 2L, 1L, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void theNextElementIsRequestedWhenTheSourceHasEnded() {
        TestPublisher<Integer> elements = TestPublisher.create();
        TestPublisher<Integer> source = TestPublisher.create();
        StepVerifier.create(concat(elements.flux(), n -> source.flux()), 0)
                .then(() -> elements.assertMinRequested(0))
                .thenRequest(5)
                .then(() -> elements.next(1))
                .then(() -> source.next(7))
                .expectNext(7)
                .then(source::complete)
                .then(() -> elements.assertMinRequested(1))
                .then(elements::complete)
                .verifyComplete();
    }

    @Test
    void anErrorOfTheElementsComesAfterWhatTheLastSourceEmits() {
        TestPublisher<Integer> source = TestPublisher.create();
        StepVerifier.create(concat(Flux.just(1).concatWith(Mono.error(new IllegalStateException("list"))), n -> source))
                .then(() -> source.next(1, 2).complete())
                .expectNext(1, 2)
                .verifyErrorMessage("list");
    }

    @Test
    void anErrorOfASourceEndsAllAndCancelsTheElements() {
        TestPublisher<Integer> elements = TestPublisher.create();
        StepVerifier.create(concat(elements.flux(), n -> Flux.error(new IllegalStateException("source"))))
                .then(() -> elements.next(1))
                .verifyErrorMessage("source");
        elements.assertCancelled();
    }

    @Test
    void aMapperThatThrowsAndASubscriptionThatThrowsAreErrors() {
        List<Object> discarded = new ArrayList<>();
        Flux<Integer> throwsAtSubscription = new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Integer> actual) {
                throw new StackOverflowError("subscribe");
            }
        };
        StepVerifier.create(concat(Flux.just(1), n -> throwsAtSubscription).doOnDiscard(Integer.class, discarded::add))
                .verifyErrorMessage("subscribe");
        StepVerifier.create(FluxConcatTest.<Integer, Integer>concat(Flux.just(2), n -> {
                            throw new OutOfMemoryError("map");
                        })
                        .doOnDiscard(Integer.class, discarded::add))
                .verifyErrorMessage("map");
        assertThat(discarded).containsExactly(2); // a source has what it was made of
    }

    @Test
    void aSubscriberThatThrowsGetsAnErrorAndTheSourceIsCancelled() {
        TestPublisher<Integer> source = TestPublisher.create();
        List<Throwable> errors = new ArrayList<>();
        concat(Flux.just(1), n -> source).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Integer value) {
                throw new IllegalStateException("mine");
            }

            @Override
            protected void hookOnError(Throwable t) {
                errors.add(t);
            }
        });
        source.next(1);
        source.assertCancelled();
        assertThat(errors).hasSize(1);
    }

    @Test
    void aSubscriberThatThrowsGetsNothingMoreOfASourceThatEmitsInItsRequest() {
        List<String> signals = new ArrayList<>();
        concat(Flux.range(0, 2), n -> Flux.range(0, 1000)).subscribe(new CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                s.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(Integer n) {
                signals.add("next " + n);
                throw new IllegalStateException("mine");
            }

            @Override
            public void onError(Throwable t) {
                signals.add(t.getMessage());
            }

            @Override
            public void onComplete() {
                signals.add("complete");
            }
        });
        assertThat(signals).containsExactly("next 0", "mine");
    }

    @Test
    void cancellingCancelsTheSourceAndTheElements() {
        TestPublisher<Integer> elements = TestPublisher.create();
        TestPublisher<Integer> source = TestPublisher.create();
        StepVerifier.create(concat(elements.flux(), n -> source.flux()))
                .then(() -> elements.next(1))
                .thenCancel()
                .verify();
        source.assertCancelled();
        elements.assertCancelled();
    }

    @Test
    void eachSourceHasItsContextAndIsReported() {
        AtomicInteger emitted = new AtomicInteger();
        Flux<String> keys = concat(Flux.range(0, 3), new FluxConcat.Sources<Integer, String>() {
            @Override
            public Flux<String> of(Integer n) {
                return Flux.deferContextual(context -> Flux.just(context.get("key"), "x"));
            }

            @Override
            public Context in(Integer n, Context context) {
                return context.put("key", context.get("base") + "-" + n);
            }

            @Override
            public void completed(Integer n, long count) {
                emitted.addAndGet((int) count);
            }
        });
        StepVerifier.create(keys.contextWrite(Context.of("base", "k")))
                .expectNext("k-0", "x", "k-1", "x", "k-2", "x")
                .verifyComplete();
        assertThat(emitted).hasValue(6);
    }

    @Test
    void sourcesOnManyThreadsLoseNothing() {
        for (int round = 0; round < 200; round++) {
            List<Integer> all = concat(
                            Flux.range(0, 20).publishOn(Schedulers.parallel(), 1),
                            n -> Flux.range(20 * n, 20).publishOn(Schedulers.parallel(), 3))
                    .limitRate(7)
                    .publishOn(Schedulers.single(), 5)
                    .collectList()
                    .block();
            assertThat(all).isEqualTo(Flux.range(0, 400).collectList().block());
        }
    }

    @Test
    void runsGoThroughUnlessAnOperatorStandsBetween() {
        assertThat(runs(source -> source)).isTrue();
        assertThat(runs(source -> source.doOnNext(n -> {}))).isFalse();
    }

    private static boolean runs(Function<Flux<Integer>, Flux<Integer>> between) {
        List<Boolean> run = new ArrayList<>();
        Flux<Integer> asks = new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Integer> actual) {
                run.add(RunSubscriber.of(actual) != null);
                Flux.just(1).subscribe(actual);
            }
        };
        concat(Flux.just(1), n -> between.apply(asks)).blockLast();
        return run.get(0);
    }
}
