package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/**
 * What Reactor's own operators do with a fatal error of a user's callback, where they are between ours: they rethrow
 * it. docs/reliability.md says what follows from that; should a release of Reactor change it, that is to be changed,
 * too.
 */
class ReactorsOperatorsTest {

    private final CompletableFuture<Throwable> uncaught = new CompletableFuture<>();
    private final Scheduler scheduler = Schedulers.newSingle(task -> {
        Thread thread = new Thread(task, "reactors-operators");
        thread.setUncaughtExceptionHandler((t, e) -> uncaught.complete(e));
        return thread;
    });

    @AfterEach
    void dispose() {
        scheduler.dispose();
    }

    static Stream<Function<Flux<Integer>, Flux<Integer>>> callbacks() {
        return Stream.of(
                source -> source.map(ReactorsOperatorsTest::missing),
                source -> source.filter(i -> missing(i) > 0),
                source -> source.doOnNext(ReactorsOperatorsTest::missing),
                source -> source.handle((i, sink) -> sink.next(missing(i))),
                source -> source.flatMap(i -> Mono.just(missing(i))),
                source -> source.concatMap(i -> Mono.just(missing(i))),
                source -> source.concatMap(i -> Mono.just(missing(i)), 0));
    }

    /** As a class that was compiled against another version of a library. */
    private static int missing(int i) {
        throw new NoClassDefFoundError("number " + i);
    }

    @ParameterizedTest
    @MethodSource("callbacks")
    void rethrowIt(Function<Flux<Integer>, Flux<Integer>> callback) {
        TestPublisher<Integer> source = TestPublisher.create();
        Ends ends = new Ends();
        source.flux().transform(callback).subscribe(ends);
        assertThatThrownBy(() -> source.next(1)).isInstanceOf(NoClassDefFoundError.class);
        assertThat(ends.error).isNull();
    }

    @ParameterizedTest
    @MethodSource("callbacks")
    void anOperatorOfOursAboveThemReportsIt(Function<Flux<Integer>, Flux<Integer>> callback) {
        TestPublisher<Integer> source = TestPublisher.create();
        StepVerifier.create(source.flux().transform(shuffle(1, 42)).transform(callback))
                .then(() -> source.next(1))
                .verifyError(NoClassDefFoundError.class);
        source.assertCancelled();
    }

    @Test
    void publishOnLeavesItToItsThreadAndHangs() throws Exception {
        TestPublisher<Integer> source = TestPublisher.create();
        Ends ends = new Ends();
        source.flux().publishOn(scheduler).map(ReactorsOperatorsTest::missing).subscribe(ends);
        source.next(1);
        assertThat(uncaught.get(30, TimeUnit.SECONDS)).isInstanceOf(NoClassDefFoundError.class);
        source.next(2).error(new IllegalStateException("source"));
        CountDownLatch idle = new CountDownLatch(1);
        scheduler.schedule(idle::countDown);
        assertThat(idle.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ends.error).isNull();
    }

    @Test
    void prefetchInItsPlaceReportsIt() {
        TestPublisher<Integer> source = TestPublisher.create();
        StepVerifier.create(source.flux().transform(prefetch(1, scheduler)).map(ReactorsOperatorsTest::missing))
                .then(() -> source.next(1))
                .verifyError(NoClassDefFoundError.class);
        source.assertCancelled();
    }

    @Test
    void anotherExceptionInItsPlaceIsReportedByAll() {
        TestPublisher<Integer> source = TestPublisher.create();
        StepVerifier.create(source.flux().publishOn(scheduler).map(i -> {
                    try {
                        return missing(i);
                    } catch (LinkageError e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .then(() -> source.next(1))
                .verifyError(IllegalStateException.class);
    }

    private static final class Ends extends BaseSubscriber<Integer> {
        private volatile Throwable error;

        @Override
        protected void hookOnError(Throwable t) {
            error = t;
        }
    }
}
