package io.pipeflux.records.tfrecord;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.test.Chunking;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class TfRecordsTest {

    @Test
    void theChecksumIsCrc32cOfTheCastagnoliPolynomial() {
        CRC32C crc = new CRC32C();
        crc.update("123456789".getBytes(StandardCharsets.US_ASCII));
        assertThat(crc.getValue()).isEqualTo(0xe3069283L);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 000000000000000029039807d8ea82a2",
        "a, 01000000000000000175de4161786ee428",
        "foo, 0300000000000000b099490e666f6f618abefe",
        "hello, 0500000000000000eab2043e68656c6c6fbb1f1c19"
    })
    void decodesAndEncodesTheKnownVectors(String payload, String hex) {
        byte[] frame = HexFormat.of().parseHex(hex);

        Chunkings.of(frame)
                .forEach(chunking ->
                        assertThat(payloads(chunking)).as(chunking.name()).containsExactly(payload));
        assertThat(frames(payload)).isEqualTo(frame);
    }

    @Test
    void whatIsEncodedIsDecodedAgain() {
        Random random = new Random(1);
        List<byte[]> payloads = new ArrayList<>();
        for (int size : new int[] {0, 1, 11, 12, 13, 4096, 65_536, 300_000, 0}) {
            byte[] payload = new byte[size];
            random.nextBytes(payload);
            payloads.add(payload);
        }
        byte[] bytes = join(Flux.fromIterable(payloads).map(ByteBuffer::wrap).transform(TfRecords.encode()));

        Chunkings.few(bytes).forEach(chunking -> {
            List<RawRecord> records = decode(chunking);
            assertThat(records).as(chunking.name()).hasSameSizeAs(payloads);
            for (int i = 0; i < records.size(); i++) {
                assertThat(records.get(i).toByteArray()).isEqualTo(payloads.get(i));
            }
        });
    }

    @Test
    void aTruncatedObjectIsNamed() {
        ByteBuffer cut = ByteBuffer.wrap(frames("foo"), 0, 18);
        ObjectBytes object = ObjectBytes.of("object-1", 1, 18, null, from -> Flux.just(cut));

        StepVerifier.create(Flux.just(object).transform(TfRecords.decodeObjects()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(TruncatedInputException.class)
                        .hasMessage("TFRecord: truncated record: the input ended after 18 of 19 bytes"
                                + " (object-1, epoch 0, object 1, byte 0, record 0) [PF-END-01]"));
    }

    @Test
    void aByteThatChangedMakesTheRecordCorrupt() {
        String[] payloads = {"foo", "", "hello", "hello"};
        byte[] bytes = frames(payloads);
        List<Position> positions = positions(payloads);
        for (int at = 0; at < bytes.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = bytes.clone();
                changed[at] ^= (byte) (1 << bit);
                int record = wholeRecords(payloads, at);
                for (int chunk : new int[] {1, 7, bytes.length}) {
                    StepVerifier.create(Chunkings.ofSize(changed, chunk).bytes().transform(TfRecords.decode()))
                            .expectNextCount(record)
                            .verifyErrorSatisfies(
                                    error -> assertFailure(error, CorruptRecordException.class, positions.get(record)));
                }
            }
        }
    }

    @Test
    void aWrongChecksumIsReportedWithWhatWasExpectedAndFound() {
        byte[] data = frames("foo");
        data[12] = 'g';
        byte[] length = frames("foo");
        length[8] ^= 1;

        StepVerifier.create(Flux.just(ByteBuffer.wrap(data)).transform(TfRecords.decode()))
                .verifyErrorMessage("TFRecord: corrupted record: the checksum of its data is 0x" + checksum("goo")
                        + " but the record says 0xfebe8a61 (unnamed stream, epoch 0, byte 0, record 0) [PF-RECORD-03]");
        StepVerifier.create(Flux.just(ByteBuffer.wrap(length)).transform(TfRecords.decode()))
                .verifyErrorMessage("TFRecord: corrupted record: the checksum of its length is 0x0e4999b0"
                        + " but the record says 0x0e4999b1 (unnamed stream, epoch 0, byte 0, record 0) [PF-RECORD-01]");
    }

    @ParameterizedTest
    @CsvSource({"-1", "-9223372036854775808", "4", "2147483647", "4294967299", "9223372036854775807"})
    void aLengthBeyondTheMaximumIsRefusedWhenItsHeaderIsThere(long length) {
        StepVerifier.create(Flux.just(ByteBuffer.wrap(header(length)))
                        .concatWith(Flux.never())
                        .transform(TfRecords.format().maxRecordBytes(3).decode()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("record length " + Long.toUnsignedString(length)
                                + " is more than the maximum of 3 bytes"));
    }

    @Test
    void aLengthThatIsAnnouncedIsNotAllocated() {
        byte[] header = header(256L << 20);

        for (int i = 0; i < 1000; i++) { // 250 GiB, if it were
            StepVerifier.create(Flux.just(ByteBuffer.wrap(header)).transform(TfRecords.decode()))
                    .verifyError(TruncatedInputException.class);
        }
    }

    /** Two readers of one pipe each get some of the bytes, so the likely cause of a bad frame is not the writer. */
    @Test
    void aFrameOfAPipeThatAnotherReaderHasTornIsReportedWithThisCause(@TempDir Path directory) {
        Path pipe = directory.resolve("train_0");
        byte[] frames = frames("one", "two", "three");
        int taken = frames.length / 2; // by the other reader
        Flux<ByteBuffer> rest = Flux.just(ByteBuffer.wrap(frames, 0, taken), ByteBuffer.wrap(frames, taken + 5, 7));

        NamedPipes.create(pipe);
        StepVerifier.create(NamedPipes.read(pipe)
                        .transform(TfRecords.decode())
                        .doOnSubscribe(s -> NamedPipes.write(pipe, rest).subscribe()))
                .expectNextCount(1)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipefluxException.class)
                        .hasMessageContaining("another program reads this pipe"));
        StepVerifier.create(rest.transform(TfRecords.decode()))
                .expectNextCount(1)
                .verifyErrorSatisfies(e -> assertThat(e).message().doesNotContain("another program"));
    }

    private static void assertFailure(Throwable error, Class<? extends PipefluxException> type, Position position) {
        assertThat(error).isInstanceOf(type);
        assertThat(((PipefluxException) error).position()).isEqualTo(position);
    }

    private static byte[] header(long length) {
        ByteBuffer header = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(0, length).putInt(8, new MaskedCrc32c().of(header.array(), 0, 8));
        return header.array();
    }

    private static String checksum(String of) {
        byte[] bytes = of.getBytes(StandardCharsets.UTF_8);
        return String.format("%08x", new MaskedCrc32c().of(bytes, 0, bytes.length));
    }

    private static int wholeRecords(String[] payloads, int end) {
        int whole = 0;
        for (int at = 0; whole < payloads.length; whole++) {
            at += 16 + payloads[whole].length();
            if (at > end) {
                break;
            }
        }
        return whole;
    }

    private static List<Position> positions(String... payloads) {
        List<Position> positions = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < payloads.length; i++) {
            positions.add(new Position(0, Position.NO_OBJECT, at, i));
            at += 16 + payloads[i].length();
        }
        return positions;
    }

    private static byte[] frames(String... payloads) {
        return join(Flux.just(payloads).map(StandardCharsets.UTF_8::encode).transform(TfRecords.encode()));
    }

    private static byte[] join(Flux<ByteBuffer> frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        frames.toIterable(1).forEach(frame -> bytes.write(frame.array(), 0, frame.limit()));
        return bytes.toByteArray();
    }

    private static List<RawRecord> decode(Chunking chunking) {
        return chunking.bytes().transform(TfRecords.decode()).collectList().block();
    }

    private static List<String> payloads(Chunking chunking) {
        return decode(chunking).stream().map(TfRecordsTest::text).toList();
    }

    private static String text(RawRecord record) {
        return new String(record.toByteArray(), StandardCharsets.UTF_8);
    }
}
