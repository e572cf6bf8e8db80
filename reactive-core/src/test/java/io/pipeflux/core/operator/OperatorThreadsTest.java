package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.operator.PipeOperators.zip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The threads on which operators call the subscriber and the mapper, as the Javadoc of {@link PipeOperators} says. */
class OperatorThreadsTest {

    private static final int ROWS = 1000;

    /** As the event loop of an HTTP client: its threads must not block, and no user's code should hold them. */
    private final Scheduler eventLoop = Schedulers.newSingle("event-loop", true);

    private final Scheduler requester = Schedulers.newSingle("requester", true);

    @AfterEach
    void dispose() {
        eventLoop.dispose();
        requester.dispose();
    }

    private Flux<Integer> fromTheEventLoop() {
        return Flux.range(0, ROWS).hide().subscribeOn(eventLoop);
    }

    /** Returns on which threads elements arrive, without the numbers in their names. */
    private static Set<String> threads(Flux<?> elements) {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        elements.doOnNext(element -> threads.add(here())).blockLast();
        return threads;
    }

    private static String here() {
        return Thread.currentThread().getName().replaceAll("-\\d+$", "");
    }

    // == mappers ==

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void noMapperIsCalledOnAnEventLoop(int parallelism) {
        Set<String> mappers = ConcurrentHashMap.newKeySet();
        Flux<List<Integer>> batches = fromTheEventLoop().transform(mapAndBatch(3, parallelism, (Integer row) -> {
            mappers.add(here());
            return row;
        }));
        batches.publishOn(eventLoop, 2).blockLast(); // which requests on the event loop, too
        batches.blockLast();
        batches.limitRate(1).blockLast();
        assertThat(mappers).isNotEmpty().doesNotContain("event-loop");
    }

    @Test
    void withParallelismZeroTheMapperIsCalledOnTheThreadThatBringsTheRows() {
        Set<String> mappers = ConcurrentHashMap.newKeySet();
        Flux<List<Integer>> batches = fromTheEventLoop().transform(mapAndBatch(3, 0, (Integer row) -> {
            assertThat(Thread.currentThread()).isInstanceOf(NonBlocking.class);
            mappers.add(here());
            return row;
        }));
        assertThat(threads(batches)).containsExactly("event-loop");
        assertThat(threads(batches.publishOn(requester, 2))).containsExactly("requester");
        assertThat(mappers).containsExactly("event-loop");
    }

    // == onNext ==

    @Test
    void batchesOfWorkersAreEmittedByThemOrOnTheThreadThatRequestsOrThatBringsTheEnd() {
        Flux<List<Integer>> batches = fromTheEventLoop().transform(mapAndBatch(3, 2, (Integer row) -> row));
        assertThat(threads(batches)).isNotEmpty().isSubsetOf("parallel", "event-loop", here());
    }

    /** A batch that is made before it is requested needs no other thread. */
    @Test
    void aBatchThatIsReadyIsEmittedOnTheThreadThatRequests() {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        ManualSubscriber<List<Integer>> subscriber = new ManualSubscriber<>();
        Flux.range(0, 1_000_000)
                .hide()
                .transform(mapAndBatch(3, 2, (Integer row) -> row))
                .doOnNext(batch -> threads.add(here()))
                .subscribe(subscriber);
        await().until(() -> {
            requester.schedule(() -> subscriber.request(1));
            return threads.contains("requester");
        });
        subscriber.cancel();
    }

    @Test
    void prefetchEmitsOnItsSchedulerOnly() {
        assertThat(threads(fromTheEventLoop().transform(prefetch(7)))).containsExactly("parallel");
        assertThat(threads(fromTheEventLoop().transform(prefetch(7, requester))))
                .containsExactly("requester");
    }

    @Test
    void prefetchEndsOnItsScheduler() {
        Set<String> ends = ConcurrentHashMap.newKeySet();
        for (Flux<Integer> source :
                List.of(fromTheEventLoop(), fromTheEventLoop().concatWith(Flux.error(new IllegalStateException())))) {
            source.transform(prefetch(7, requester))
                    .doOnTerminate(() -> ends.add(here()))
                    .onErrorComplete()
                    .blockLast();
        }
        assertThat(ends).containsExactly("requester");
    }

    @Test
    void operatorsWithoutAQueueEmitOnTheSourcesThread() {
        List<Function<Flux<Integer>, Flux<Integer>>> operators =
                List.of(rows -> rows.transform(repeat(3)), rows -> rows.transform(shard(2, 1)));
        for (Function<Flux<Integer>, Flux<Integer>> operator : operators) {
            assertThat(threads(fromTheEventLoop().transform(operator))).containsExactly("event-loop");
            assertThat(threads(fromTheEventLoop().transform(operator).limitRate(1)))
                    .containsExactly("event-loop");
        }
    }

    @Test
    void shuffleAndMixesEmitOnTheThreadThatBringsOrRequests() {
        List<Function<Flux<Integer>, Flux<Integer>>> operators = List.of(
                rows -> rows.transform(shuffle(16, 7)),
                rows -> Flux.just(rows, rows).transform(interleave(2, 4)),
                rows -> Flux.just(rows, rows).transform(sample(WhenOneEnds.CONTINUE, 1, 1, 2)),
                rows -> Flux.just(rows, rows).transform(zip(WhenOneEnds.FAIL)).map(row -> row.get(0)));
        for (Function<Flux<Integer>, Flux<Integer>> operator : operators) {
            Flux<Integer> shuffled = fromTheEventLoop().transform(operator);
            assertThat(threads(shuffled)).isNotEmpty().isSubsetOf("event-loop", here());
            Set<String> threads = ConcurrentHashMap.newKeySet();
            shuffled.doOnNext(row -> threads.add(here()))
                    .publishOn(requester, 4)
                    .blockLast();
            assertThat(threads).isNotEmpty().isSubsetOf("event-loop", "requester", here());
        }
    }
}
