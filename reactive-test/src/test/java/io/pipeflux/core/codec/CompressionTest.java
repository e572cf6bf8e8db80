package io.pipeflux.core.codec;

import static io.pipeflux.core.suite.ByteFrames.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.test.Chunking;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class CompressionTest {

    private static final byte[] TEXT = "to be or not to be, that is to be".getBytes(StandardCharsets.US_ASCII);

    private static byte[] compress(Compression compression, byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream deflating =
                compression == Compression.GZIP ? new GZIPOutputStream(out) : new DeflaterOutputStream(out)) {
            deflating.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] inflate(Compression compression, Flux<ByteBuffer> bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        bytes.transform(compression.inflate())
                .doOnNext(chunk -> out.write(chunk.array(), chunk.position(), chunk.remaining()))
                .blockLast();
        return out.toByteArray();
    }

    private static void assertInflates(Compression compression, byte[] compressed, byte[] expected) {
        for (Chunking chunking : Chunkings.of(compressed).toList()) {
            assertThat(inflate(compression, chunking.bytes()))
                    .as(chunking.name())
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZLIB"})
    void inflatesOneMemberAndSeveralHoweverTheBytesAreCut(Compression compression) {
        byte[] one = compress(compression, TEXT);
        assertInflates(compression, one, TEXT);
        assertInflates(compression, join(one, compress(compression, new byte[0]), one), join(TEXT, TEXT));
        assertInflates(compression, new byte[0], new byte[0]);
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZLIB"})
    void inflatesWhatDoesNotCompressAndWhatCompressesWell(Compression compression) {
        byte[] random = new byte[1_000_000];
        new Random(3).nextBytes(random);
        byte[] zeros = new byte[3_000_000];
        byte[] both = join(compress(compression, random), compress(compression, zeros));
        for (int chunk : new int[] {1000, 65_536, both.length}) {
            assertThat(inflate(compression, Flux.fromIterable(ByteFrames.chunks(both, chunk))))
                    .isEqualTo(join(random, zeros));
        }
    }

    @Test
    void readsEveryOptionalFieldOfAGzipHeader() {
        byte[] plain = compress(Compression.GZIP, TEXT);
        for (int flags = 0; flags < 0x20; flags++) {
            ByteArrayOutputStream member = new ByteArrayOutputStream();
            member.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, (byte) flags, 0, 0, 0, 0, 0, 0});
            member.writeBytes((flags & 4) != 0 ? new byte[] {3, 0, 'x', 'y', 'z'} : new byte[0]);
            member.writeBytes((flags & 8) != 0 ? "name\0".getBytes(StandardCharsets.US_ASCII) : new byte[0]);
            member.writeBytes((flags & 16) != 0 ? "comment\0".getBytes(StandardCharsets.US_ASCII) : new byte[0]);
            member.writeBytes((flags & 2) != 0 ? new byte[] {1, 2} : new byte[0]);
            member.write(plain, 10, plain.length - 10);
            assertInflates(Compression.GZIP, join(member.toByteArray(), plain), join(TEXT, TEXT));
        }
    }

    @Test
    void passesOverZeroBytesBehindAGzipMember() {
        byte[] one = compress(Compression.GZIP, TEXT);
        assertInflates(Compression.GZIP, join(one, new byte[5], one, new byte[512]), join(TEXT, TEXT));
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZLIB"})
    void truncationAtEveryByteIsAnError(Compression compression) {
        byte[] one = compress(compression, TEXT);
        byte[] two = join(one, one);
        for (int length = 1; length < two.length; length++) {
            if (length != one.length) {
                Flux.just(ByteBuffer.wrap(Arrays.copyOf(two, length)))
                        .transform(compression.inflate())
                        .as(StepVerifier::create)
                        .thenConsumeWhile(chunk -> true)
                        .verifyError(TruncatedInputException.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZLIB"})
    void aFlippedBitNeverGivesOtherBytes(Compression compression) {
        byte[] good = compress(compression, TEXT);
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(inflate(compression, Flux.just(ByteBuffer.wrap(bad))))
                        .isEqualTo(TEXT);
            } catch (PipefluxException e) {
                assertThat(e).hasMessageStartingWith(compression + ": ");
            }
        }
    }

    @Test
    void whatIsNoGzipIsSaidWithWhatWasFound() {
        Flux.just(ByteBuffer.wrap(TEXT.clone()))
                .transform(Compression.GZIP.inflate())
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("but got 74 6f 20 62"));
        byte[] trailing = join(compress(Compression.GZIP, TEXT), TEXT);
        Flux.just(ByteBuffer.wrap(trailing))
                .transform(Compression.GZIP.inflate())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyError(CorruptRecordException.class);
    }

    @Test
    void aWrongChecksumIsNoticedAtTheEndOfTheMember() {
        byte[] bytes = compress(Compression.GZIP, TEXT);
        bytes[bytes.length - 8]++;
        CRC32 crc = new CRC32();
        crc.update(TEXT);
        Flux.just(ByteBuffer.wrap(bytes))
                .transform(Compression.GZIP.inflate())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .hasMessageContaining(String.format("but got 0x%08x and 33", (int) crc.getValue())));
    }

    @Test
    void noMoreIsInflatedThanIsAskedFor() {
        byte[] bomb = compress(Compression.GZIP, new byte[64 << 20]); // 64 KiB that hold 64 MiB
        AtomicLong chunks = new AtomicLong();
        StepVerifier.create(
                        Flux.fromIterable(ByteFrames.chunks(bomb, 1000))
                                .doOnNext(chunk -> chunks.incrementAndGet())
                                .transform(Compression.GZIP.inflate()),
                        3)
                .expectNextCount(3)
                .then(() -> assertThat(chunks).hasValueLessThanOrEqualTo(3))
                .thenCancel()
                .verify();
    }

    @Test
    void aFormatOfCompressedStreamsInflatesBeforeItDecodes() {
        byte[] compressed =
                join(compress(Compression.GZIP, frames("a", "bc")), compress(Compression.GZIP, frames("", "def")));
        for (Chunking chunking : Chunkings.of(compressed).toList()) {
            chunking.bytes()
                    .transform(ByteFrames.FORMAT.compression(Compression.GZIP).decode())
                    .map(ByteFrames::text)
                    .as(StepVerifier::create)
                    .expectNext("a", "bc", "", "def")
                    .verifyComplete();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZLIB"})
    void compressedObjectsResumeBehindEveryRecord(Compression compression) {
        FrameFormat<RawRecord> format = ByteFrames.FORMAT.compression(compression);
        Flux<ObjectBytes> objects = Flux.range(0, 3).map(i -> {
            byte[] bytes = compress(compression, frames("first of " + i, "second of " + i));
            return ObjectBytes.of("object-" + i, i, bytes.length, null, from -> {
                assertThat(from).isZero();
                return Flux.fromIterable(ByteFrames.chunks(bytes, 5));
            });
        });
        List<RawRecord> all =
                objects.transform(format.decodeObjects()).collectList().block();
        for (int i = 0; i < all.size(); i++) {
            List<RawRecord> rest = objects.transform(format.decodeObjects())
                    .contextWrite(Pass.resumeAt(all.get(i).resumeAt()))
                    .collectList()
                    .block();
            assertThat(rest)
                    .extracting(RawRecord::position)
                    .containsExactlyElementsOf(all.subList(i + 1, all.size()).stream()
                            .map(RawRecord::position)
                            .toList());
        }
    }

    @Test
    void aCompressedStreamCannotBeEnteredInItsMiddle() {
        Flux.just(ByteBuffer.wrap(compress(Compression.GZIP, frames("a"))))
                .transform(ByteFrames.FORMAT.compression(Compression.GZIP).decode())
                .contextWrite(Pass.resumeAt(new ResumePoint(new Position(0, Position.NO_OBJECT, 9, 1), 0)))
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("from its beginning only"));
    }

    private static byte[] zeros(Compression compression, int mebibytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream deflating =
                compression == Compression.GZIP ? new GZIPOutputStream(out) : new DeflaterOutputStream(out)) {
            for (int i = 0; i < mebibytes; i++) {
                deflating.write(new byte[1 << 20]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static long inflatedBytes(Flux<ByteBuffer> inflated) {
        return inflated.map(chunk -> (long) chunk.remaining())
                .reduce(0L, Long::sum)
                .block();
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZLIB"})
    void aBombIsRefusedOnceItIsLargerThanTheFloor(Compression compression) {
        byte[] harmless = zeros(compression, 16);
        byte[] bomb = zeros(compression, 20);
        assertThat(inflatedBytes(Flux.just(ByteBuffer.wrap(harmless)).transform(compression.inflate())))
                .isEqualTo(16 << 20);
        assertThat(inflatedBytes(Flux.just(ByteBuffer.wrap(bomb)).transform(compression.inflate(0))))
                .isEqualTo(20 << 20);
        assertThat(inflatedBytes(Flux.just(ByteBuffer.wrap(bomb)).transform(compression.inflate(1032))))
                .isEqualTo(20 << 20);
        StepVerifier.create(Flux.just(ByteBuffer.wrap(bomb)).transform(compression.inflate()))
                .expectNextCount((16 << 20) / (64 << 10))
                .consumeErrorWith(e -> assertThat(e)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageStartingWith(compression + ": the first ")
                        .hasMessageContaining(
                                " bytes inflate to 16842752, more than the maximum of 1000 times as many"))
                .verify();
    }

    @Test
    void theRatioIsThatOfAllMembersTogether() {
        byte[] random = new byte[100_000];
        new Random(5).nextBytes(random);
        byte[] members = join(compress(Compression.GZIP, random), zeros(Compression.GZIP, 20));

        assertThat(inflatedBytes(Flux.just(ByteBuffer.wrap(members)).transform(Compression.GZIP.inflate())))
                .isEqualTo(100_000 + (20 << 20));
    }

    @Test
    void anObjectIsInflatedByNameAndABombInRecordsIsRefusedToo() {
        byte[] bomb = zeros(Compression.GZIP, 20);
        ObjectBytes object =
                ObjectBytes.of("s3://b/bomb.gz", 3, bomb.length, null, from -> Flux.just(ByteBuffer.wrap(bomb)));

        assertThat(inflatedBytes(Compression.GZIP.inflateObject(0).apply(object)))
                .isEqualTo(20 << 20);
        StepVerifier.create(Compression.GZIP.inflateObject().apply(object))
                .thenConsumeWhile(chunk -> true)
                .consumeErrorWith(e -> assertThat(e)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("1000 times as many (s3://b/bomb.gz, epoch 0, object 3, byte "))
                .verify();
        StepVerifier.create(Flux.just(object)
                        .transform(FrameFormat.of("any", () -> (FrameDecoder<Integer>) in -> {
                                    int count = in.contiguous();
                                    in.skip(count);
                                    return count == 0 && !in.ensure(1) ? null : count;
                                })
                                .compression(Compression.GZIP)
                                .decodeObjects()))
                .thenConsumeWhile(count -> true)
                .verifyError(CorruptRecordException.class);
    }

    @Test
    void anObjectThatChangesBetweenItsTwoReadingsIsAnError() {
        byte[] first = compress(Compression.GZIP, TEXT);
        for (byte[] second :
                List.of(compress(Compression.GZIP, join(TEXT, TEXT)), compress(Compression.GZIP, new byte[] {1}))) {
            AtomicLong readings = new AtomicLong();
            ObjectBytes object = ObjectBytes.of(
                    "b/a.gz",
                    0,
                    ObjectBytes.UNKNOWN_SIZE,
                    null,
                    from -> Flux.defer(
                            () -> Flux.just(ByteBuffer.wrap(readings.getAndIncrement() == 0 ? first : second))));
            ObjectBytes inflated = Compression.GZIP.inflated(0).apply(object).block();
            StepVerifier.create(inflated.bytes().ignoreElements())
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(ObjectReadException.class)
                            .hasMessageContaining("expected " + TEXT.length + " inflated bytes"));
        }
    }

    @Test
    void anInflatedObjectKnowsItsSizeWhetherItIsHeldOrReadTwice() {
        byte[] gzip = join(compress(Compression.GZIP, TEXT), compress(Compression.GZIP, TEXT));
        byte[] expected = join(TEXT, TEXT);
        AtomicLong readings = new AtomicLong();
        ObjectBytes object = ObjectBytes.of(
                "s3://b/a.gz",
                3,
                gzip.length,
                "tag",
                from -> Flux.just(ByteBuffer.wrap(gzip)).doOnSubscribe(s -> readings.incrementAndGet()));
        for (int memory : new int[] {0, expected.length - 1, expected.length, 1 << 20}) {
            readings.set(0);
            ObjectBytes inflated =
                    Compression.GZIP.inflated(memory).apply(object).block();
            assertThat(inflated.size()).isEqualTo(expected.length);
            assertThat(inflated.key()).isEqualTo("s3://b/a.gz");
            assertThat(inflated.ordinal()).isEqualTo(3);
            for (int from = 0; from <= expected.length; from++) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                inflated.bytes(from)
                        .doOnNext(chunk -> out.write(chunk.array(), chunk.position(), chunk.remaining()))
                        .blockLast();
                assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(expected, from, expected.length));
            }
            assertThatThrownBy(() -> inflated.bytes(expected.length + 1)).isInstanceOf(IllegalArgumentException.class);
            assertThat(readings).hasValue(memory < expected.length ? expected.length + 2 : 1);
        }
    }

    @Test
    void wrongLimitsAreRefused() {
        assertThat(assertThrows(IllegalArgumentException.class, () -> Compression.GZIP.inflate(-1)))
                .hasMessage("expected maxRatio >= 0, but got -1");
        assertThat(assertThrows(IllegalArgumentException.class, () -> Compression.GZIP.inflated(-1)))
                .hasMessage("expected memoryBytes >= 0, but got -1");
    }
}
