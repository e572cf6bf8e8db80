package io.pipeflux.core.codec;

import static io.pipeflux.core.codec.ByteFrames.frames;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.test.Chunking;
import io.pipeflux.core.test.Chunkings;
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
                        .hasMessageContaining("found 74 6f 20 62"));
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
                .verifyErrorSatisfies(e ->
                        assertThat(e).hasMessageContaining(String.format("have 0x%08x and 33", (int) crc.getValue())));
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
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("at its beginning only"));
    }
}
