package io.pipeflux.records;

import static io.pipeflux.core.suite.Gzips.gzip;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.google.protobuf.CodedOutputStream;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.DetectedFormat.Kind;
import io.pipeflux.records.DetectedFormat.Payload;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class FormatsTest {

    private static final byte[] TEXT = utf8("label,age\n1,13\n0,\u00fc\n");

    @Test
    void detectsTfRecordsAndWhatIsInThem() throws IOException {
        assertThat(detect(frames(TfRecords.encode(), utf8("anything"))).format())
                .hasToString(TfRecords.format().toString());
        expect(frames(TfRecords.encode(), new byte[0]), Kind.TFRECORD, null, Payload.UNKNOWN);
        expect(frames(TfRecords.encode(), example(3), example(4)), Kind.TFRECORD, null, Payload.TF_EXAMPLE);
        expect(frames(TfRecords.encode(), aialgsRecord(3)), Kind.TFRECORD, null, Payload.AIALGS_RECORD);
    }

    @Test
    void aRecordLongerThanWhatIsLookedAtIsEnough() throws IOException {
        expect(frames(TfRecords.encode(), example(100_000)), Kind.TFRECORD, null, Payload.TF_EXAMPLE);
        expect(frames(RecordIo.encode(), aialgsRecord(100_000)), Kind.RECORDIO, Dialect.CONCAT, Payload.AIALGS_RECORD);
    }

    /** Nothing of a block is known before all of it has arrived, and blocks have up to 128 KiB. */
    @Test
    void zstandardThatCouldNotBeMadeSmallerIsReadFurther() throws IOException {
        byte[] noise = new byte[300_000];
        new Random(1).nextBytes(noise);
        byte[] object = Zstd.compress(frames(TfRecords.encode(), noise));

        for (int chunk : new int[] {1000, 64 << 10, 100_000, object.length}) {
            assertThat(detect("k", object, chunk).kind()).isEqualTo(Kind.TFRECORD);
            assertThat(detect("k", object, chunk).compression()).isEqualTo(Compression.ZSTD);
        }
    }

    /** As parallel compressors write them. */
    @Test
    void zstandardMayBeginWithAFrameToBeSkipped() throws IOException {
        byte[] skippable = HexFormat.of().parseHex("5e2a4d18" + "04000000" + "01020304");

        DetectedFormat found = detect(join(skippable, Zstd.compress(TEXT)));
        assertThat(found.kind()).isEqualTo(Kind.TEXT_LINES);
        assertThat(found.compression()).isEqualTo(Compression.ZSTD);
    }

    @Test
    void detectsRecordIoAndItsDialect() throws IOException {
        byte[] sageMakers = HexFormat.of().parseHex("0a23d7ce01000020410000000a23d7ce00000060");
        byte[] mxnets = frames(RecordIo.encode(Dialect.DMLC), HexFormat.of().parseHex("414141410a23d7ce"));

        expect(frames(RecordIo.encode(), utf8("x")), Kind.RECORDIO, Dialect.CONCAT, Payload.UNKNOWN);
        expect(frames(RecordIo.encode(), aialgsRecord(9)), Kind.RECORDIO, Dialect.CONCAT, Payload.AIALGS_RECORD);
        expect(frames(RecordIo.encode(), example(9)), Kind.RECORDIO, Dialect.CONCAT, Payload.TF_EXAMPLE);
        expect(sageMakers, Kind.RECORDIO, Dialect.CONCAT, Payload.UNKNOWN);
        assertThat(detect("train.REC", sageMakers, 7).dialect()).isEqualTo(Dialect.CONCAT);
        assertThat(detect("train.REC", mxnets, 7).dialect()).isEqualTo(Dialect.DMLC);
        assertThat(detect("train.REC", mxnets, 7).format())
                .hasToString(RecordIo.format(Dialect.DMLC).toString());
        assertThat(detect("train", mxnets, 7).dialect()).isEqualTo(Dialect.CONCAT);
    }

    @Test
    void theReasonSaysWhatWasSeenAndWhatIsAGuess() throws IOException {
        byte[] plain = frames(RecordIo.encode(), utf8("x"));
        byte[] sageMakers = HexFormat.of().parseHex("0a23d7ce0100002041000000");

        assertThat(detect(frames(TfRecords.encode(), example(3))).reason())
                .isEqualTo("the checksum of the first record's length is that of a TFRecord,"
                        + " and the record is shaped as a tf.train.Example");
        assertThat(detect("a.rec", plain, 9).reason())
                .isEqualTo("it begins with RecordIO's magic number;"
                        + " DMLC since no part tells the dialect, and MXNet's files end in .rec");
        assertThat(detect("a", plain, 9).reason())
                .isEqualTo("it begins with RecordIO's magic number;"
                        + " CONCAT since no part tells the dialect, and it is SageMaker's, the default");
        assertThat(detect("a", sageMakers, 9).reason())
                .isEqualTo("it begins with RecordIO's magic number;"
                        + " CONCAT since a part has a length that MXNet never writes");
        assertThat(detect(gzip(TEXT)).reason())
                .isEqualTo("it begins as GZIP does; inside, the first " + TEXT.length
                        + " bytes are UTF-8 text without control characters");
    }

    @Test
    void detectsText() throws IOException {
        expect(TEXT, Kind.TEXT_LINES, null, Payload.UNKNOWN);
        expect(utf8("{\"a\":1}\r\n\t\r\n"), Kind.TEXT_LINES, null, Payload.UNKNOWN);
        expect(utf8("no line feed"), Kind.TEXT_LINES, null, Payload.UNKNOWN);
        expect(utf8("a\u20ac".repeat(40_000)), Kind.TEXT_LINES, null, Payload.UNKNOWN); // cut in a character
        assertThat(detect(TEXT).format()).hasToString(TextLines.format().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x^2 is a square", "x^2", "HELLO", "h\u0081", "8/7,1\n", "(5", "x^", "x"})
    void textThatBeginsLikeZlibIsText(String text) {
        assertThat(detect(utf8(text)).kind()).isEqualTo(Kind.TEXT_LINES);
        assertThat(detect(utf8(text)).compression()).isEqualTo(Compression.NONE);
    }

    @Test
    void anEndInsideACharacterIsNoText() {
        expectUnknown(new byte[] {'a', (byte) 0xc3}, "the first 2 bytes 61 c3");
    }

    @Test
    void anythingElseIsUnknownAndShown() throws IOException {
        byte[] jpeg = HexFormat.of().parseHex("ffd8ffe000104a46494600010100000100010000");
        byte[] wrongKind = frames(RecordIo.encode(), utf8("x"));
        wrongKind[7] = (byte) 0x60;

        expectUnknown(
                jpeg,
                "format unknown: looked for a TFRecord's length checksum, RecordIO's magic number 0xced7230a, UTF-8 text,"
                        + " and each of them inside GZIP, ZLIB and Zstandard; found the first 16 bytes"
                        + " ff d8 ff e0 00 10 4a 46 49 46 00 01 01 00 00 01; the first bytes are those of a JPEG image: one"
                        + " image per object has no records: wrap each object as a RecordIO record (RecordIo.wrap, or"
                        + " RecordWrapperType RecordIO) (k)");
        expectUnknown(wrongKind, "0a 23 d7 ce 01 00 00 60 78 00 00 00");
        expectUnknown(gzip(jpeg), "found a header of GZIP but none inside; the first 16 bytes 1f 8b 08");
        expectUnknown(gzip(jpeg), "; inside, the first 16 bytes ff d8 ff e0 00 10 4a 46 49 46");
        expectUnknown(HexFormat.of().parseHex("1f8b08ffffffffffff"), "found a header of GZIP but none inside");
        expectUnknown(HexFormat.of().parseHex("28b52ffdffffffffff"), "found a header of ZSTD but none inside");
        expectUnknown(new byte[0], "format unknown: the object is empty, as one of any format may be (k)");
    }

    @Test
    void whyNothingCouldBeInflatedIsSaid() throws IOException {
        byte[] zstd;
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            zstd = context.setChecksum(true).compress(TEXT);
        }
        zstd[zstd.length - 1] ^= 1;
        expectUnknown(zstd, "; what follows is corrupt, or not ZSTD: ");
        byte[] gzip = gzip(TEXT);
        gzip[gzip.length - 5] ^= 1; // of the checksum
        expectUnknown(gzip, "; what follows is corrupt, or not GZIP: ");
        expectUnknown(Arrays.copyOf(zstd, 5), "; the object ends before any content");

        byte[] skippable = Arrays.copyOf(HexFormat.of().parseHex("5e2a4d18" + "e0930400"), 8 + 300_000);
        expectUnknown(join(skippable, Zstd.compress(TEXT)), "; only the first 192 KiB were looked at");
    }

    @Test
    void whatIsCompressedIsNamedAsWhatIsNot() throws IOException {
        byte[] tar = new byte[1024];
        System.arraycopy(utf8("name"), 0, tar, 0, 4);
        System.arraycopy(utf8("ustar"), 0, tar, 257, 5);
        byte[] parquet = HexFormat.of().parseHex("504152311504150000000000");

        expectUnknown(gzip(tar), "the first bytes are those of tar: ");
        expectUnknown(zlib(parquet), "the first bytes are those of Parquet: ");
        expectUnknown(gzip("\ufeffa".getBytes(StandardCharsets.UTF_16LE)), "those of UTF-16 text: ");
        expectUnknown(gzip(gzip(TEXT)), "compressed again, by GZIP: ");
        expectUnknown(gzip(zlib(TEXT)), "compressed again, by ZLIB: ");
        expectUnknown(Zstd.compress(gzip(TEXT)), "compressed again, by GZIP: ");
        expectUnknown(gzip(Zstd.compress(TEXT)), "compressed again, by ZSTD: ");
        expectUnknown(Zstd.compress(parquet), "the first bytes are those of Parquet: ");
    }

    @Test
    void randomBytesAreNeverAnythingButUnknownOrText() {
        Random random = new Random(1);
        for (int i = 0; i < 4000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            if (i % 2 == 0 && bytes.length > 2) {
                bytes[0] = 0x78; // ZLIB's
                bytes[1] = (byte) 0x9c;
            }
            try {
                assertThat(detect("k", bytes, 60).kind()).isEqualTo(Kind.TEXT_LINES);
            } catch (CorruptRecordException e) {
                assertThat(e).hasMessageContaining("format unknown");
            }
        }
    }

    @Test
    void noMoreIsReadThanTheFirstBytesAndNothingBeforeSubscribing() {
        AtomicInteger chunks = new AtomicInteger();
        AtomicLong cancelled = new AtomicLong();
        ObjectBytes endless = ObjectBytes.of(
                "k",
                0,
                ObjectBytes.UNKNOWN_SIZE,
                null,
                from -> Flux.<ByteBuffer>generate(sink -> {
                            chunks.incrementAndGet();
                            sink.next(ByteBuffer.wrap("x".repeat(1 << 10).getBytes(StandardCharsets.US_ASCII)));
                        })
                        .doOnCancel(cancelled::incrementAndGet));

        var detected = Formats.detect(endless);
        assertThat(chunks).hasValue(0);
        assertThat(detected.block().kind()).isEqualTo(Kind.TEXT_LINES);
        assertThat(chunks).hasValue(64);
        assertThat(cancelled).hasValue(1);
    }

    @Test
    void aReadThatFailsFailsTheDetection() {
        Formats.detect(ObjectBytes.of("k", 0, 5, null, from -> Flux.error(new IllegalStateException("denied"))))
                .as(StepVerifier::create)
                .verifyErrorMessage("denied");
    }

    @Test
    void aChannelIsJudgedByItsFirstObjectWithContent() throws IOException {
        byte[] record = frames(TfRecords.encode(), utf8("x"));
        Flux<ObjectBytes> objects = Flux.just(
                object("s3://b/out/_SUCCESS", utf8("{\"name\": \"a committer\"}"), 100),
                object("s3://b/out/_started_1", utf8("{}"), 100),
                object("s3://b/out/.part-0.crc", utf8("crc"), 100),
                object("s3://b/out_$folder$", utf8("x"), 100),
                object("s3://b/out/part-0", new byte[0], 100),
                object("s3://b/out/part-1.gz", gzip(new byte[0]), 1),
                object("s3://b/out/part-2.zz", zlib(new byte[0]), 1),
                object("s3://b/out/part-2.zst", Zstd.compress(new byte[0]), 1),
                object("s3://b/out/part-2b.zst", Zstd.compress(utf8("\ufeff")), 1),
                object("s3://b/out/part-2a", utf8("\ufeff"), 1),
                object("s3://b/out/part-2b", gzip(utf8("\ufeff\ufeff")), 1),
                object("s3://b/out/part-3", record, 1),
                object("s3://b/out/part-4", utf8("never read"), 100));

        assertThat(Formats.detect(objects).block().kind()).isEqualTo(Kind.TFRECORD);
    }

    @Test
    void hiddenFilesBelowThePrefixAreNoData() {
        Flux<ObjectBytes> objects = Flux.just(
                        "s3://b/_x/.y/in/_SUCCESS",
                        "s3://b/_x/.y/in/.part-0.crc",
                        "s3://b/_x/.y/in/_temporary/0/part-0",
                        "s3://b/_x/.y/in/_delta_log/0.json",
                        "s3://b/_x/.y/in/a/_spark_metadata/0",
                        "s3://b/_x/.y/in/.hoodie/hoodie.properties",
                        "s3://b/_x/.y/in/.DS_Store",
                        "s3://b/_x/.y/in/._part-0",
                        "s3://b/_x/.y/in/a_$folder$",
                        "s3://b/_x/.y/in/_year=2026/part_0.a",
                        "s3://b/_x/.y/in/part-0")
                .map(key -> object(key, TEXT, 1));

        for (String prefix : List.of("s3://b/_x/.y/in/", "s3://b/_x/.y/in", "s3://b/_x/.y/i")) {
            assertThat(dataKeys(objects, prefix))
                    .containsExactly("s3://b/_x/.y/in/_year=2026/part_0.a", "s3://b/_x/.y/in/part-0");
        }
    }

    @Test
    void whatThePrefixNamesIsData() {
        Flux<ObjectBytes> objects = Flux.just("s3://b/in/_part-0", "s3://b/in/_part-1/a_b", "s3://b/in/_SUCCESS")
                .map(k -> object(k, TEXT, 1));

        assertThat(dataKeys(objects, "s3://b/in/_p")).containsExactly("s3://b/in/_part-0", "s3://b/in/_part-1/a_b");
        assertThat(dataKeys(objects, "s3://b/in/")).isEmpty();
        assertThat(dataKeys(objects, "s3://manifest")).containsExactly("s3://b/in/_part-1/a_b");
        assertThat(dataKeys(Flux.just(object("_a", TEXT, 1), object("b", TEXT, 1)), ""))
                .containsExactly("b");
    }

    private static List<String> dataKeys(Flux<ObjectBytes> objects, String prefix) {
        return objects.transform(Formats.dataObjects(prefix))
                .map(ObjectBytes::key)
                .collectList()
                .block();
    }

    @Test
    void aChannelWithoutContentHasNoFormat() throws IOException {
        Formats.detect(Flux.<ObjectBytes>empty()).as(StepVerifier::create).verifyComplete();
        Formats.detect(Flux.just(object("a", new byte[0], 1), object("b", gzip(new byte[0]), 1)))
                .as(StepVerifier::create)
                .verifyComplete();
        Formats.detect(Flux.just(object("c", utf8("\ufeff"), 1)))
                .as(StepVerifier::create)
                .verifyComplete();
    }

    @Test
    void anUnknownFirstObjectIsAnErrorAndNotPassedOver() {
        Formats.detect(Flux.just(object("a", new byte[] {1, 2}, 1), object("b", utf8("text"), 1)))
                .as(StepVerifier::create)
                .verifyError(CorruptRecordException.class);
    }

    /** However it is cut, plain and compressed, whole or only its beginning. */
    private static void expect(byte[] bytes, Kind kind, Dialect dialect, Payload payload) throws IOException {
        for (Compression compression : Compression.values()) {
            byte[] object = switch (compression) {
                case NONE -> bytes;
                case GZIP -> gzip(bytes);
                case ZLIB -> zlib(bytes);
                case ZSTD -> Zstd.compress(bytes);
            };
            for (int chunk : new int[] {1, 100, object.length}) {
                DetectedFormat found = detect("k", object, chunk);
                assertThat(found.kind()).isEqualTo(kind);
                assertThat(found.compression()).isEqualTo(compression);
                assertThat(found.dialect()).isEqualTo(dialect);
                assertThat(found.payload()).isEqualTo(payload);
                assertThat(recordsOf(bytes, found.format().compression(Compression.NONE)))
                        .isEqualTo(recordsOf(object, found.format()));
            }
        }
    }

    private static List<ByteBuffer> recordsOf(byte[] object, FrameFormat<RawRecord> format) {
        return Flux.just(ByteBuffer.wrap(object.clone()))
                .transform(format.decode())
                .map(RawRecord::bytes)
                .collectList()
                .block();
    }

    private static void expectUnknown(byte[] bytes, String message) {
        for (int chunk : new int[] {1, 100}) {
            Formats.detect(object("k", bytes, chunk))
                    .as(StepVerifier::create)
                    .verifyErrorSatisfies(error -> assertThat(error)
                            .isInstanceOf(CorruptRecordException.class)
                            .hasMessageContaining(message));
        }
    }

    private static DetectedFormat detect(byte[] bytes) {
        return detect("k", bytes, 100);
    }

    private static DetectedFormat detect(String key, byte[] bytes, int chunk) {
        return Formats.detect(object(key, bytes, chunk)).block();
    }

    private static ObjectBytes object(String key, byte[] bytes, int chunk) {
        return ObjectBytes.of(
                key,
                0,
                bytes.length,
                null,
                from -> Chunkings.ofSize(bytes, Math.max(1, chunk)).bytes());
    }

    private static byte[] frames(Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode, byte[]... payloads) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Flux.just(payloads)
                .map(ByteBuffer::wrap)
                .transform(encode)
                .toIterable(1)
                .forEach(frame -> bytes.write(frame.array(), 0, frame.limit()));
        return bytes.toByteArray();
    }

    private static byte[] example(int floats) {
        FloatList.Builder values = FloatList.newBuilder();
        for (int i = 0; i < floats; i++) {
            values.addValue(i);
        }
        Feature feature = Feature.newBuilder().setFloatList(values).build();
        return Example.newBuilder()
                .setFeatures(Features.newBuilder().putFeature("values", feature).putFeature("zz", feature))
                .build()
                .toByteArray();
    }

    /** features {"values": Float32Tensor}, label {"values": Float32Tensor}, by hand. */
    private static byte[] aialgsRecord(int floats) throws IOException {
        byte[] tensor = message(1, new byte[4 * floats]);
        byte[] entry = join(message(1, utf8("values")), message(2, message(2, tensor)));
        return join(message(1, entry), message(2, entry));
    }

    private static byte[] message(int field, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeByteArray(field, content);
        out.flush();
        return bytes.toByteArray();
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static byte[] zlib(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream zlib = new DeflaterOutputStream(out)) {
            zlib.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
