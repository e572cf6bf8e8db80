package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.operator.PipeOperators.zip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.LettingGoCollector;
import io.pipeflux.core.internal.Releasable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** What our operators discard is released, once and after the user's hook has seen it, unless others may have it. */
class DiscardReleaseTest {

    private static final int ELEMENTS = 40;

    private final List<Memory> made = Collections.synchronizedList(new ArrayList<>());

    private static final class Memory implements Releasable {
        final AtomicInteger hooked = new AtomicInteger();
        final AtomicInteger released = new AtomicInteger();
        volatile int hookedBefore;
        volatile boolean received;

        @Override
        public void release() {
            hookedBefore = hooked.get();
            released.incrementAndGet();
        }
    }

    private Flux<Memory> source() {
        return Flux.range(0, ELEMENTS)
                .transform(mapAndBatch(1, 0, new LettingGoCollector<Integer, Memory>(rows -> made(), row -> {})));
    }

    private List<Memory> made(int count) {
        return IntStream.range(0, count).mapToObj(i -> made()).toList();
    }

    private Memory made() {
        Memory memory = new Memory();
        made.add(memory);
        return memory;
    }

    static Stream<Arguments> keeping() {
        return Stream.of(
                Arguments.of("prefetch", (Function<Flux<Memory>, Flux<Memory>>)
                        f -> f.transform(prefetch(8, Schedulers.immediate()))),
                Arguments.of("shuffle", (Function<Flux<Memory>, Flux<Memory>>) f -> f.transform(shuffle(8, 42))),
                Arguments.of("interleave", (Function<Flux<Memory>, Flux<Memory>>)
                        f -> Flux.just(f).transform(interleave(1, 8))),
                Arguments.of("sample", (Function<Flux<Memory>, Flux<Memory>>)
                        f -> Flux.just(f).transform(sample(WhenOneEnds.CONTINUE, 1, 1))),
                Arguments.of("zip", (Function<Flux<Memory>, Flux<Memory>>)
                        f -> Flux.just(f).transform(zip(WhenOneEnds.FAIL)).map(row -> row.get(0))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keeping")
    void whatIsKeptIsReleasedOnCancel(String name, Function<Flux<Memory>, Flux<Memory>> operator) {
        runAndCancel(source().transform(operator));
        assertThat(made).isNotEmpty().allSatisfy(memory -> {
            assertThat(memory.released).hasValue(memory.received ? 0 : 1);
            assertThat(memory.hookedBefore).isEqualTo(memory.received ? 0 : 1);
        });
        assertThat(made).anyMatch(memory -> !memory.received);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keeping")
    void whatOthersMayHaveIsNotReleased(String name, Function<Flux<Memory>, Flux<Memory>> operator) {
        Stream.<Function<Flux<Memory>, Flux<Memory>>>of(
                        Flux::cache,
                        f -> f.collectList().flatMapIterable(list -> list),
                        f -> Flux.fromIterable(made(ELEMENTS)),
                        f -> Flux.fromArray(made(ELEMENTS).toArray(Memory[]::new)),
                        f -> f.doOnNext(memory -> {}),
                        f -> Flux.range(0, ELEMENTS)
                                .transform(mapAndBatch(
                                        1, 0, Collectors.collectingAndThen(Collectors.counting(), n -> made()))),
                        f -> f.cache().switchOnFirst((first, all) -> all),
                        f -> f.cache(3),
                        f -> f.cache(Duration.ofDays(1)),
                        f -> f.replay().autoConnect(),
                        f -> f.replay().refCount(),
                        f -> f.publish().autoConnect(),
                        f -> f.publish().refCount(1, Duration.ofDays(1)),
                        Flux::share,
                        f -> f.publish(shared -> shared.map(memory -> memory)),
                        f -> f.cache()
                                .publishOn(Schedulers.immediate())
                                .filter(memory -> true)
                                .checkpoint("named"),
                        f -> sink(f, Sinks.many().multicast().onBackpressureBuffer(ELEMENTS)),
                        f -> sink(f, Sinks.many().replay().all()),
                        f -> f.next().share().flux(),
                        f -> f.next().cache(Duration.ofDays(1)).flux())
                .forEach(sharing -> {
                    runAndCancel(source().transform(sharing).transform(operator));
                    assertThat(made)
                            .allSatisfy(memory -> assertThat(memory.released)
                                    .as("after %s", name)
                                    .hasValue(0));
                });
        assertThat(made).anyMatch(memory -> memory.hooked.get() > 0);
    }

    @Test
    void aBatchMadeAndNotEmittedIsReleased() {
        Sinks.Many<Integer> rows = Sinks.many().unicast().onBackpressureBuffer();
        Receiver receiver = new Receiver();
        Collector<Integer, ?, Memory> cancelling = new LettingGoCollector<>(
                list -> {
                    receiver.cancel();
                    return made();
                },
                row -> {});
        rows.asFlux()
                .transform(mapAndBatch(2, 0, cancelling))
                .doOnDiscard(Memory.class, memory -> memory.hooked.incrementAndGet())
                .subscribe(receiver);
        receiver.request(1);
        rows.tryEmitNext(1);
        rows.tryEmitNext(2);
        assertThat(made).singleElement().satisfies(memory -> {
            assertThat(memory.received).isFalse();
            assertThat(memory.hookedBefore).isEqualTo(1);
            assertThat(memory.released).hasValue(1);
        });
    }

    @Test
    void batchesThatWorkersMadeAreReleasedOnCancel() {
        Receiver receiver = new Receiver();
        Collector<Integer, ?, Memory> collector = new LettingGoCollector<>(list -> made(), row -> {});
        Flux.range(0, 40)
                .transform(mapAndBatch(BatchOptions.of(2, 2).scheduler(Schedulers.boundedElastic()), collector))
                .doOnDiscard(Memory.class, memory -> memory.hooked.incrementAndGet())
                .subscribe(receiver);
        receiver.request(1);
        await().until(() -> receiver.count.get() == 1 && made.size() > 1);
        receiver.cancel();
        await().untilAsserted(() -> assertThat(made)
                .allSatisfy(memory -> assertThat(memory.released).hasValue(memory.received ? 0 : 1)));
    }

    @Test
    void whatAMapperHasReturnedIsItsOwn() {
        Receiver receiver = new Receiver();
        Flux.range(0, 4)
                .transform(mapAndBatch(4, 0, (Integer row) -> {
                    if (row == 3) {
                        throw new IllegalStateException("the last");
                    }
                    return made();
                }))
                .flatMapIterable(list -> list)
                .onErrorComplete()
                .subscribe(receiver);
        receiver.request(1);
        assertThat(made)
                .hasSize(3)
                .allSatisfy(memory -> assertThat(memory.released).hasValue(0));
    }

    @Test
    void anElementThatCannotBeMappedOrCameTooLateIsReleased() {
        Receiver receiver = new Receiver();
        Guarded.map(source(), memory -> {
                    throw new IllegalStateException("not mapped");
                })
                .cast(Memory.class)
                .onErrorComplete()
                .subscribe(receiver);
        receiver.request(1);
        assertThat(made)
                .singleElement()
                .satisfies(memory -> assertThat(memory.released).hasValue(1));
    }

    @Test
    void aHookThatThrowsDoesNotKeepTheMemory() {
        Memory memory = made();
        Context throwing = Context.of("reactor.onNextDropped.local", (Consumer<Object>) dropped -> {
            throw new IllegalStateException("the hook");
        });
        assertThatThrownBy(() -> Discards.drop(memory, new Making(), throwing)).hasMessage("the hook");
        assertThat(memory.released).hasValue(1);
    }

    private static final class Making implements Subscription, Scannable, Discards.Maker {

        @Override
        public boolean makesForSubscriber() {
            return true;
        }

        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}

        @Override
        @SuppressWarnings("rawtypes") // as Reactor declares it
        public @Nullable Object scanUnsafe(Attr key) {
            return null;
        }
    }

    private static Flux<Memory> sink(Flux<Memory> source, Sinks.Many<Memory> sink) {
        return Flux.defer(() -> {
            source.subscribe(memory -> sink.tryEmitNext(memory));
            return sink.asFlux();
        });
    }

    private void runAndCancel(Flux<Memory> flux) {
        Receiver receiver = new Receiver();
        flux.doOnDiscard(Memory.class, memory -> memory.hooked.incrementAndGet())
                .subscribe(receiver);
        receiver.request(1);
        assertThat(receiver.count).hasValue(1);
        receiver.cancel();
    }

    private static final class Receiver extends BaseSubscriber<Memory> {
        final AtomicInteger count = new AtomicInteger();

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(Memory value) {
            value.received = true;
            count.incrementAndGet();
        }
    }
}
