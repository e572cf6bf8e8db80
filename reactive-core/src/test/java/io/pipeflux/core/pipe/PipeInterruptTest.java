package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.OpenResources;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** A thread's interrupt flag, set by users' code or from elsewhere, neither ends a pipe nor makes its thread spin. */
class PipeInterruptTest extends PipeDirectoryTest {

    private static final int CHUNKS = 200;
    private static final int CHUNK = 10_000;
    private static final long WINDOW_NANOS = 100_000_000;

    @AfterEach
    void noFlagIsLeft() {
        assertThat(Thread.interrupted()).isFalse();
    }

    private static Flux<ByteBuffer> chunks() {
        return Flux.range(0, CHUNKS).map(i -> ByteBuffer.allocate(CHUNK));
    }

    private static Mono<Long> count(Flux<ByteBuffer> bytes) {
        return bytes.reduce(0L, (sum, chunk) -> sum + chunk.remaining());
    }

    private static void assertWhole(Mono<PipeWrite> writing, Flux<ByteBuffer> reading) {
        StepVerifier.create(Mono.zip(writing, count(reading)))
                .assertNext(both -> {
                    assertThat(both.getT1()).isEqualTo(new PipeWrite(CHUNKS * CHUNK, true));
                    assertThat(both.getT2()).isEqualTo(CHUNKS * CHUNK);
                })
                .verifyComplete();
    }

    private static void interrupt() {
        Thread.currentThread().interrupt();
    }

    @ParameterizedTest
    @EnumSource
    void aSourceThatSetsTheFlagLosesNothingAndFindsItSetAgain(PipeWay way) throws Exception {
        way.make(pipe);
        List<Boolean> set = new CopyOnWriteArrayList<>();
        Flux<ByteBuffer> bytes = chunks().doOnNext(chunk -> {
            set.add(Thread.currentThread().isInterrupted());
            interrupt();
        });
        assertWhole(way.write(pipe, bytes), way.read(pipe));
        assertThat(set).hasSize(CHUNKS).containsOnlyOnce(false);
    }

    @ParameterizedTest
    @EnumSource
    void aSourceThatSetsTheFlagWhenItIsAskedOrSubscribedToLosesNothing(PipeWay way) throws Exception {
        way.make(pipe);
        Flux<ByteBuffer> bytes = chunks().doOnRequest(n -> interrupt()).doOnSubscribe(s -> interrupt());
        assertWhole(way.write(pipe, bytes), way.read(pipe));
    }

    @ParameterizedTest
    @EnumSource
    void aSubscriberThatSetsTheFlagLosesNothingAndFindsItSetAgain(PipeWay way) throws Exception {
        way.make(pipe);
        List<Boolean> set = new CopyOnWriteArrayList<>();
        Flux<ByteBuffer> reading = way.read(pipe).doOnNext(chunk -> {
            set.add(Thread.currentThread().isInterrupted());
            interrupt();
        });
        assertWhole(way.write(pipe, chunks()), reading);
        assertThat(set).containsOnlyOnce(false);
    }

    @ParameterizedTest
    @EnumSource
    void aThreadThatIsInterruptedMayMakeAndSubscribeAndKeepsItsFlag(PipeWay way) throws Exception {
        AtomicReference<PipeWrite> written = new AtomicReference<>();
        AtomicReference<Long> read = new AtomicReference<>();
        interrupt();
        way.make(pipe);
        way.write(pipe, chunks()).subscribe(written::set);
        count(way.read(pipe)).subscribe(read::set);
        assertThat(Thread.interrupted()).isTrue();
        await().atMost(Duration.ofSeconds(60)).until(() -> written.get() != null && read.get() != null);
        assertThat(written.get()).isEqualTo(new PipeWrite(CHUNKS * CHUNK, true));
        assertThat(read.get()).isEqualTo(CHUNKS * CHUNK);
    }

    @ParameterizedTest
    @EnumSource
    void interruptsFromElsewhereAtAnyMomentLoseNothing(PipeWay way) throws Exception {
        way.make(pipe);
        AtomicBoolean done = new AtomicBoolean();
        Thread interrupter = new Thread(() -> {
            while (!done.get()) {
                for (Thread thread : Thread.getAllStackTraces().keySet()) {
                    if (thread.getName().startsWith("pipeflux-read")
                            || thread.getName().startsWith("pipeflux-write")) {
                        thread.interrupt();
                    }
                }
            }
        });
        interrupter.start();
        try {
            assertWhole(way.write(pipe, chunks()), way.read(pipe));
        } finally {
            done.set(true);
            interrupter.join();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatWaitsForItsPipeAndThenForAWriterDoesNotSpin(PipeWay way) throws Exception {
        AtomicReference<Long> read = new AtomicReference<>();
        count(way.read(pipe)).subscribe(read::set);
        assertIdle(thread("pipeflux-read"));
        way.make(pipe);
        if (way != PipeWay.SOCKET) {
            await().until(() -> Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().startsWith("pipeflux-read-")));
            assertIdle(thread("pipeflux-read-"));
        }
        way.write(pipe, chunks()).block();
        await().atMost(Duration.ofSeconds(60)).until(() -> read.get() != null);
        assertThat(read.get()).isEqualTo(CHUNKS * CHUNK);
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatWaitsForAReaderDoesNotSpin(PipeWay way) throws Exception {
        way.make(pipe);
        AtomicReference<PipeWrite> written = new AtomicReference<>();
        way.write(pipe, chunks()).subscribe(written::set);
        await().until(() -> pipe.toFile().exists());
        assertIdle(thread("pipeflux-write"));
        assertThat(count(way.read(pipe)).block()).isEqualTo(CHUNKS * CHUNK);
        await().atMost(Duration.ofSeconds(60)).until(() -> written.get() != null);
        assertThat(written.get().complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatWaitsForDemandAndThenForBytesDoesNotSpin(PipeWay way) throws Exception {
        way.make(pipe);
        Sinks.Many<ByteBuffer> bytes = Sinks.many().unicast().onBackpressureBuffer();
        Disposable writing = way.write(pipe, bytes.asFlux()).subscribe();
        bytes.tryEmitNext(ByteBuffer.allocate(1)).orThrow();
        Interrupting reader = new Interrupting();
        way.read(pipe).subscribe(reader);
        reader.request(1);
        await().until(() -> reader.received.size() == 1);
        assertIdle(thread("pipeflux-read-"));
        reader.request(2);
        assertIdle(thread("pipeflux-read-")); // blocks in read
        bytes.tryEmitNext(ByteBuffer.allocate(2)).orThrow();
        await().until(() -> reader.received.size() == 2);
        bytes.tryEmitComplete().orThrow();
        await().until(() -> reader.completed && writing.isDisposed());
        assertThat(reader.received).containsExactly(1, 2);
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatWaitsForAChunkAndThenForRoomDoesNotSpin(PipeWay way) throws Exception {
        way.make(pipe);
        Sinks.Many<ByteBuffer> late = Sinks.many().unicast().onBackpressureBuffer();
        Flux<ByteBuffer> bytes =
                Flux.just(ByteBuffer.allocate(1)).doOnNext(chunk -> interrupt()).concatWith(late.asFlux());
        AtomicReference<PipeWrite> written = new AtomicReference<>();
        way.write(pipe, bytes).subscribe(written::set);
        BaseSubscriber<ByteBuffer> reader = new Interrupting();
        way.read(pipe).subscribe(reader);
        reader.request(1);
        assertIdle(thread("pipeflux-write-"));
        int large = 8 << 20; // more than any pipe holds
        late.tryEmitNext(ByteBuffer.allocate(large)).orThrow();
        late.tryEmitComplete().orThrow();
        assertIdle(thread("pipeflux-write-"));
        reader.requestUnbounded();
        await().atMost(Duration.ofSeconds(60)).until(() -> written.get() != null);
        assertThat(written.get()).isEqualTo(new PipeWrite(large + 1, true));
    }

    @ParameterizedTest
    @EnumSource
    void cancelReleasesThreadsThatAreInterrupted(PipeWay way) throws Exception {
        way.make(pipe);
        Disposable writing = way.write(pipe, Flux.<ByteBuffer>never().doOnSubscribe(s -> interrupt()))
                .subscribe();
        Disposable reading = way.read(pipe).subscribe();
        await().until(() -> OpenResources.pipeThreads().size() >= 2);
        thread("pipeflux-read").interrupt();
        writing.dispose();
        reading.dispose();
        await().until(() -> OpenResources.pipeThreads().isEmpty());
    }

    private static Thread thread(String prefix) {
        return PipeWay.thread(prefix);
    }

    /** Once it waits, and is interrupted, a thread uses at most a fifth of a processor; before, it may load classes. */
    private static void assertIdle(Thread thread) {
        Predicate<Thread> waits = t -> t.getState() != Thread.State.TERMINATED;
        assertThat(thread).matches(waits);
        thread.interrupt();
        await().until(() -> usedOfAWindow(thread) < WINDOW_NANOS / 5);
        assertThat(thread).matches(waits);
    }

    private static long usedOfAWindow(Thread thread) {
        long from = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
        long until = System.nanoTime() + WINDOW_NANOS;
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(10_000_000);
        }
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId()) - from;
    }

    /** Sets the flag in each callback; requests nothing by itself. */
    private static final class Interrupting extends BaseSubscriber<ByteBuffer> {

        final List<Integer> received = new CopyOnWriteArrayList<>();
        volatile boolean completed;

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(ByteBuffer chunk) {
            received.add(chunk.remaining());
            interrupt();
        }

        @Override
        protected void hookOnComplete() {
            completed = true;
            interrupt();
        }
    }
}
