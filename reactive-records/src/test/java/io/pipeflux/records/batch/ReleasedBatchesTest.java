package io.pipeflux.records.batch;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.internal.LettingGoCollector;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.internal.CountingAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Pipelines whose batches have memory that is used again. */
class ReleasedBatchesTest {

    private static final int VALUES = 1024;
    private static final int ROWS = 16; // a batch has 128 KiB, of which Arrow's chunks would be slices
    private static final Schema SCHEMA = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, VALUES));
    private static final List<RawRecord> RECORDS =
            IntStream.range(0, 30 * ROWS).mapToObj(ReleasedBatchesTest::record).toList();

    private static RawRecord record(int number) {
        ByteBuffer values = ByteBuffer.allocate(VALUES * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            values.putDouble(number);
        }
        BytesList bytes = BytesList.newBuilder()
                .addValue(ByteString.copyFrom(values.flip()))
                .build();
        return RawRecord.of(Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature(
                                "data",
                                io.pipeflux.records.example.proto.Feature.newBuilder()
                                        .setBytesList(bytes)
                                        .build()))
                .build()
                .toByteString()
                .asReadOnlyByteBuffer());
    }

    private static Flux<ColumnBatch> batches(int parallelism, ColumnAllocator allocator) {
        return Flux.fromIterable(RECORDS)
                .transform(mapAndBatch(
                        ROWS, parallelism, SCHEMA.withAllocator(allocator).batches()));
    }

    private static double sum(ColumnBatch batch) {
        double[] values = new double[batch.column("data").size()];
        batch.column("data").copyTo(values);
        return Arrays.stream(values).sum();
    }

    private static double all() {
        return IntStream.range(0, RECORDS.size()).asDoubleStream().sum() * VALUES;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aConsumerThatReleasesNeedsFewArrays(int parallelism) {
        PooledMemory pool = new PooledMemory(16 << 20);
        for (int pass = 0; pass < 20; pass++) {
            StepVerifier.create(batches(parallelism, pool)
                            .map(batch -> {
                                double sum = sum(batch);
                                batch.release();
                                return sum;
                            })
                            .reduce(0.0, Double::sum))
                    .expectNext(all())
                    .expectComplete()
                    .verify(Patience.PATIENCE);
        }
        assertThat(pool.outstanding()).isZero();
        assertThat(pool.fresh()).isLessThan(60); // of 600 batches: what is made and consumed at one time
    }

    @Test
    void aConsumerThatNeverReleasesGetsFreshMemory() {
        PooledMemory pool = new PooledMemory(16 << 20);
        StepVerifier.create(batches(2, pool).map(ReleasedBatchesTest::sum).reduce(0.0, Double::sum))
                .expectNext(all())
                .expectComplete()
                .verify(Patience.PATIENCE);
        assertThat(pool.reused()).isZero();
        assertThat(pool.fresh()).isEqualTo(30);
    }

    @Test
    void aPoolOfFewBytesKeepsNoMore() {
        PooledMemory pool = new PooledMemory(200_000);
        List<ColumnBatch> all = batches(2, pool).collectList().block(Patience.PATIENCE);
        all.forEach(ColumnBatch::release);
        assertThat(pool.kept()).isLessThanOrEqualTo(200_000);
        assertThat(pool.outstanding()).isZero();
    }

    static Stream<Arguments> pipelines() {
        return Stream.of(
                Arguments.of("inline", (Function<ColumnAllocator, Flux<?>>) memory -> batches(0, memory)),
                Arguments.of("workers", (Function<ColumnAllocator, Flux<?>>) memory -> batches(2, memory)),
                Arguments.of("prefetch", (Function<ColumnAllocator, Flux<?>>)
                        memory -> batches(2, memory).transform(prefetch(4))),
                Arguments.of("encode", (Function<ColumnAllocator, Flux<?>>)
                        memory -> batches(2, memory).transform(ArrowStreams.encode())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pipelines")
    void cancelAnywhereLosesNoMemory(String name, Function<ColumnAllocator, Flux<?>> pipeline) {
        CountingAllocator allocator = new CountingAllocator();
        for (int seed = 0; seed < 64; seed++) {
            Releasing consumer = new Releasing(new Random(seed));
            pipeline.apply(allocator).subscribe(consumer);
            await().until(consumer::isDisposed);
            await().untilAsserted(() -> assertThat(allocator.outstanding()).isZero());
        }
        assertThat(allocator.mistakes()).isEmpty();
    }

    /** Releases what it gets, and cancels at some time: while batches are made, or on another thread. */
    private static final class Releasing extends BaseSubscriber<Object> {
        private final Random random;
        private final int cancelAt;
        private int received;

        Releasing(Random random) {
            this.random = random;
            this.cancelAt = random.nextInt(32);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(1 + random.nextInt(4));
            if (cancelAt == 0) {
                cancel();
            }
        }

        @Override
        protected void hookOnNext(Object value) {
            if (value instanceof ColumnBatch batch) {
                batch.release();
            }
            if (++received == cancelAt) {
                if (random.nextBoolean()) {
                    cancel();
                } else {
                    Schedulers.parallel().schedule(this::cancel);
                }
            }
            request(1 + random.nextInt(2));
        }

        @Override
        protected void hookOnError(Throwable t) {}
    }

    @Test
    void aBadRecordInALaterBatchLosesNoMemory() {
        CountingAllocator allocator = new CountingAllocator();
        List<RawRecord> records = new ArrayList<>(RECORDS);
        records.set(100, RawRecord.of(ByteBuffer.wrap(new byte[] {1, 2, 3})));
        for (int parallelism : new int[] {0, 2}) {
            StepVerifier.create(Flux.fromIterable(records)
                            .transform(mapAndBatch(
                                    ROWS,
                                    parallelism,
                                    SCHEMA.withAllocator(allocator).batches()))
                            .doOnNext(ColumnBatch::release))
                    .expectNextCount(100 / ROWS)
                    .expectError()
                    .verify(Patience.PATIENCE);
            await().untilAsserted(() -> assertThat(allocator.outstanding()).isZero());
        }
    }

    @Test
    void theDiscardHookSeesABatchWithItsMemory() {
        CountingAllocator allocator = new CountingAllocator();
        AtomicInteger seen = new AtomicInteger();
        BaseSubscriber<ColumnBatch> one = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.request(1);
            }

            @Override
            protected void hookOnNext(ColumnBatch batch) {
                batch.release();
            }
        };
        batches(0, allocator)
                .transform(prefetch(8, Schedulers.immediate()))
                .doOnDiscard(ColumnBatch.class, batch -> {
                    sum(batch);
                    seen.incrementAndGet();
                })
                .subscribe(one);
        one.cancel();
        assertThat(seen).hasPositiveValue();
        assertThat(allocator.outstanding()).isZero();
    }

    // == encode ==

    @Test
    void encodedBatchesAreReleasedAndTheirChunksAreCopies() {
        CountingAllocator allocator = new CountingAllocator();
        List<ByteBuffer> chunks = batches(0, allocator)
                .transform(ArrowStreams.encode())
                .collectList()
                .block(Patience.PATIENCE);
        assertThat(allocator.outstanding()).isZero(); // and what was released is poison
        List<ByteBuffer> expected = batches(0, ColumnAllocator.heap())
                .transform(ArrowStreams.encode())
                .collectList()
                .block(Patience.PATIENCE);
        assertThat(chunks).isEqualTo(expected);
    }

    @Test
    void aBatchThatCannotBeEncodedIsReleased() {
        CountingAllocator allocator = new CountingAllocator();
        AtomicInteger made = new AtomicInteger();
        Schema first = SCHEMA.withAllocator(allocator);
        Schema other = Schema.of(Feature.bytes("data")).withAllocator(allocator);
        StepVerifier.create(Flux.fromIterable(RECORDS)
                        .transform(mapAndBatch(
                                ROWS,
                                0,
                                new LettingGoCollector<RawRecord, ColumnBatch>(
                                        rows -> (made.getAndIncrement() == 0 ? first : other).parse(rows), row -> {})))
                        .transform(ArrowStreams.encode())
                        .then())
                .expectError()
                .verify(Patience.PATIENCE);
        assertThat(allocator.outstanding()).isZero();
    }

    // == downstream of what shares, nobody releases ==

    static Stream<Arguments> sharing() {
        return Stream.of(
                Arguments.of("cache", (Function<Flux<ColumnBatch>, Flux<ColumnBatch>>) Flux::cache),
                Arguments.of("replay", (Function<Flux<ColumnBatch>, Flux<ColumnBatch>>)
                        batches -> batches.replay().autoConnect(2)),
                Arguments.of("replay for some time", (Function<Flux<ColumnBatch>, Flux<ColumnBatch>>)
                        batches -> batches.cache(Duration.ofDays(1))),
                Arguments.of("publish", (Function<Flux<ColumnBatch>, Flux<ColumnBatch>>)
                        batches -> batches.publish().autoConnect(2)),
                Arguments.of("share", (Function<Flux<ColumnBatch>, Flux<ColumnBatch>>)
                        batches -> batches.publish().refCount(2)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sharing")
    void operatorsDownstreamOfWhatSharesReleaseNothing(
            String name, Function<Flux<ColumnBatch>, Flux<ColumnBatch>> sharing) {
        Flux<ColumnBatch> shared =
                batches(0, ColumnAllocator.poisoning()).take(6).transform(sharing);
        List<Double> sums = new ArrayList<>();
        shared.map(batch -> batch) // a consumer that keeps its batches
                .collectList()
                .subscribe(kept -> kept.forEach(batch -> sums.add(sum(batch))));
        List<ByteBuffer> chunks = new ArrayList<>();
        shared.transform(ArrowStreams.encode()).subscribe(chunks::add);
        assertThat(chunks).isNotEmpty();
        assertThat(sums).hasSize(6);
        if (!name.equals("publish") && !name.equals("share")) {
            shared.transform(prefetch(4, Schedulers.immediate())).take(1).blockLast(Patience.PATIENCE);
            shared.map(ReleasedBatchesTest::sum)
                    .collectList()
                    .subscribe(again -> assertThat(again).isEqualTo(sums));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sharing")
    void whoReleasesWhatIsSharedIsCaught(String name, Function<Flux<ColumnBatch>, Flux<ColumnBatch>> sharing) {
        Sinks.Many<ColumnBatch> source = Sinks.many().unicast().onBackpressureBuffer();
        Flux<ColumnBatch> shared = source.asFlux().transform(sharing);
        List<DoubleBuffer> views = new ArrayList<>();
        List<ColumnBatch> kept = new ArrayList<>();
        shared.subscribe(batch -> {
            kept.add(batch);
            views.add(batch.column("data").asDoubleBuffer());
        });
        shared.subscribe(ColumnBatch::release); // the mistake
        source.tryEmitNext(SCHEMA.withAllocator(ColumnAllocator.poisoning()).parse(RECORDS.subList(5, 7)));
        assertThat(kept).hasSize(1);
        assertThatThrownBy(() -> kept.get(0).column("data")).isInstanceOf(IllegalStateException.class);
        assertThat(Double.doubleToRawLongBits(views.get(0).get(0))).isEqualTo(0xA5A5A5A5A5A5A5A5L);
    }
}
