package io.pipeflux.records.recordio;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.test.Chunking;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class RecordIoTest {

    private static final HexFormat HEX = HexFormat.of();

    /** Of one part, of one empty part, of three parts with padding, of two: 12 + 8 + 40 + 24 bytes. */
    private static final byte[] MIXED = join(
            part(0, "abc"),
            part(0, ""),
            part(1, "A"),
            part(2, "BBBB"),
            part(3, "CC"),
            part(1, "DDDD"),
            part(3, "EEEE"));

    private static final long[] MIXED_AT = {0, 12, 20, 56, 80};

    @ParameterizedTest
    @CsvSource({
        "'', 0a23d7ce00000000",
        "616263, 0a23d7ce0300000061626300",
        "414141410a23d7ce42424242, 0a23d7ce04000020414141410a23d7ce0400006042424242",
        "0a23d7ce, 0a23d7ce000000200a23d7ce00000060",
        "0a23d7ce0a23d7ce, 0a23d7ce000000200a23d7ce000000400a23d7ce00000060",
        "414141410a23d7ce, 0a23d7ce04000020414141410a23d7ce00000060",
        "410a23d7ce424242, 0a23d7ce08000000410a23d7ce424242"
    })
    void decodesAndEncodesTheKnownVectorsOfDmlc(String payload, String hex) {
        byte[] frame = HEX.parseHex(hex);

        Chunkings.of(frame)
                .forEach(chunking -> assertThat(payloads(Dialect.DMLC, chunking))
                        .as(chunking.name())
                        .containsExactly(payload));
        assertThat(encode(Dialect.DMLC, PartHeader.MAX_BYTES, HEX.parseHex(payload)))
                .isEqualTo(frame);
    }

    @Test
    void partsAreJoinedAsTheyAreInSageMakersDialect() {
        byte[] parts = join(part(1, "12345678"), part(2, "1234567890"), part(2, "x"), part(3, "y".repeat(29)));
        byte[] thirds = join(part(1, ""), part(2, ""), part(3, "ab"));
        String joined =
                HEX.formatHex(("12345678" + "1234567890" + "x" + "y".repeat(29)).getBytes(StandardCharsets.UTF_8));

        Chunkings.of(join(parts, thirds, part(0, "z")))
                .forEach(chunking -> assertThat(payloads(Dialect.CONCAT, chunking))
                        .as(chunking.name())
                        .containsExactly(joined, "6162", "7a"));
    }

    @Test
    void theMagicNumberIsPutBackInMxnetsDialectOnly() {
        Chunking parts = Chunkings.ofSize(join(part(1, "AAAA"), part(3, "BBBB")), 5);

        assertThat(payloads(Dialect.CONCAT, parts)).containsExactly("4141414142424242");
        assertThat(payloads(Dialect.DMLC, parts)).containsExactly("414141410a23d7ce42424242");
    }

    @Test
    void aPayloadMayHoldTheMagicNumberInSageMakersDialect() {
        String magic = "0a23d7ce0300000061626300";
        byte[] frame = encode(Dialect.CONCAT, PartHeader.MAX_BYTES, HEX.parseHex(magic));

        assertThat(HEX.formatHex(frame)).isEqualTo("0a23d7ce0c000000" + magic);
        Chunkings.of(frame)
                .forEach(chunking ->
                        assertThat(payloads(Dialect.CONCAT, chunking)).containsExactly(magic));
    }

    @Test
    void paddingMayHaveAnyValue() {
        byte[] spaces = part(0, "abc");
        spaces[11] = ' ';
        byte[] parts = join(part(1, "a"), part(3, "b"));
        Arrays.fill(parts, 9, 12, (byte) ' ');
        Arrays.fill(parts, 21, 24, (byte) -1);

        Chunkings.of(join(spaces, parts))
                .forEach(chunking ->
                        assertThat(payloads(Dialect.CONCAT, chunking)).containsExactly("616263", "6162"));
    }

    @Test
    void aTruncationNamesHowManyBytesOfTheRecordThereWere() {
        for (int end = 1; end < MIXED.length; end++) {
            int had = end - (int) MIXED_AT[wholeRecords(end)];
            if (had > 0) {
                Flux.just(ByteBuffer.wrap(MIXED, 0, end))
                        .transform(RecordIo.decode())
                        .then()
                        .as(StepVerifier::create)
                        .verifyErrorSatisfies(error -> assertThat(error)
                                .isInstanceOf(TruncatedInputException.class)
                                .hasMessageContaining("the input ended after " + had + " of "));
            }
        }
    }

    /** There is no checksum: a length that changed is seen unless a part begins where it makes this one end. */
    @ParameterizedTest
    @EnumSource
    void aBitThatChangedInAHeaderIsRefusedUnlessTheLengthLeadsToAnotherPart(Dialect dialect) {
        List<Integer> headers = List.of(0, 12, 20, 32, 44, 56, 68);
        List<Integer> borders = List.of(12, 20, 32, 44, 56, 68, 80);
        for (int part = 0; part < headers.size(); part++) {
            int header = headers.get(part);
            for (int bit = 0; bit < 64; bit++) {
                byte[] changed = MIXED.clone();
                changed[header + bit / 8] ^= (byte) (1 << bit % 8);
                int length =
                        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).getInt(header + 4)
                                & PartHeader.MAX_BYTES;
                boolean leadsToAPart = borders.contains(header + 8 + (length + 3) / 4 * 4);
                boolean isLength = bit >= 32 && bit < 61;
                int before = wholeRecords(header);
                for (int chunk : new int[] {1, 7, MIXED.length}) {
                    var records = Chunkings.ofSize(changed, chunk)
                            .bytes()
                            .transform(RecordIo.format(dialect).decode());
                    List<RawRecord> read = new ArrayList<>();
                    Throwable error = records.doOnNext(read::add)
                            .then()
                            .materialize()
                            .block()
                            .getThrowable();
                    if (isLength && leadsToAPart) {
                        assertThat(read.size()).isGreaterThanOrEqualTo(before);
                    } else {
                        assertThat(error).as("bit %s of %s", bit, header).isInstanceOf(PipefluxException.class);
                        assertThat(((PipefluxException) error).position().recordOrdinal())
                                .isBetween((long) before, before + 1L); // a last part that is a middle one runs on
                    }
                }
            }
        }
    }

    @Test
    void aWrongMagicNumberIsReportedWithWhatWasExpectedAndFound() {
        byte[] second = join(part(1, "A"), part(3, "B"));
        second[12] = 0x0b;

        expectCorrupt(
                "hello, world!".getBytes(StandardCharsets.US_ASCII),
                "at byte 0 expected the magic number 0xced7230a, but got 0x6c6c6568; the first bytes are those of"
                        + " text: decode with TextLines.format(), or choose the format lines (unnamed stream, epoch 0, byte 0, record 0)");
        expectCorrupt(
                join(part(0, "x"), second),
                "at byte 24 expected the magic number 0xced7230a, but got 0xced7230b"
                        + " (unnamed stream, epoch 0, byte 12, record 1)");
    }

    @ParameterizedTest
    @CsvSource({"2, 2 (middle part)", "3, 3 (last part)", "4, 4 (not known)", "7, 7 (not known)"})
    void aRecordBeginsWithAWholeOrAFirstPart(int kind, String found) {
        expectCorrupt(
                part(kind, "x"),
                "at byte 0 expected a part of kind 0 (a whole record) or 1 (first part), but got kind " + found
                        + " (unnamed stream, epoch 0, byte 0, record 0)");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 (a whole record)", "1, 1 (first part)", "5, 5 (not known)"})
    void aRecordGoesOnWithAMiddleOrALastPart(int kind, String found) {
        expectCorrupt(
                join(part(1, "A"), part(2, "B"), part(kind, "x")),
                "at byte 24 expected a part of kind 2 (middle part) or 3 (last part), but got kind " + found
                        + " (unnamed stream, epoch 0, byte 0, record 0)");
    }

    @ParameterizedTest
    @EnumSource
    void aRecordBeyondTheMaximumIsRefusedWhenItsHeaderIsThere(Dialect dialect) {
        byte[] header = Arrays.copyOf(part(0, "123456789"), 8);
        StepVerifier.create(Flux.just(ByteBuffer.wrap(header))
                        .concatWith(Flux.never())
                        .transform(RecordIo.format(dialect).maxRecordBytes(8).decode()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("record length 9 is more than the maximum of 8 bytes"));
    }

    @ParameterizedTest
    @EnumSource
    void theMaximumIsThatOfTheJoinedParts(Dialect dialect) {
        int magic = dialect == Dialect.CONCAT ? 0 : 4;
        byte[] parts = join(part(1, "1234"), part(3, "5678"));
        byte[] header = Arrays.copyOf(parts, 20);

        StepVerifier.create(Flux.just(ByteBuffer.wrap(parts))
                        .transform(RecordIo.format(dialect)
                                .maxRecordBytes(8 + magic)
                                .decode()))
                .expectNextCount(1)
                .verifyComplete();
        StepVerifier.create(Flux.just(ByteBuffer.wrap(header))
                        .concatWith(Flux.never())
                        .transform(RecordIo.format(dialect)
                                .maxRecordBytes(7 + magic)
                                .decode()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("record length " + (8 + magic) + " is more than the maximum"));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsEncodedIsDecodedAgain(Dialect dialect) {
        Random random = new Random(3);
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            payloads.add(fullOfMagics(random));
        }
        for (int maxPart : new int[] {PartHeader.MAX_BYTES, 64, 5}) {
            if (dialect == Dialect.DMLC && maxPart < 64) {
                continue; // it refuses what is longer
            }
            byte[] bytes = join(payloads.stream()
                    .map(payload -> encode(dialect, maxPart, payload))
                    .toArray(byte[][]::new));
            Chunkings.few(bytes).forEach(chunking -> {
                List<RawRecord> records = decode(dialect, chunking);
                assertThat(records).as(chunking.name()).hasSameSizeAs(payloads);
                for (int i = 0; i < records.size(); i++) {
                    assertThat(records.get(i).toByteArray()).isEqualTo(payloads.get(i));
                }
            });
        }
    }

    @Test
    void aDmlcPayloadNeverHoldsAnAlignedMagicNumberInItsFrame() {
        Random random = new Random(4);
        for (int i = 0; i < 1000; i++) {
            ByteBuffer frame = ByteBuffer.wrap(encode(Dialect.DMLC, PartHeader.MAX_BYTES, fullOfMagics(random)))
                    .order(ByteOrder.LITTLE_ENDIAN);
            int next = 0;
            for (int at = 0; at < frame.limit(); at += 4) {
                if (at == next) {
                    next += 8 + (PartHeader.length(frame.getInt(at + 4)) + 3) / 4 * 4;
                } else {
                    assertThat(frame.getInt(at)).isNotEqualTo(PartHeader.MAGIC);
                }
            }
        }
    }

    @Test
    void longPayloadsAreSplitBySizeInSageMakersDialect() {
        byte[] payload = "abcdefghij".getBytes(StandardCharsets.US_ASCII);

        assertThat(encode(Dialect.CONCAT, 10, payload)).isEqualTo(part(0, "abcdefghij"));
        assertThat(encode(Dialect.CONCAT, 5, payload)).isEqualTo(join(part(1, "abcde"), part(3, "fghij")));
        assertThat(encode(Dialect.CONCAT, 4, payload)).isEqualTo(join(part(1, "abcd"), part(2, "efgh"), part(3, "ij")));
        assertThat(PartHeader.MAX_BYTES).isEqualTo(536_870_911);
    }

    @Test
    void aPayloadThatIsTooLongForMxnetIsRefused() {
        Flux.just(ByteBuffer.allocate(9))
                .transform(RecordIo.encode(Dialect.DMLC, 8))
                .as(StepVerifier::create)
                .verifyErrorMessage(
                        "expected a payload of at most 8 bytes, because DMLC has no longer records, but got 9");
    }

    @Test
    void endlessEmptyPartsAreNotKept() {
        ByteBuffer empties = ByteBuffer.allocate(64 << 10);
        while (empties.hasRemaining()) {
            empties.put(part(2, ""));
        }
        Flux<ByteBuffer> manyParts = Flux.just(ByteBuffer.wrap(part(1, "a")))
                .concatWith(Flux.range(0, 1 << 12).map(i -> empties.duplicate().flip()))
                .concatWith(Flux.just(ByteBuffer.wrap(part(3, "b"))));

        assertThat(manyParts
                        .transform(RecordIo.decode())
                        .map(RecordIoTest::hex)
                        .collectList()
                        .block())
                .containsExactly("6162");
    }

    @Test
    void theDialectIsShownByAPartThatMxnetNeverWrites() {
        assertThat(RecordIo.dialectOf(ByteBuffer.wrap(MIXED))).contains(Dialect.CONCAT);
        assertThat(RecordIo.dialectOf(ByteBuffer.wrap(MIXED, 20, 8))).contains(Dialect.CONCAT);
        assertThat(RecordIo.dialectOf(ByteBuffer.wrap(MIXED, 0, 20))).isEmpty();
        assertThat(RecordIo.dialectOf(ByteBuffer.wrap(MIXED, 56, 24))).isEmpty();
        assertThat(RecordIo.dialectOf(ByteBuffer.wrap(new byte[100]))).isEmpty();
        Random random = new Random(5);
        for (int i = 0; i < 1000; i++) {
            byte[] dmlc = encode(Dialect.DMLC, PartHeader.MAX_BYTES, fullOfMagics(random));
            assertThat(RecordIo.dialectOf(ByteBuffer.wrap(dmlc))).isEmpty();
        }
    }

    /** Up to 64 bytes: magic numbers at any alignment, with other bytes between, and parts of magic numbers. */
    private static byte[] fullOfMagics(Random random) {
        ByteBuffer payload = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        int size = random.nextInt(65);
        while (payload.remaining() >= 4) {
            switch (random.nextInt(4)) {
                case 0 -> payload.put((byte) random.nextInt());
                case 1 -> payload.put((byte) 0x0a).put((byte) 0x23);
                default -> payload.putInt(PartHeader.MAGIC);
            }
        }
        return Arrays.copyOf(payload.array(), size);
    }

    private static void expectCorrupt(byte[] bytes, String message) {
        for (int chunk : new int[] {1, 7, bytes.length}) {
            List<RawRecord> before = new ArrayList<>();
            Chunkings.ofSize(bytes, chunk)
                    .bytes()
                    .transform(RecordIo.decode())
                    .doOnNext(before::add)
                    .then()
                    .as(StepVerifier::create)
                    .verifyErrorSatisfies(error -> assertThat(error)
                            .isInstanceOf(CorruptRecordException.class)
                            .hasMessage("RecordIO: corrupted record: " + message + " [PF-RECORD-01]"));
        }
    }

    private static int wholeRecords(int end) {
        int whole = 0;
        while (whole + 1 < MIXED_AT.length && MIXED_AT[whole + 1] <= end) {
            whole++;
        }
        return whole;
    }

    private static byte[] part(int kind, String payload) {
        return TestParts.part(kind, payload);
    }

    private static byte[] join(byte[]... parts) {
        return TestParts.join(parts);
    }

    private static byte[] encode(Dialect dialect, int maxPartBytes, byte[] payload) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Flux.just(ByteBuffer.wrap(payload))
                .transform(RecordIo.encode(dialect, maxPartBytes))
                .toIterable(1)
                .forEach(
                        frame -> bytes.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining()));
        return bytes.toByteArray();
    }

    private static List<RawRecord> decode(Dialect dialect, Chunking chunking) {
        return chunking.bytes()
                .transform(RecordIo.format(dialect).decode())
                .collectList()
                .block();
    }

    private static List<String> payloads(Dialect dialect, Chunking chunking) {
        return decode(dialect, chunking).stream().map(RecordIoTest::hex).toList();
    }

    private static String hex(RawRecord record) {
        return HEX.formatHex(record.toByteArray());
    }
}
