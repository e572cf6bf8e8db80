package io.pipeflux.records.rows;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.batch.ColumnBatch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Archives of GNU tar 1.34 and of Python's tarfile, and archives made here. */
class WebDatasetTest {

    private static final String LONG = "d/" + "l".repeat(120) + "/ü";
    private static final RowSchema ROWS = WebDataset.of(
            Field.key("key"),
            Field.bytes("image").from("jpg", "png", "seg.png"),
            Field.int64("cls"),
            Field.json("json").withDefault("null"));
    private static final RowSchema CLASSES = WebDataset.of(Field.key("key"), Field.int64("cls"));

    @Test
    void aDefaultFitsTheTypeOfItsField() {
        Field.int32("a").withDefault(Integer.MIN_VALUE);
        Field.int64("a").withDefault(-0x1p53);
        Field.float32("a").withDefault(0.1).withDefault(Double.NaN).withDefault(Double.POSITIVE_INFINITY);
        Field.float64("a").withDefault(1e300);
        for (Runnable wrong : List.<Runnable>of(
                () -> Field.float32("a").withDefault(1e300),
                () -> Field.float32("a").withDefault(1e-300),
                () -> Field.int32("a").withDefault(0x1p31),
                () -> Field.int32("a").withDefault(0.5),
                () -> Field.int64("a").withDefault(0x1p54),
                () -> Field.int64("a").withDefault(Double.NaN),
                () -> Field.bytes("a").withDefault(1),
                () -> Field.key("a").withDefault(1))) {
            assertThatThrownBy(wrong::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("field \"a\": expected a default of ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tar-gnu", "tar-pax", "tar-ustar", "python-gnu", "python-pax", "python-ustar"})
    void rowsOfOtherToolsAreReadHoweverTheBytesAreCut(String archive) throws IOException {
        byte[] bytes = archive(archive);
        for (int size : new int[] {1, 7, 511, 512, 513, 4096, bytes.length}) {
            List<RawRecord> all =
                    chunks(bytes, size).transform(ROWS.decode()).collectList().block();
            assertThat(keys(all)).as("chunks of %s bytes", size).containsExactly("d/a/1", "d/a/2", LONG, "d/a/9");
            ColumnBatch batch = ROWS.parse(all);
            assertThat(batch.column("cls").asLongBuffer()).isEqualTo(java.nio.LongBuffer.wrap(new long[] {1, 2, 3, 9}));
            assertThat(text(batch.column("image").bytes(0))).isEqualTo("d/a/1.jpg\n".repeat(80));
            assertThat(text(batch.column("image").bytes(1))).isEqualTo("d/a/2.PNG\n");
            assertThat(text(batch.column("image").bytes(2))).isEqualTo((LONG + ".seg.png\n").repeat(2));
            assertThat(batch.column("image").bytes(3).remaining()).isZero();
            assertThat(batch.column("json").string(0)).isEqualTo("{\"n\": 1}");
            assertThat(batch.column("json").string(1)).isEqualTo("null");
            assertThat(batch.column("key").string(2)).isEqualTo(LONG);
        }
    }

    @Test
    void compressedArchivesAreRead() throws IOException {
        byte[] gzip = resource("python-pax");
        RowSchema rows = ROWS.compression(Compression.GZIP);
        List<RawRecord> all =
                chunks(gzip, 100).transform(rows.decode()).collectList().block();
        assertThat(keys(all)).hasSize(4);
        assertThat(keys(chunks(gzip, 100)
                        .transform(rows.decode())
                        .contextWrite(Pass.resumeAt(all.get(1).resumeAt()))
                        .collectList()
                        .block()))
                .containsExactly(LONG, "d/a/9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tar-pax", "python-gnu"})
    void anArchiveThatEndsEarlyIsTruncatedAfterItsWholeRows(String name) throws IOException {
        byte[] bytes = archive(name);
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        int whole = (end + 511) / 512 * 512 + 1024;
        for (int length = 1; length < whole; length += length % 512 == 0 ? 1 : Math.min(97, 512 - length % 512)) {
            List<RawRecord> rows = new ArrayList<>();
            Flux<RawRecord> decoded = chunks(Arrays.copyOf(bytes, length), 700).transform(ROWS.decode());
            StepVerifier.create(decoded.doOnNext(rows::add).then())
                    .expectError(TruncatedInputException.class)
                    .verify();
            assertThat(keys(rows))
                    .isEqualTo(List.of("d/a/1", "d/a/2", LONG, "d/a/9").subList(0, rows.size()));
        }
        assertThat(keys(chunks(Arrays.copyOf(bytes, whole), 700)
                        .transform(ROWS.decode())
                        .collectList()
                        .block()))
                .hasSize(4);
        StepVerifier.create(Flux.<ByteBuffer>empty().transform(ROWS.decode())).verifyComplete();
    }

    @Test
    void readingResumesAfterEachRowOfStreamsObjectsAndArchivesInSequence() throws IOException {
        byte[] first = archive("tar-gnu");
        byte[] second = archive("python-pax");
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        List<Flux<RawRecord>> sources = List.of(
                chunks(both, 1000).transform(ROWS.decode()),
                Flux.just(object(0, first), object(1, second)).transform(ROWS.decodeObjects()));
        for (Flux<RawRecord> source : sources) {
            List<RawRecord> all = source.collectList().block();
            assertThat(keys(all)).hasSize(8);
            for (int i = 0; i < 8; i++) {
                ResumePoint after = ResumePoint.fromJson(all.get(i).resumeAt().toJson());
                assertThat(keys(source.contextWrite(Pass.resumeAt(after))
                                .collectList()
                                .block()))
                        .isEqualTo(keys(all).subList(i + 1, 8));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sparse-gnu", "sparse-pax", "symbolic-link", "hard-link", "named-pipe"})
    void whatIsNotAPlainFileIsRefusedByName(String archive) throws IOException {
        byte[] bytes = archive(archive);
        assertThatThrownBy(() -> chunks(bytes, 512).transform(ROWS.decode()).blockLast())
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining(
                        archive.startsWith("sparse") ? "a sparse file" : "a " + archive.replace('-', ' '));
    }

    @Test
    void aDamagedArchiveEndsOrFailsTheSameWayHoweverItIsCut() throws IOException {
        byte[] bytes = archive("tar-pax");
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(9000)] ^= (byte) (1 << random.nextInt(8));
            assertThat(outcome(damaged, 100)).isEqualTo(outcome(damaged, damaged.length));
        }
    }

    private static String outcome(byte[] bytes, int chunk) {
        List<RawRecord> rows = new ArrayList<>();
        try {
            chunks(bytes, chunk).transform(ROWS.decode()).doOnNext(rows::add).blockLast();
            return keys(rows).toString();
        } catch (PipefluxException e) {
            return rows.size() + " rows, " + e.getMessage();
        }
    }

    @Test
    void randomArchivesHaveTheirRows() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            TarWriter tar = new TarWriter();
            List<String> expected = new ArrayList<>();
            for (int row = 0; row < random.nextInt(6); row++) {
                String key = "k" + random.nextInt(3) + "-" + row;
                byte[] image = new byte[random.nextInt(1500)];
                random.nextBytes(image);
                if (random.nextBoolean()) {
                    tar.file("README", image).file(".hidden.jpg", image);
                }
                tar.file(key + ".jpg", image);
                if (random.nextInt(4) == 0) {
                    tar.file("__meta__/x.json", "{}").file(key + ".other", image);
                }
                tar.file(key + ".cls", row + "");
                expected.add(key + " " + Arrays.hashCode(image) + " " + row);
            }
            List<String> found = chunks(tar.archive(), 1 + random.nextInt(3000))
                    .transform(ROWS.decode())
                    .map(ROWS::row)
                    .map(row ->
                            row.text("key") + " " + Arrays.hashCode(bytes(row.bytes("image"))) + " " + row.int64("cls"))
                    .collectList()
                    .block();
            assertThat(found).as("seed %s", seed).isEqualTo(expected);
        }
    }

    @Test
    void aLengthThatIsAnnouncedTakesNoMemory() {
        byte[] huge = {(byte) 0x80, 0, 0, 0, 0x3f, 0, 0, 0, 0, 0, 0, 0};
        List<byte[]> archives = List.of(
                new TarWriter().entry("a.jpg", '0', huge, new byte[0]).bytes(),
                new TarWriter().entry("a.jpg", 'L', huge, new byte[0]).bytes(),
                new TarWriter()
                        .entry("a.jpg", 'x', "77777777777".getBytes(UTF_8), new byte[0])
                        .bytes(),
                new TarWriter()
                        .entry("a.jpg", '0', "77777777777".getBytes(UTF_8), new byte[0])
                        .bytes());
        for (byte[] archive : archives) {
            StepVerifier.create(chunks(archive, 512).transform(ROWS.decode()))
                    .expectError(CorruptRecordException.class)
                    .verify();
        }
        StepVerifier.create(chunks(
                                new TarWriter()
                                        .entry("README", '0', huge, new byte[0])
                                        .bytes(),
                                512)
                        .transform(ROWS.decode()))
                .expectError(TruncatedInputException.class)
                .verify();
        byte[] longRow =
                new TarWriter().file("a.jpg", new byte[3000]).file("a.cls", "1").archive();
        StepVerifier.create(
                        chunks(longRow, 512).transform(ROWS.maxRowBytes(4000).decode()))
                .expectError(CorruptRecordException.class)
                .verify();
        StepVerifier.create(
                        chunks(longRow, 512).transform(ROWS.maxRowBytes(5000).decode()))
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void anEmptyPaxValueLeavesWhatTheHeaderSays() {
        byte[] archive = new TarWriter()
                .extension('x', "8 path=\n")
                .file("a.cls", "1")
                .extension('x', "8 size=\n")
                .file("b.cls", "2")
                .extension('x', "14 path=x.cls\n11 size=70\n8 path=\n8 size=\n")
                .file("c.cls", "3")
                .extension('g', "8 path=\n8 size=\n")
                .file("d.cls", "4")
                .archive();
        for (int size : new int[] {100, archive.length}) {
            ColumnBatch batch = chunks(archive, size)
                    .transform(CLASSES.decode())
                    .collectList()
                    .map(CLASSES::parse)
                    .block();
            assertThat(batch.column("cls").asLongBuffer()).isEqualTo(java.nio.LongBuffer.wrap(new long[] {1, 2, 3, 4}));
            assertThat(batch.column("key").string(2)).isEqualTo("c");
        }
    }

    @Test
    void aFileWithoutANameIsNotIgnored() {
        StepVerifier.create(chunks(new TarWriter().file("", "1").archive(), 512).transform(ROWS.decode()))
                .expectError(CorruptRecordException.class)
                .verify();
    }

    /** Each is followed by more of its kind without end: it must fail before much of it was read. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "L", "K", "xL", "LxK", "KLx", "xg"})
    void extendedHeadersOfOneFileAreBounded(String types) {
        for (int bytes : new int[] {0, 400, 700_000, 1 << 20}) {
            List<ByteBuffer> headers = types.chars()
                    .mapToObj(type -> ByteBuffer.wrap(new TarWriter()
                            .extension((char) type, type == 'x' || type == 'g' ? comment(bytes) : "n".repeat(bytes))
                            .bytes()))
                    .toList();
            AtomicLong read = new AtomicLong();
            StepVerifier.create(Flux.fromIterable(headers)
                            .repeat()
                            .take(1000)
                            .map(ByteBuffer::duplicate)
                            .doOnNext(chunk -> read.incrementAndGet())
                            .transform(ROWS.decode()))
                    .expectError(CorruptRecordException.class)
                    .verify();
            assertThat(read).hasValueLessThanOrEqualTo(8);
        }
    }

    @Test
    void oneExtendedHeaderOfEachKindIsRead() {
        byte[] archive = new TarWriter()
                .extension('K', "the target of a link")
                .extension('L', "a.cls")
                .extension('x', comment(1_000_000))
                .file("b.cls", "1")
                .archive();
        assertThat(keys(chunks(archive, 5000)
                        .transform(ROWS.decode())
                        .collectList()
                        .block()))
                .containsExactly("a");
    }

    private static String comment(int bytes) {
        return bytes == 0 ? "" : bytes + " c=" + "c".repeat(bytes - (bytes + " c=\n").length()) + "\n";
    }

    /** Whole blocks of zeros are how tools pad an archive. */
    @Test
    void bytesAfterTheEndOfAnArchiveAreNamedUnlessTheyAreZeroBlocksOrAnArchive() {
        for (byte[] more : List.of(
                new byte[100], "garbage".getBytes(UTF_8), "g".repeat(600).getBytes(UTF_8))) {
            for (int padding : new int[] {0, 512, 9216}) {
                byte[] archive =
                        new TarWriter().file("a.cls", "1").zeros(1024 + padding).bytes();
                byte[] bytes = Arrays.copyOf(archive, archive.length + more.length);
                System.arraycopy(more, 0, bytes, archive.length, more.length);
                StepVerifier.create(chunks(bytes, 700).transform(ROWS.decode()))
                        .expectNextCount(1)
                        .expectErrorSatisfies(e -> assertThat(e)
                                .isInstanceOf(PipefluxException.class)
                                .hasMessageContaining("after the end of an archive"))
                        .verify();
            }
        }
        for (int padding : new int[] {0, 512, 9216}) {
            byte[] two = new TarWriter()
                    .file("a.cls", "1")
                    .zeros(1024 + padding)
                    .file("b.cls", "2")
                    .zeros(padding)
                    .archive();
            assertThat(keys(chunks(two, 700)
                            .transform(ROWS.decode())
                            .collectList()
                            .block()))
                    .containsExactly("a", "b");
        }
    }

    @Test
    void aLoneZeroBlockIsAnError() {
        byte[] lone =
                new TarWriter().file("a.cls", "1").zeros(512).file("b.cls", "2").archive();
        StepVerifier.create(chunks(lone, 512).transform(ROWS.decode()))
                .expectNextCount(1)
                .expectError(CorruptRecordException.class)
                .verify();
    }

    @Test
    void aMissingOrDoubledFieldIsAnErrorThatNamesTheRow() {
        assertThatThrownBy(() -> parse(new TarWriter().file("k/1.jpg", "x").archive()))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("\"cls\"")
                .hasMessageContaining("\"k/1\"");
        assertThatThrownBy(() -> parse(new TarWriter()
                        .file("k/1.jpg", "x")
                        .file("k/1.png", "y")
                        .file("k/1.cls", "1")
                        .archive()))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("\"k/1\"");
        assertThatThrownBy(() -> WebDataset.of(
                        Field.bytes("a").from("jpg"), Field.bytes("b").from("JPG")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noMoreChunksAreRequestedThanTheRowNeeds() {
        byte[] bytes = new TarWriter()
                .file("a.jpg", new byte[2000])
                .file("a.cls", "1")
                .file("b.cls", "2")
                .archive();
        AtomicLong requested = new AtomicLong();
        StepVerifier.create(chunks(bytes, 512).doOnRequest(requested::addAndGet).transform(ROWS.decode()), 1)
                .expectNextCount(1)
                .then(() -> assertThat(requested).hasValue(8)) // 5 of a.jpg, 2 of a.cls, and the next header
                .thenCancel()
                .verify();
    }

    @Test
    void shardsOfObjectsBecomeBatches() throws IOException {
        List<ColumnBatch> batches = Flux.just(object(0, archive("tar-gnu")), object(1, archive("tar-ustar")))
                .transform(ROWS.decodeObjects())
                .transform(mapAndBatch(3, 2, ROWS.batches()))
                .collectList()
                .block();
        assertThat(batches).extracting(ColumnBatch::rows).containsExactly(3, 3, 2);
    }

    private static ColumnBatch parse(byte[] archive) {
        return chunks(archive, 512)
                .transform(ROWS.decode())
                .collectList()
                .map(ROWS::parse)
                .block();
    }

    private static List<String> keys(List<RawRecord> rows) {
        RowSchema key = WebDataset.of(Field.key("key"));
        return rows.stream().map(row -> key.row(row).text("key")).toList();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static String text(ByteBuffer buffer) {
        return UTF_8.decode(buffer).toString();
    }

    private static ObjectBytes object(long ordinal, byte[] bytes) {
        return ObjectBytes.of(
                "shard-" + ordinal + ".tar",
                ordinal,
                bytes.length,
                "etag",
                from -> chunks(Arrays.copyOfRange(bytes, (int) from, bytes.length), 1000));
    }

    private static Flux<ByteBuffer> chunks(byte[] bytes, int size) {
        int count = (bytes.length + size - 1) / size;
        return Flux.range(0, count)
                .map(i -> ByteBuffer.wrap(Arrays.copyOfRange(bytes, i * size, Math.min(bytes.length, (i + 1) * size))));
    }

    private static byte[] archive(String name) throws IOException {
        try (InputStream in = new GZIPInputStream(new java.io.ByteArrayInputStream(resource(name)))) {
            return in.readAllBytes();
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = WebDatasetTest.class.getResourceAsStream("/webdataset/" + name + ".tar.gz")) {
            return in.readAllBytes();
        }
    }
}
