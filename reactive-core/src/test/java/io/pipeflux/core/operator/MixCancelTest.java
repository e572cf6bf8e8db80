package io.pipeflux.core.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;

/** A cancel of a mix cancels all of its sources before it returns, whatever another thread does. */
class MixCancelTest {

    static Stream<Function<Flux<Flux<Integer>>, Flux<?>>> mixes() {
        return Stream.of(
                sources -> sources.transform(PipeOperators.interleave(2, 1)),
                sources -> sources.transform(PipeOperators.sample(WhenOneEnds.CONTINUE, 1, 1, 1)),
                sources -> sources.transform(PipeOperators.zip(WhenOneEnds.STOP)));
    }

    @ParameterizedTest
    @MethodSource("mixes")
    void evenIfAnotherThreadIsEmitting(Function<Flux<Flux<Integer>>, Flux<?>> mix) throws Exception {
        TestPublisher<Integer> one = TestPublisher.create();
        TestPublisher<Integer> other = TestPublisher.create();
        CountDownLatch emitting = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        BaseSubscriber<Object> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription s) {
                s.request(1);
            }

            @Override
            protected void hookOnNext(Object element) {
                emitting.countDown();
                try {
                    cancelled.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        mix.apply(Flux.fromIterable(List.of(one.flux(), other.flux()))).subscribe(subscriber);
        Thread emitter = new Thread(() -> {
            one.next(1);
            other.next(1);
        });
        emitter.start();
        emitting.await();
        subscriber.cancel();
        try {
            assertThat(one.wasCancelled()).isTrue();
            assertThat(other.wasCancelled()).isTrue();
        } finally {
            cancelled.countDown();
            emitter.join();
        }
    }

    /** A source that has ended does not need to be cancelled, so its subscription must not stay in memory. */
    @ParameterizedTest
    @MethodSource("mixesThatContinue")
    void aSourceThatHasEndedIsForgotten(Function<Flux<Flux<Integer>>, Flux<?>> mix) {
        AtomicReference<@Nullable WeakReference<Subscription>> ended = new AtomicReference<>();
        Flux<Integer> ending = Flux.from(subscriber -> {
            Subscription subscription = new Subscription() {
                @Override
                public void request(long n) {
                    subscriber.onComplete();
                }

                @Override
                public void cancel() {}
            };
            ended.set(new WeakReference<>(subscription));
            subscriber.onSubscribe(subscription);
        });
        TestPublisher<Integer> other = TestPublisher.create();
        Disposable running =
                mix.apply(Flux.fromIterable(List.of(ending, other.flux()))).subscribe();
        other.next(1);
        await().until(() -> {
            System.gc();
            return Objects.requireNonNull(ended.get()).get() == null;
        });
        other.assertNotCancelled();
        running.dispose();
    }

    static Stream<Function<Flux<Flux<Integer>>, Flux<?>>> mixesThatContinue() {
        return mixes().limit(2);
    }
}
