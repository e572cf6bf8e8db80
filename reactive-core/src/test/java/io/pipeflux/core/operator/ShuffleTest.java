package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.suite.Gzips.gzip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.Gzips;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class ShuffleTest {

    @Test
    void permutesConsecutiveBlocksAndALastShorterOne() {
        List<Integer> expected = new ArrayList<>();
        for (int block = 0; block < 3; block++) {
            for (int i : SeededPermutation.of(block == 2 ? 2 : 4, 42, 0, block)) {
                expected.add(4 * block + i);
            }
        }
        assertThat(Flux.range(0, 10).transform(shuffle(4, 42)).collectList().block())
                .containsExactlyElementsOf(expected);
    }

    @Test
    void givesTheSameOrderAgainAndAnotherInEachEpoch() {
        Flux<Integer> epochs = Flux.range(0, 100).transform(shuffle(100, 1)).transform(repeat(2));
        List<Integer> order = epochs.collectList().block();
        assertThat(order).isEqualTo(epochs.collectList().block());
        assertThat(order.subList(0, 100)).isNotEqualTo(order.subList(100, 200));
        assertThat(order.subList(100, 200))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void holdsABlockAndAnEighthAndAsksAgainByEighths() {
        AtomicLong read = new AtomicLong();
        StepVerifier.create(
                        Flux.range(0, 10_000)
                                .doOnNext(i -> read.incrementAndGet())
                                .transform(shuffle(800, 1)),
                        0)
                .then(() -> assertThat(read).hasValue(0))
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(read).hasValue(900))
                .thenRequest(98)
                .expectNextCount(98)
                .then(() -> assertThat(read).hasValue(900))
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(read).hasValue(1000))
                .thenCancel()
                .verify();
    }

    @Test
    void anErrorTakesThePlaceOfItsBlock() {
        List<Object> discarded = new ArrayList<>();
        Flux.range(0, 10)
                .concatWith(Flux.error(new IllegalStateException("late")))
                .transform(shuffle(4, 42))
                .doOnDiscard(Integer.class, discarded::add)
                .as(StepVerifier::create)
                .expectNextCount(8)
                .verifyErrorMessage("late");
        assertThat(discarded).containsExactly(8, 9);
    }

    @Test
    void cancellingDiscardsTheBlockThatIsEmittedAndTheOneThatIsFilled() {
        List<Integer> discarded = new ArrayList<>();
        ManualSubscriber<Integer> subscriber = new ManualSubscriber<>();
        Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
        source.asFlux()
                .transform(shuffle(8, 42))
                .doOnDiscard(Integer.class, discarded::add)
                .subscribe(subscriber);
        subscriber.request(3);
        IntStream.range(0, 12).forEach(source::tryEmitNext);
        subscriber.cancel();
        assertThat(subscriber.received).hasSize(3);
        List<Integer> emitted = new ArrayList<>(subscriber.received);
        emitted.addAll(discarded);
        assertThat(emitted)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 12).boxed().toList());
    }

    @Test
    void aBlockTakesAsMuchMemoryAsItHasElements() {
        assertThat(Flux.range(0, 10)
                        .transform(shuffle(Integer.MAX_VALUE, 3))
                        .collectList()
                        .block())
                .containsExactlyElementsOf(
                        IntStream.of(SeededPermutation.of(10, 3, 0)).boxed().toList());
        int many = 100_000;
        assertThat(Flux.range(0, many)
                        .transform(shuffle(Integer.MAX_VALUE - 1, 3))
                        .collectList()
                        .block())
                .containsExactlyElementsOf(
                        IntStream.of(SeededPermutation.of(many, 3, 0)).boxed().toList());
    }

    @Test
    void refusesWrongArgumentsWithTheValueFound() {
        assertThatThrownBy(() -> shuffle(0, 1)).hasMessage("expected shuffle block >= 1, but got 0");
    }

    @Test
    void refusesAStartPointThatWasNotMadeByTheSameShuffle() {
        ResumePoint point = new ResumePoint(new Position(0, Position.NO_OBJECT, 170, 17), 2);
        Flux.range(0, 10)
                .transform(shuffle(10, 1))
                .contextWrite(Pass.resumeAt(point))
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("record 17, drop 2")
                        .hasMessageContaining("a block of 10"));
    }

    // == resuming: the tail after any record is the tail ==

    static Stream<Flux<RawRecord>> pipelines() {
        Flux<ByteBuffer> bytes = Flux.defer(() -> Flux.fromIterable(ByteFrames.chunks(frames(0, 37), 50)));
        Flux<ByteBuffer> gzip = Flux.defer(() -> Flux.fromIterable(ByteFrames.chunks(gzip(frames(0, 37)), 50)));
        return Stream.of(
                        bytes.transform(ByteFrames.FORMAT.decode()),
                        gzip.transform(
                                ByteFrames.FORMAT.compression(Compression.GZIP).decode()),
                        objects(Function.identity()).transform(ByteFrames.FORMAT.decodeObjects()),
                        objects(Gzips::gzip)
                                .transform(ByteFrames.FORMAT
                                        .compression(Compression.GZIP)
                                        .decodeObjects()),
                        bytes.transform(ByteFrames.FORMAT.decode()).transform(shard(3, 1)),
                        objects(Function.identity())
                                .transform(ByteFrames.FORMAT.decodeObjects())
                                .transform(shard(3, 2)),
                        objects(Function.identity())
                                .transform(ByteFrames.FORMAT.decodeObjects())
                                .filter(record -> record.ordinal() % 11 > 8))
                .flatMap(records -> Stream.of(8, 5, 1, 100).map(block -> records.transform(shuffle(block, 7))));
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void resumesAfterAnyRecordWithTheNextOfTheSameOrder(Flux<RawRecord> shuffled) {
        Flux<String> epochs = shuffled.transform(repeat(2)).map(ShuffleTest::shown);
        List<RawRecord> all = shuffled.transform(repeat(2)).collectList().block();
        List<String> shown = all.stream().map(ShuffleTest::shown).toList();
        assertThat(shown).isEqualTo(epochs.collectList().block());
        for (int i = 0; i < all.size(); i++) {
            ResumePoint point = ResumePoint.fromJson(all.get(i).resumeAt().toJson());
            assertThat(epochs.contextWrite(Pass.resumeAt(point)).collectList().block())
                    .as("after %s", all.get(i))
                    .isEqualTo(shown.subList(i + 1, shown.size()));
        }
    }

    @Test
    void copiesOfShuffledRecordsResumeThere() {
        RawRecord record = Flux.fromIterable(ByteFrames.chunks(frames(0, 37), 50))
                .transform(ByteFrames.FORMAT.decode())
                .transform(shuffle(8, 7))
                .elementAt(11)
                .block();
        assertThat(record.copy().resumeAt()).isEqualTo(record.resumeAt());
        assertThat(record.resumeAt().drop()).isEqualTo(4);
    }

    private static String shown(RawRecord record) {
        return ByteFrames.text(record) + " " + record.position() + " " + record.resumeAt();
    }

    private static byte[] frames(int from, int to) {
        return ByteFrames.frames(
                IntStream.range(from, to).mapToObj(i -> "record " + i).toArray(String[]::new));
    }

    /** 0 to 36 in five objects, one of them empty. */
    private static Flux<ObjectBytes> objects(Function<byte[], byte[]> wrapping) {
        int[] borders = {0, 3, 3, 20, 21, 37};
        return Flux.range(0, 5).map(n -> {
            byte[] bytes = wrapping.apply(frames(borders[n], borders[n + 1]));
            return ObjectBytes.of(
                    "object " + n,
                    n,
                    bytes.length,
                    null,
                    offset -> Flux.just(
                            ByteBuffer.wrap(bytes, Math.toIntExact(offset), bytes.length - Math.toIntExact(offset))
                                    .slice()));
        });
    }
}
