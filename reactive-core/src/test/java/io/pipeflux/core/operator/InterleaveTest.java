package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class InterleaveTest {

    @Test
    void takesBlocksInTurnAndRefillsASlotWhenTheTurnComesToIt() {
        Flux.just(Flux.just(1, 2, 3), Flux.just(4, 5, 6, 7), Flux.just(8, 9))
                .transform(interleave(2, 2))
                .as(StepVerifier::create)
                .expectNext(1, 2, 4, 5, 3, 6, 7, 8, 9)
                .verifyComplete();
    }

    /** tf.data's own example: range(1, 6), six times each, cycle 2, block 4. */
    @Test
    void givesTheOrderOfTensorFlowsExample() {
        assertThat(Flux.range(1, 5)
                        .map(i -> Flux.just(i).repeat(5))
                        .transform(interleave(2, 4))
                        .collectList()
                        .block())
                .containsExactly(
                        1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5);
    }

    @Test
    void givesTheOrderOfTensorFlowsLoopWhateverTheTiming() {
        Random random = new Random(5);
        for (int round = 0; round < 100; round++) {
            int cycle = 1 + random.nextInt(5);
            int block = 1 + random.nextInt(5);
            List<List<Integer>> sources = new ArrayList<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                sources.add(random.ints(random.nextInt(12), 0, 1000).boxed().toList());
            }
            boolean async = round % 2 == 1;
            List<Integer> order = Flux.fromIterable(sources)
                    .map(source -> async
                            ? Flux.fromIterable(source).publishOn(Schedulers.parallel())
                            : Flux.fromIterable(source))
                    .transform(interleave(cycle, block))
                    .collectList()
                    .block();
            assertThat(order).isEqualTo(tensorFlows(sources, cycle, block));
        }
    }

    /** The loop of interleave_dataset_op.cc. */
    private static List<Integer> tensorFlows(List<List<Integer>> sources, int cycle, int block) {
        List<Integer> out = new ArrayList<>();
        Iterator<List<Integer>> input = sources.iterator();
        List<Iterator<Integer>> current = new ArrayList<>();
        for (int i = 0; i < cycle; i++) {
            current.add(null);
        }
        int at = 0;
        int inBlock = 0;
        int open = 0;
        while (input.hasNext() || open > 0) {
            Iterator<Integer> from = current.get(at);
            if (from != null) {
                if (from.hasNext()) {
                    out.add(from.next());
                    if (++inBlock == block) {
                        inBlock = 0;
                        at = (at + 1) % cycle;
                    }
                    continue;
                }
                current.set(at, null);
                open--;
                inBlock = 0;
                at = (at + 1) % cycle;
            } else if (input.hasNext()) {
                current.set(at, input.next().iterator());
                open++;
            } else {
                inBlock = 0;
                at = (at + 1) % cycle;
            }
        }
        return out;
    }

    @Test
    void readsABlockOfEachSourceOfTheCycleAhead() {
        AtomicInteger subscribed = new AtomicInteger();
        AtomicLong read = new AtomicLong();
        Flux<Flux<Integer>> sources = Flux.range(0, 10)
                .map(i -> Flux.range(0, 100)
                        .doOnSubscribe(s -> subscribed.incrementAndGet())
                        .doOnNext(n -> read.incrementAndGet()));
        StepVerifier.create(sources.transform(interleave(3, 5)), 0)
                .then(() -> assertThat(subscribed).hasValue(0))
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(subscribed).hasValue(3))
                .then(() -> assertThat(read).hasValue(15))
                .thenRequest(4)
                .expectNextCount(4)
                .then(() -> assertThat(read).hasValue(20))
                .thenCancel()
                .verify();
    }

    @Test
    void anErrorComesWhenTheTurnComesToIt() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        Flux<Integer> failing = Flux.just(3).concatWith(Flux.error(new IllegalStateException("source")));
        Flux.just(Flux.just(1, 2, 7, 8), failing)
                .transform(interleave(2, 2))
                .doOnDiscard(Integer.class, discarded::add)
                .as(StepVerifier::create)
                .expectNext(1, 2, 3)
                .verifyErrorMessage("source");
        assertThat(discarded).containsExactly(7, 8);
        Flux.just(Flux.just(1, 2, 3))
                .concatWith(Flux.error(new IllegalStateException("sources")))
                .transform(interleave(2, 2))
                .as(StepVerifier::create)
                .expectNext(1, 2)
                .verifyErrorMessage("sources");
    }

    @Test
    void cancellingCancelsAllSourcesAndDiscardsWhatWaits() {
        ConcurrentLinkedQueue<Object> discarded = new ConcurrentLinkedQueue<>();
        AtomicInteger cancelled = new AtomicInteger();
        ManualSubscriber<Integer> subscriber = new ManualSubscriber<>();
        Flux.range(0, 9)
                .map(i -> Flux.range(10 * i, 10).concatWith(Flux.never()).doOnCancel(cancelled::incrementAndGet))
                .transform(interleave(3, 4))
                .doOnDiscard(Integer.class, discarded::add)
                .subscribe(subscriber);
        subscriber.request(1);
        subscriber.request(1);
        subscriber.cancel();
        assertThat(subscriber.received).containsExactly(0, 1);
        assertThat(cancelled).hasValue(3);
        assertThat(discarded).containsExactlyInAnyOrder(2, 3, 10, 11, 12, 13, 20, 21, 22, 23);
    }

    @Test
    void refusesAStartPointInsideAnEpochOfOneSource() {
        ResumePoint point = new ResumePoint(new Position(1, Position.NO_OBJECT, 170, 17), 0);
        Flux<Integer> records = Flux.just(Flux.just(1)).transform(interleave(2, 2));
        records.contextWrite(Pass.resumeAt(point)).as(StepVerifier::create).verifyError(ResumeMismatchException.class);
        ResumePoint begin = new ResumePoint(new Position(1, Position.NO_OBJECT, 0, 0), 0);
        assertThat(records.contextWrite(Pass.resumeAt(begin)).blockLast()).isEqualTo(1);
    }

    @Test
    void takesAsMuchMemoryAndTimeAsItHasSourcesAndElements() {
        Flux<Flux<Integer>> sources = Flux.just(Flux.just(1, 4, 6), Flux.just(2), Flux.just(3, 5));
        assertThat(sources.transform(interleave(Integer.MAX_VALUE, 1))
                        .collectList()
                        .block())
                .containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(sources.transform(interleave(1, 1_000_000_000)).collectList().block())
                .containsExactly(1, 4, 6, 2, 3, 5);
    }

    @Test
    void refusesWrongArgumentsWithTheValueFound() {
        assertThatThrownBy(() -> interleave(0, 1)).hasMessage("expected interleave cycle >= 1, but got 0");
        assertThatThrownBy(() -> interleave(1, 0)).hasMessage("expected interleave block >= 1, but got 0");
    }
}
