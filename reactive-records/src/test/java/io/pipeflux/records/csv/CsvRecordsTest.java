package io.pipeflux.records.csv;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Records with line feeds inside quotes, headers and byte order marks. */
class CsvRecordsTest {

    private static final CsvSchema SCHEMA = CsvSchema.of(CsvField.int64("id"), CsvField.bytes("name"));
    private static final FrameFormat<RawRecord> SKIP = CsvRecords.format(SCHEMA, CsvHeader.SKIP);
    private static final FrameFormat<RawRecord> NAMES = CsvRecords.format(SCHEMA, CsvHeader.NAMES);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Flux<RawRecord> stream(FrameFormat<RawRecord> format, String text) {
        return Flux.just(ByteBuffer.wrap(utf8(text))).transform(format.decode());
    }

    private static Flux<ObjectBytes> objects(int chunk, byte[]... contents) {
        List<ObjectBytes> objects = new ArrayList<>();
        for (byte[] content : contents) {
            int ordinal = objects.size();
            objects.add(ObjectBytes.of(
                    "object-" + ordinal,
                    ordinal,
                    content.length,
                    null,
                    from -> Chunkings.ofSize(Arrays.copyOfRange(content, (int) from, content.length), chunk)
                            .bytes()));
        }
        return Flux.fromIterable(objects);
    }

    private static Flux<ObjectBytes> objects(String... contents) {
        return objects(7, Arrays.stream(contents).map(CsvRecordsTest::utf8).toArray(byte[][]::new));
    }

    private static List<RawRecord> all(Flux<RawRecord> records) {
        return Objects.requireNonNull(records.collectList().block());
    }

    private static List<String> texts(Flux<RawRecord> records) {
        return all(records).stream()
                .map(record -> new String(record.toByteArray(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void recordsEndWhereNoQuoteIsOpen() {
        assertThat(texts(stream(CsvRecords.format(), "a,\"1\n2\r\n\"\r\n\r\n\nb,\"\"\"\n\"\nc")))
                .containsExactly("a,\"1\n2\r\n\"", "b,\"\"\"\n\"", "c");
        assertThat(texts(stream(CsvRecords.format(), "5\",x\n\"y\" z\"\nc\n")))
                .as("quotes in the wrong place are the schema's to refuse")
                .containsExactly("5\",x", "\"y\" z\"", "c");
        FrameFormat<RawRecord> noQuotes = CsvRecords.format(SCHEMA.quotes(false), CsvHeader.NONE);
        assertThat(texts(stream(noQuotes, "\"a\nb\"\n"))).containsExactly("\"a", "b\"");
        FrameFormat<RawRecord> tabs = CsvRecords.format(SCHEMA.delimiter('\t'), CsvHeader.NONE);
        assertThat(texts(stream(tabs, "a\t\"\n\"\nb,\"c\n"))).containsExactly("a\t\"\n\"", "b,\"c");
    }

    @Test
    void inputThatEndsInsideQuotesIsTruncatedAtItsRecord() {
        assertThatThrownBy(() -> stream(CsvRecords.format(), "a,b\nc,\"d\ne\n").blockLast())
                .isInstanceOfSatisfying(
                        TruncatedInputException.class,
                        e -> assertThat(e.position()).isEqualTo(new Position(0, Position.NO_OBJECT, 4, 1)));
        assertThatThrownBy(() -> objects("a,\"b", "\"\n")
                        .transform(CsvRecords.format().decodeObjects())
                        .blockLast())
                .isInstanceOfSatisfying(
                        TruncatedInputException.class,
                        e -> assertThat(e.source()).isEqualTo("object-0"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void inputThatEndsInsideQuotesBeyondTheMaximumIsTooLongHoweverItIsCut(int chunk) {
        assertThatThrownBy(() -> Chunkings.ofSize(utf8("\"0123456789"), chunk)
                        .bytes()
                        .transform(CsvRecords.format().maxRecordBytes(8).decode())
                        .blockLast())
                .isInstanceOf(CorruptRecordException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 100})
    void byteOrderMarksAreSkipped(int chunk) {
        byte[] bytes = utf8("\ufeffid,name\n1,\u00e4\n\ufeff\n\ufeff2,\ufeffb");
        assertThat(texts(Chunkings.ofSize(bytes, chunk).bytes().transform(SKIP.decode())))
                .containsExactly("1,\u00e4", "2,\ufeffb");
        assertThat(texts(objects(chunk, utf8("\ufeff"), bytes).transform(NAMES.decodeObjects())))
                .containsExactly("1,\u00e4", "2,\ufeffb");
        assertThat(texts(Chunkings.ofSize(new byte[] {(byte) 0xef, 'a', '\n', (byte) 0xef}, chunk)
                        .bytes()
                        .transform(CsvRecords.format().decode())))
                .hasSize(2);
        for (String charset : List.of("UTF-16", "UTF-16LE", "UTF-32BE")) {
            byte[] wide = ("\ufeff" + "id,name").getBytes(Charset.forName(charset));
            assertThatThrownBy(() -> Chunkings.ofSize(wide, chunk)
                            .bytes()
                            .transform(SKIP.decode())
                            .blockLast())
                    .as(charset)
                    .isInstanceOf(CorruptRecordException.class);
        }
    }

    @Test
    void theHeaderOfEachObjectIsNoRecord() {
        List<RawRecord> records = all(objects("id,name\r\n1,a\n2,b\n", "", "id,name\n", "id,name\n3,c")
                .transform(SKIP.decodeObjects()));

        assertThat(records.stream().map(RawRecord::position))
                .containsExactly(new Position(0, 0, 9, 0), new Position(0, 0, 13, 1), new Position(0, 3, 8, 2));
        assertThat(records.get(0).resumeAt().position()).isEqualTo(new Position(0, 0, 13, 1));
        assertThat(texts(objects("x\n1,a\nx\n", "y\n2,b\n").transform(SKIP.decodeObjects())))
                .as("a later record that equals the header is a row")
                .containsExactly("1,a", "x", "2,b");
    }

    @ParameterizedTest
    @EnumSource(CsvHeader.class)
    void readingResumesAfterAnyRecord(CsvHeader header) {
        FrameFormat<RawRecord> format = CsvRecords.format(SCHEMA, header);
        String[] contents = {"id,name\n1,a\n2,\"b\n\"\n", "id,name\n", "id,name\n3,\"c,\"\n\n4,d"};
        byte[] joined = utf8(String.join("", contents));
        assertResumes(objects(contents).transform(format.decodeObjects()));
        assertResumes(objects(contents).transform(format.decodeObjects()).transform(repeat(2)));
        assertResumes(Chunkings.ofSize(joined, 5).bytes().transform(format.decode()));
        assertResumes(Chunkings.ofSize(gzip(joined), 5)
                .bytes()
                .transform(format.compression(Compression.GZIP).decode()));
        assertResumes(objects(5, gzip(utf8(contents[0])), gzip(utf8(contents[2])))
                .transform(format.compression(Compression.GZIP).decodeObjects()));
    }

    private static void assertResumes(Flux<RawRecord> stream) {
        List<RawRecord> records = all(stream);
        assertThat(records).hasSizeGreaterThan(3);
        for (int i = 0; i < records.size(); i++) {
            for (ResumePoint point :
                    List.of(records.get(i).resumeAt(), records.get(i).resumeBefore())) {
                ResumePoint read = ResumePoint.fromJson(point.toJson());
                List<String> rest =
                        records.subList(point.equals(records.get(i).resumeAt()) ? i + 1 : i, records.size()).stream()
                                .map(CsvRecordsTest::described)
                                .toList();
                assertThat(all(stream.contextWrite(Pass.resumeAt(read))).stream()
                                .map(CsvRecordsTest::described))
                        .as("record %d, %s", i, read)
                        .isEqualTo(rest);
            }
        }
    }

    private static String described(RawRecord record) {
        return record + " " + Arrays.toString(record.toByteArray()) + " " + record.resumeAt();
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    @Test
    void aPointInTheMiddleOfAStreamWhoseHeaderMustBeSeenIsRefused() {
        ResumePoint point = new ResumePoint(new Position(0, 0, 12, 1), 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> objects("id,name\n1,a\n2,b\n")
                        .transform(NAMES.decodeObjects())
                        .contextWrite(Pass.resumeAt(point))
                        .blockLast());
    }

    @Test
    void columnsThatAHeaderNamesMayBeInAnyOrder() {
        Flux<RawRecord> records = objects(
                        "id,name\n1,a\n", "name,id\n\"b\n,\",2\n", "\"x\"\"y\",name,\"id\",more\n,,3,\"\n\n\"\n")
                .transform(NAMES.decodeObjects());
        assertThat(texts(records)).containsExactly("1,a", "2,\"b\n,\"", "3,");
        assertThat(all(records).stream().map(RawRecord::position))
                .containsExactly(new Position(0, 0, 8, 0), new Position(0, 1, 8, 1), new Position(0, 2, 22, 2));
        CsvSchema one = CsvSchema.of(CsvField.bytes("b").withDefault("none"));
        ColumnBatch batch = one.parse(all(objects("a,b\n1,\n2,x\n")
                .transform(CsvRecords.format(one, CsvHeader.NAMES).decodeObjects())));
        assertThat(StandardCharsets.UTF_8.decode(batch.column("b").values()).toString())
                .isEqualTo("nonex");
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "id,Name", "id,name,id", "\"id,name", "id;name", "1,a", "id, name"})
    void aHeaderThatDoesNotNameTheFieldsIsRefused(String header) {
        assertThatThrownBy(() -> objects("name,id\na,1\n", header + "\n1,a\n")
                        .transform(NAMES.decodeObjects())
                        .blockLast())
                .isInstanceOfAny(SchemaMismatchException.class, TruncatedInputException.class)
                .hasMessageContaining("object-1");
    }

    @Test
    void selectedColumnsHaveNoNames() {
        assertThatIllegalArgumentException().isThrownBy(() -> CsvRecords.format(SCHEMA.select(0, 2), CsvHeader.NAMES));
        assertThat(CsvRecords.format(SCHEMA.select(0, 2), CsvHeader.SKIP)).isNotNull();
    }

    /** Which column is which would be a guess. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "a,1", "a,1,2,3", "a,\r\"1\",", "\"a\"b,1,c", "a,\r", "x,\"1", "a,1,2,"})
    void aRecordThatDoesNotFitItsHeaderIsRefusedByTheSchema(String record) {
        CsvSchema schema = CsvSchema.of(CsvField.bytes("id"), CsvField.bytes("name"));
        List<RawRecord> records = all(objects("name,id,more\n", "name,more,id\nx,y,z\n" + record)
                .transform(CsvRecords.format(schema, CsvHeader.NAMES).decodeObjects())
                .onErrorResume(TruncatedInputException.class, e -> Flux.empty()));
        assertThat(records).hasSizeBetween(1, 2);
        if (records.size() == 2) {
            assertThatThrownBy(() -> schema.parse(records.subList(1, 2)))
                    .isInstanceOfAny(SchemaMismatchException.class, CorruptRecordException.class);
        }
    }

    @Test
    void aPipeKnowsTheHeadersOfItsObjectsByTheirNames() {
        assertThat(texts(stream(SKIP, "id,name\n1,a\nid,name\nid,name\n2,b\nname,id\n")))
                .containsExactly("1,a", "2,b", "name,id");
        List<RawRecord> records =
                all(stream(NAMES, "id,name\n1,a\nid,name\n\ufeffname,id,more\nb,2,\n\"name\",\"id\"\nc,3\n"));
        assertThat(texts(Flux.fromIterable(records))).containsExactly("1,a", "2,b", "3,c");
        assertThat(records.get(2).position()).isEqualTo(new Position(0, Position.NO_OBJECT, 53, 2));
    }

    @Test
    void aHeaderWithoutEndIsRefused() {
        Flux<ByteBuffer> bytes = Flux.range(0, 100).map(i -> ByteBuffer.wrap(new byte[64 << 10]));
        assertThatThrownBy(() -> bytes.transform(SKIP.decode()).blockLast()).isInstanceOf(CorruptRecordException.class);
    }

    /** Rows would be lost in it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a,b\rx,1\ry,2\r",
                "a,b\rx,1\ry,2",
                "a,\"b\nx,1\ny,\"2\"\nz,3\n",
                "a,\"b\nx,1\ny,2\"\nz,3\n",
                "a,\"b\rx\"\n",
                "a,5\"\nx,1\n",
                "\"a\"b,c\nx,1\n"
            })
    void aSkippedHeaderThatIsNotOneWholeLineIsRefused(String content) {
        for (int chunk : new int[] {1, 3, 7, 100}) {
            assertThatThrownBy(() -> objects(chunk, utf8("id,\"na\"\"me\"\r\n1,a\n"), utf8(content))
                            .transform(SKIP.decodeObjects())
                            .blockLast())
                    .isInstanceOfSatisfying(CorruptRecordException.class, e -> {
                        assertThat(e.source()).isEqualTo("object-1");
                        assertThat(e.position()).isEqualTo(new Position(0, 1, 0, 1));
                    });
        }
        assertThatThrownBy(() -> stream(SKIP, content).blockLast()).isInstanceOf(CorruptRecordException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"id\nof it\",name\n1,a\n",
                "id,\"name\r\nof it\"\r\n1,a\r\n",
                "\"a\n\nb\",\"c\nd\"\"e\"\n1,a\n",
                "\"a\nb, c, d\",\"e\nf, g\"\n1,a\n"
            })
    void aSkippedHeaderMayHaveLineFeedsInQuotesIfThereAreNoRowsInIt(String content) {
        for (int chunk : new int[] {1, 3, 7, 100}) {
            assertThat(texts(objects(chunk, utf8("id,name\n"), utf8(content)).transform(SKIP.decodeObjects())))
                    .containsExactly("1,a");
        }
        assertThat(texts(stream(SKIP, content + content))).containsExactly("1,a", "1,a");
        assertThatThrownBy(() -> stream(CsvRecords.format(SCHEMA.select(0, 2), CsvHeader.SKIP), content)
                        .blockLast())
                .isInstanceOf(CorruptRecordException.class);
    }

    /** Each line could be a header, and each one after it a row. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"a,b\nx\",1\n",
                "a,\"b\nx,1\"\n2,y\n",
                "a,\"b\nx\",1\n2,y\n",
                "\"a,b\n\"\"\",1\n",
                "a,\"b\n\",1\n"
            })
    void aSkippedHeaderThatMayHaveRowsInItIsRefused(String content) {
        assertThatThrownBy(() -> stream(SKIP, content).blockLast()).isInstanceOf(CorruptRecordException.class);
    }

    @Test
    void quotesInASkippedHeaderMayHaveNoMeaning() {
        FrameFormat<RawRecord> noQuotes = CsvRecords.format(SCHEMA.quotes(false), CsvHeader.SKIP);
        assertThat(texts(stream(noQuotes, "\"id,5\"\r\n1,a\n"))).containsExactly("1,a");
        assertThatThrownBy(() -> stream(noQuotes, "id,name\r1,a\r").blockLast())
                .isInstanceOf(CorruptRecordException.class);
    }

    /** The schema's fields are all named, but the rows would be lost in the name of another column. */
    @ParameterizedTest
    @ValueSource(strings = {"id,name,more\r1,a,x\r", "id,name,\"more\n1,a,x\n2,b,\"\n3,c,y\n"})
    void linesInTheNameOfAnotherColumnAreRefused(String content) {
        assertThatThrownBy(
                        () -> objects(content).transform(NAMES.decodeObjects()).blockLast())
                .isInstanceOf(SchemaMismatchException.class);
        CsvSchema lines = CsvSchema.of(CsvField.int64("id"), CsvField.bytes("first\nname"));
        assertThat(texts(objects("\"first\nname\",id\na,1\n")
                        .transform(CsvRecords.format(lines, CsvHeader.NAMES).decodeObjects())))
                .containsExactly("1,a");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 100_000})
    void aSecondByteOrderMarkIsRefused(int chunk) {
        byte[] bytes = utf8("a\n" + "\ufeff".repeat(8000) + "b\n");
        for (FrameFormat<RawRecord> format : List.of(CsvRecords.format(), SKIP)) {
            assertThatThrownBy(() -> Chunkings.ofSize(bytes, chunk)
                            .bytes()
                            .transform(format.decode())
                            .blockLast())
                    .isInstanceOf(CorruptRecordException.class);
        }
    }

    /** A value with the bytes of a byte order mark stays a value when it becomes its record's first. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aValueMayBeginWithAByteOrderMark(boolean quotes) {
        CsvSchema schema =
                CsvSchema.of(CsvField.bytes("a"), CsvField.int64("b")).quotes(quotes);
        for (int chunk : new int[] {1, 100}) {
            ColumnBatch batch = schema.parse(all(objects(chunk, utf8("b,a\n1,\ufeffx\n2,\ufeff\n3,y\n"))
                    .transform(CsvRecords.format(schema, CsvHeader.NAMES).decodeObjects())));
            assertThat(StandardCharsets.UTF_8.decode(batch.column("a").values()).toString())
                    .isEqualTo("\ufeffx\ufeffy");
        }
    }

    /** Rows written in the order of a header, read in that of the schema, however the bytes are cut. */
    @Test
    void whatIsWrittenIsReadAgain() {
        String[] pieces = {"a", "\n", "\r\n", ",", "\"\"", "\u20ac", "bc", " "};
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            List<String> expected = new ArrayList<>();
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "\ufeff" : "");
            boolean turned = random.nextBoolean();
            text.append(turned ? "name,id" : "id,name").append(random.nextBoolean() ? "\n" : "\r\n");
            int rows = random.nextInt(20);
            for (int i = 0; i < rows; i++) {
                StringBuilder name = new StringBuilder("\"");
                for (int left = random.nextInt(6); left > 0; left--) {
                    name.append(pieces[random.nextInt(pieces.length)]);
                }
                name.append('"');
                long id = random.nextLong();
                text.append(turned ? name + "," + id : id + "," + name);
                text.append(i < rows - 1 || random.nextBoolean() ? random.nextBoolean() ? "\n" : "\r\n" : "");
                expected.add(id + "," + name);
            }
            byte[] bytes = utf8(text.toString());
            assertThat(texts(Chunkings.ofSize(bytes, 1 + random.nextInt(40))
                            .bytes()
                            .transform(NAMES.decode())))
                    .as("seed %d", seed)
                    .isEqualTo(expected);
        }
    }
}
