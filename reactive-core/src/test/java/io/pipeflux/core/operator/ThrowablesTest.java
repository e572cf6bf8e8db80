package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

/** What {@link OperatorThrowablesTest} cannot say of all operators alike. */
class ThrowablesTest {

    @Test
    void rowsOfAWakeUpThatIsRefusedWhileItIsCancelledAreDiscarded() {
        List<Object> discarded = new CopyOnWriteArrayList<>();
        TestPublisher<Integer> source = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        Refusing scheduler = new Refusing();
        BaseSubscriber<List<Integer>> subscriber = new BaseSubscriber<>() {
            @Override
            public Context currentContext() {
                return Operators.enableOnDiscard(Context.empty(), discarded::add);
            }
        };
        scheduler.whenAsked = subscriber::cancel;
        source.flux()
                .transform(mapAndBatch(BatchOptions.of(2, 1).scheduler(scheduler), (Integer i) -> i))
                .subscribe(subscriber);
        source.next(1, 2, 3, 4);
        assertThat(discarded).containsExactly(1, 2, 3, 4);
    }

    private static final class Refusing implements Scheduler {

        private Runnable whenAsked = () -> {};

        @Override
        public Disposable schedule(Runnable task) {
            whenAsked.run();
            throw new RejectedExecutionException("refused");
        }

        @Override
        public Worker createWorker() {
            return new Worker() {
                @Override
                public Disposable schedule(Runnable task) {
                    return Refusing.this.schedule(task);
                }

                @Override
                public void dispose() {}
            };
        }
    }

    @Test
    void interleaveAttachesTheErrorThatWaitedAndDropsALateOne() {
        TestPublisher<Integer> first = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        TestPublisher<Integer> second = TestPublisher.create();
        TestPublisher<Integer> third = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        StepVerifier.create(Flux.just(first.flux(), second.flux(), third.flux()).transform(interleave(3, 1)))
                .then(() -> second.error(new IllegalStateException("second")))
                .then(() -> first.error(new IllegalStateException("first")))
                .expectErrorSatisfies(e -> {
                    assertThat(e).hasMessage("first");
                    assertThat(e.getSuppressed())
                            .extracting(Throwable::getMessage)
                            .contains("second");
                    third.error(new IllegalStateException("third")); // after the cancel
                })
                .verifyThenAssertThat()
                .hasDroppedErrorsSatisfying(errors ->
                        assertThat(errors).extracting(Throwable::getMessage).containsExactly("third"));
    }

    /** Two batches fail at the same time: whether the second fails before the first is signalled, or after. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSecondWorkersErrorIsAttachedToTheFirst(boolean afterTheSignal) throws Exception {
        List<Throwable> dropped = new CopyOnWriteArrayList<>();
        CompletableFuture<Throwable> signalled = new CompletableFuture<>();
        CountDownLatch secondBegan = new CountDownLatch(1);
        CountDownLatch secondFails = new CountDownLatch(1);
        BatchOptions options = BatchOptions.of(1, 2).scheduler(Schedulers.boundedElastic()); // the mapper blocks
        Flux.range(0, 2)
                .transform(mapAndBatch(options, (Integer i) -> {
                    if (i == 0) {
                        awaitUninterrupted(afterTheSignal ? secondBegan : secondFails);
                    } else {
                        secondBegan.countDown();
                        if (afterTheSignal) {
                            awaitUninterrupted(secondFails);
                        }
                        secondFails.countDown();
                    }
                    throw new IllegalStateException("batch " + i);
                }))
                .contextWrite(Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) dropped::add))
                .subscribe(batch -> {}, signalled::complete);
        Throwable first = signalled.get();
        assertThat(first).hasMessage("batch 0");
        secondFails.countDown();
        await().untilAsserted(() -> assertThat(first.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("batch 1"));
        assertThat(dropped).isEmpty();
    }

    /** Waits although the worker is interrupted when the stream has failed. */
    private static void awaitUninterrupted(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                // waits on
            }
        }
    }

    @Test
    void anErrorThatTakesNoSuppressedOneLeavesTheOtherToTheHook() {
        TestPublisher<Integer> second = TestPublisher.create();
        TestPublisher<Integer> first = TestPublisher.create();
        StepVerifier.create(Flux.just(first.flux(), second.flux()).transform(interleave(2, 1)))
                .then(() -> second.error(new IllegalStateException("second")))
                .then(() -> first.error(new RuntimeException("first", null, false, false) {}))
                .expectErrorMessage("first")
                .verifyThenAssertThat()
                .hasDroppedErrorsSatisfying(errors ->
                        assertThat(errors).extracting(Throwable::getMessage).containsExactly("second"));
    }

    @Test
    void aMapperThatFailsTwiceIsDroppedOnce() {
        AtomicInteger calls = new AtomicInteger();
        StepVerifier.create(Flux.range(0, 4)
                        .transform(mapAndBatch(BatchOptions.of(2, 1).scheduler(Schedulers.immediate()), (Integer i) -> {
                            throw new IllegalStateException("call " + calls.incrementAndGet());
                        })))
                .expectErrorMessage("call 1")
                .verifyThenAssertThat()
                .hasNotDroppedErrors();
        assertThat(calls).hasValue(1);
    }

    @Test
    void anUpstreamErrorThatComesAfterTheCancelIsDropped() {
        TestPublisher<Integer> source = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        StepVerifier.create(source.flux().transform(prefetch(4, Schedulers.immediate())))
                .then(() -> source.next(1))
                .expectNext(1)
                .thenCancel()
                .verifyThenAssertThat()
                .hasNotDroppedErrors();
        List<Throwable> dropped = new ArrayList<>();
        BaseSubscriber<Integer> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {}

            @Override
            public Context currentContext() {
                return Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) dropped::add);
            }
        };
        source.flux().transform(prefetch(4, Schedulers.immediate())).subscribe(subscriber);
        subscriber.cancel();
        source.error(new IllegalStateException("late"));
        assertThat(dropped).extracting(Throwable::getMessage).containsExactly("late");
    }

    @Test
    void anUpstreamThatHasEndedIsNotCancelled() {
        AtomicInteger cancels = new AtomicInteger();
        Flux<ByteBuffer> bytes =
                Flux.just(ByteBuffer.wrap(ByteFrames.frames("a", "b", "c"))).doOnCancel(cancels::incrementAndGet);
        BaseSubscriber<RawRecord> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnComplete() {
                upstream().cancel(); // as an operator may that cleans up
            }
        };
        bytes.transform(ByteFrames.FORMAT.decode()).subscribe(subscriber);
        StepVerifier.create(bytes.transform(ByteFrames.FORMAT.decode()), 1)
                .expectNextCount(1)
                .thenCancel() // two records are left, but the source has ended
                .verify();
        assertThat(cancels).hasValue(0);
    }

    @Test
    void aLastWindowIsCountedOnce() {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        StepVerifier.create(
                        Flux.range(0, 4)
                                .transform(prefetch(4, Schedulers.immediate()))
                                .contextWrite(monitor.watch()),
                        0)
                .then(() -> assertThat(monitor.queuedElements()).isEqualTo(4))
                .thenRequest(4)
                .expectNextCount(4)
                .verifyComplete();
        assertThat(monitor.queuedElements()).isZero();
    }

    @Test
    void aChunkThatWasNotAskedForIsAnError() {
        List<Object> discarded = new ArrayList<>();
        TestPublisher<ByteBuffer> source = TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
        FrameFormat<RawRecord> format = FrameFormat.of("bytes", () -> in -> {
            if (in.offset() == 0 && in.ensure(1)) {
                source.next(ByteBuffer.allocate(2)); // while this one is decoded
                source.next(ByteBuffer.allocate(3));
            }
            return in.ensure(1) ? in.record(1, 0, 1) : null;
        });
        StepVerifier.create(source.flux().transform(format.decode()).doOnDiscard(ByteBuffer.class, discarded::add))
                .then(() -> source.next(ByteBuffer.allocate(1)))
                .thenConsumeWhile(record -> true)
                .verifyErrorMatches(Exceptions::isOverflow);
        assertThat(discarded).contains(ByteBuffer.allocate(3));
    }

    @Test
    void anElementThatASourceOfAnInterleaveWasNotAskedForIsAnError() {
        TestPublisher<Integer> source = TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
        List<Integer> discarded = new ArrayList<>();
        StepVerifier.create(
                        Flux.just(source.flux()).transform(interleave(1, 8)).doOnDiscard(Integer.class, discarded::add),
                        0)
                .thenRequest(1)
                .then(() -> source.next(0))
                .expectNext(0)
                .then(() -> source.next(1, 2, 3, 4, 5, 6, 7, 8, 9))
                .thenRequest(100)
                .expectNext(1, 2, 3, 4, 5, 6, 7, 8)
                .expectErrorMatches(Exceptions::isOverflow)
                .verify(Duration.ofSeconds(30));
        assertThat(discarded).containsExactly(9);
    }
}
