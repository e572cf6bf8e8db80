package io.pipeflux.records.rows;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.records.rows.TestGroups.image;
import static io.pipeflux.records.rows.TestGroups.join;
import static io.pipeflux.records.rows.TestGroups.part;
import static io.pipeflux.records.rows.TestGroups.records;
import static io.pipeflux.records.rows.TestGroups.wrapped;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.pipeflux.core.DeadLetter;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.core.suite.Gzips;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.test.Chunking;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class RowGroupsTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);

    private static final RowSchema ROWS = RowGroups.of(Field.bytes("image"), Field.int64("class"));

    @Test
    void theRecordsOfARowBecomeItsColumns() {
        ColumnBatch batch = stream(5)
                .transform(ROWS.decode())
                .transform(mapAndBatch(5, 0, ROWS.batches()))
                .blockLast();
        Column images = batch.column("image");
        assertThat(images.dtype()).isEqualTo(DType.BYTES);
        for (int i = 0; i < 5; i++) {
            assertThat(images.bytes(i)).isEqualTo(ByteBuffer.wrap(image(i)));
        }
        assertThat(batch.column("class").asLongBuffer().get(4)).isEqualTo(4);
        assertThat(batch.resumeAt().position().recordOrdinal()).isEqualTo(5);
    }

    @Test
    void aMapperReadsTheFieldsOfARow() {
        List<String> rows = stream(3)
                .transform(ROWS.decode())
                .transform(mapAndBatch(3, 2, (RawRecord record) -> {
                    Row row = ROWS.row(record);
                    return row.bytes("image").remaining() + " bytes of class " + row.int64("class");
                }))
                .blockLast();
        assertThat(rows).containsExactly("0 bytes of class 0", "1 bytes of class 1", "2 bytes of class 2");
    }

    @Test
    void recordsOfSeveralPartsAreJoined() {
        byte[] bytes = join(part(1, "A"), part(2, "BBBBB"), part(3, "CC"), part(1, "1"), part(3, "2"));
        RawRecord row =
                Flux.just(ByteBuffer.wrap(bytes)).transform(ROWS.decode()).blockLast();
        assertThat(UTF_8.decode(ROWS.row(row).bytes("image")).toString()).isEqualTo("ABBBBBCC");
        assertThat(ROWS.row(row).int64("class")).isEqualTo(12);
    }

    /** Records of random parts, in chunks of any size: rows are what {@code RecordIo} reads, two at a time. */
    @Test
    void randomRowsAreTheRecordsThatRecordIoReads() {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int left = 2 * random.nextInt(5); left > 0; left--) {
                String payload = left % 2 == 0
                        ? "\u00e4".repeat(random.nextInt(4)) + "x".repeat(random.nextInt(50))
                        : Long.toString(random.nextLong() >> random.nextInt(64));
                int parts = random.nextInt(3);
                int first = random.nextInt(payload.length() + 1);
                int second = first + random.nextInt(payload.length() - first + 1);
                if (parts == 0) {
                    stream.writeBytes(part(0, payload));
                } else {
                    stream.writeBytes(part(1, payload.substring(0, first)));
                    stream.writeBytes(part(2, payload.substring(first, second)));
                    stream.writeBytes(part(3, payload.substring(second)));
                }
            }
            Chunking chunks = Chunkings.ofSize(stream.toByteArray(), 1 + random.nextInt(100));
            List<String> expected = chunks.bytes()
                    .transform(RecordIo.decode())
                    .map(record -> new String(record.toByteArray(), UTF_8))
                    .collectList()
                    .block();
            List<String> found = chunks.bytes()
                    .transform(ROWS.decode())
                    .map(ROWS::row)
                    .flatMapIterable(row ->
                            List.of(UTF_8.decode(row.bytes("image")).toString(), Long.toString(row.int64("class"))))
                    .collectList()
                    .block();
            assertThat(found).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test
    void joiningManyPartsTakesMemoryOnce() {
        byte[][] parts = new byte[40_001][];
        Arrays.setAll(parts, i -> part(i == 0 ? 1 : i < 39_999 ? 2 : i == 39_999 ? 3 : 0, i % 7 == 0 ? "abc" : "1234"));
        RawRecord row = RawRecord.of(ByteBuffer.wrap(join(parts)));
        RowSchema schema = RowGroups.of(Field.bytes("image"), Field.bytes("class"));
        assertThat(schema.row(row).bytes("image").remaining()).isEqualTo(4 * 40_000 - 5715);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        ByteBuffer image = schema.row(row).bytes("image");
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2 << 20);
        assertThat(UTF_8.decode(image).toString()).isEqualTo(("abc" + "1234".repeat(6)).repeat(5714) + "abc1234");
    }

    @ParameterizedTest
    @CsvSource({
        "7, 7",
        "-7, -7",
        "' 8\n', 8",
        "1e3, 1000",
        "2.0, 2",
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, -9223372036854775808",
        "0, 0",
        "-0, 0"
    })
    void aNumberIsReadFromItsText(String text, long expected) {
        assertThat(batch(Field.int64("n"), text).column("n").asLongBuffer().get(0))
                .isEqualTo(expected);
        assertThat(batch(Field.float64("n"), text).column("n").asDoubleBuffer().get(0))
                .isEqualTo((double) expected);
        assertThat(batch(Field.float32("n"), text).column("n").asFloatBuffer().get(0))
                .isEqualTo((float) expected);
    }

    @ParameterizedTest
    @CsvSource({
        "int64, 1.5", "int64, 9223372036854775808", "int32, 2147483648", "int64, cat", "int64, ''", "int64, 01",
        "int64, +1", "int64, 1e999999999", "int64, ٣", "float64, NaN", "float64, 1e400", "float32, 1e39",
        "float64, 0x1p3", "float64, 1f", "json, {", "json, '1 2'", "json, ''", "json, '{\"a\":1}x'"
    })
    void aValueOfAnotherKindIsAnErrorThatNamesFieldAndRow(String kind, String text) {
        Field field = switch (kind) {
            case "int64" -> Field.int64("n");
            case "int32" -> Field.int32("n");
            case "float64" -> Field.float64("n");
            case "float32" -> Field.float32("n");
            default -> Field.json("n");
        };
        assertThatThrownBy(() -> batch(field, text)).isInstanceOfSatisfying(SchemaMismatchException.class, e -> {
            assertThat(e).hasMessageContaining("field \"n\"").hasMessageContaining("record 1 of the 1");
            assertThat(e.position()).isNotNull();
        });
    }

    @Test
    void aNumberOfAMillionDigitsIsRefusedSoon() {
        assertThatThrownBy(() -> batch(Field.int64("n"), "1".repeat(1_000_000)))
                .isInstanceOf(SchemaMismatchException.class);
    }

    @Test
    void jsonAndTextBecomeUtf8() {
        Column json = batch(Field.json("n"), "{\"a\": [1, \"é\"]}").column("n");
        assertThat(json.dtype()).isEqualTo(DType.UTF8);
        assertThat(json.string(0)).isEqualTo("{\"a\": [1, \"é\"]}");
        assertThat(batch(Field.utf8("n"), "é").column("n").string(0)).isEqualTo("é");
        assertThatThrownBy(() -> batch(Field.json("n"), "1\0"))
                .as("the number 1 in UTF-16, and in UTF-8 no JSON")
                .isInstanceOf(SchemaMismatchException.class);
        RowSchema utf8 = RowGroups.of(Field.utf8("n"));
        List<RawRecord> wrong = Flux.just(ByteBuffer.wrap(wrapped(List.of(new byte[] {(byte) 0xff}))))
                .transform(utf8.decode())
                .collectList()
                .block();
        assertThatThrownBy(() -> utf8.parse(wrong)).isInstanceOf(SchemaMismatchException.class);
    }

    @Test
    void aRowThatTheEndCutsOffIsTruncatedAlsoBetweenItsRecords() {
        byte[] bytes = wrapped(records(3).subList(0, 5));
        StepVerifier.create(Flux.just(ByteBuffer.wrap(bytes)).transform(ROWS.decode()))
                .expectNextCount(2)
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(TruncatedInputException.class)
                        .hasMessageContaining("row of 2 records, of which 1"))
                .verify();
        StepVerifier.create(Flux.just(object(0, bytes), object(1, wrapped(records(1))))
                        .transform(ROWS.decodeObjects()))
                .expectNextCount(2)
                .expectError(TruncatedInputException.class)
                .verify();
    }

    @Test
    void readingResumesAfterEachRow() {
        List<RawRecord> all = stream(8).transform(ROWS.decode()).collectList().block();
        for (int i = 0; i < 8; i++) {
            ResumePoint after = ResumePoint.fromJson(all.get(i).resumeAt().toJson());
            assertThat(classes(stream(8).transform(ROWS.decode()).contextWrite(Pass.resumeAt(after))))
                    .isEqualTo(range(i + 1, 8));
        }
    }

    @Test
    void aPointInsideARowIsRefused() {
        List<RawRecord> single =
                stream(4).transform(RecordIo.decode()).collectList().block();
        for (RawRecord record : single.subList(0, 7)) {
            StepVerifier.create(stream(4).transform(ROWS.decode()).contextWrite(Pass.resumeAt(record.resumeAt())))
                    .expectError(ResumeMismatchException.class)
                    .verify();
        }
        RowSchema four = RowGroups.of(Field.bytes("a"), Field.bytes("b"), Field.bytes("c"), Field.bytes("d"));
        RawRecord first = stream(4).transform(ROWS.decode()).blockFirst();
        StepVerifier.create(stream(4).transform(four.decode()).contextWrite(Pass.resumeAt(first.resumeAt())))
                .expectError(ResumeMismatchException.class)
                .verify();
    }

    @Test
    void aPointOfSingleRecordsIsRefusedInObjectsToo() {
        Flux<ObjectBytes> objects = Flux.just(object(0, wrapped(records(4))));
        for (RawRecord record :
                objects.transform(RecordIo.decodeObjects()).collectList().block()) {
            StepVerifier.create(objects.transform(ROWS.decodeObjects()).contextWrite(Pass.resumeAt(record.resumeAt())))
                    .expectError(ResumeMismatchException.class)
                    .verify();
        }
        RawRecord row = objects.transform(ROWS.decodeObjects()).blockFirst();
        assertThat(classes(objects.transform(ROWS.decodeObjects()).contextWrite(Pass.resumeAt(row.resumeAt()))))
                .isEqualTo(range(1, 4));
    }

    @Test
    void shuffleShardAndRepeatKeepRowsWholeAndResume() {
        Function<Flux<ByteBuffer>, Flux<RawRecord>> pipeline = bytes -> bytes.transform(ROWS.decode())
                .transform(shard(2, 1))
                .transform(shuffle(10, 42))
                .transform(repeat(2));
        List<RawRecord> all = stream(40).transform(pipeline).collectList().block();
        assertThat(all).hasSize(40);
        assertWhole(all);
        List<Long> order = all.stream().map(RowGroupsTest::classOf).toList();
        assertThat(order.subList(0, 20))
                .containsExactlyInAnyOrderElementsOf(
                        range(0, 40).stream().filter(n -> n % 2 == 1).toList());
        for (int i = 0; i < all.size() - 1; i++) {
            List<RawRecord> rest = stream(40)
                    .transform(pipeline)
                    .contextWrite(Pass.resumeAt(all.get(i).resumeAt()))
                    .take(order.size() - i - 1)
                    .collectList()
                    .block();
            long left = Math.min(rest.size(), 20 - (i + 1) % 20);
            assertThat(rest.stream().map(RowGroupsTest::classOf).limit(left).toList())
                    .isEqualTo(order.subList(i + 1, i + 1 + (int) left));
        }
    }

    @Test
    void interleaveKeepsRowsWhole() {
        List<RawRecord> all = Flux.range(0, 3)
                .map(i -> stream(10).transform(ROWS.decode()))
                .transform(interleave(2, 3))
                .collectList()
                .block();
        assertThat(all).hasSize(30);
        assertWhole(all);
    }

    @Test
    void objectsOfAttributesAreJoinedToRows() {
        Flux<ObjectBytes> attributes = attributes(records(4));
        List<RawRecord> all = attributes
                .transform(RowGroups.join(2))
                .transform(ROWS.decodeObjects())
                .collectList()
                .block();
        assertThat(classes(Flux.fromIterable(all))).isEqualTo(range(0, 4));
        assertThat(all.get(1).source()).isEqualTo("attribute 2, attribute 3");
        for (int i = 0; i < 4; i++) {
            assertThat(classes(attributes
                            .transform(RowGroups.join(2))
                            .transform(ROWS.decodeObjects())
                            .contextWrite(Pass.resumeAt(all.get(i).resumeAt()))))
                    .isEqualTo(range(i + 1, 4));
        }
        StepVerifier.create(attributes(records(4).subList(0, 7))
                        .transform(RowGroups.join(2))
                        .transform(ROWS.decodeObjects()))
                .expectNextCount(3)
                .expectError(TruncatedInputException.class)
                .verify();
    }

    @Test
    void aPointInsideARowOfObjectsIsRefused() {
        ResumePoint second = new ResumePoint(new io.pipeflux.core.Position(0, 3, 0, 3), 0);
        StepVerifier.create(attributes(records(4))
                        .transform(RowGroups.join(2))
                        .transform(ROWS.decodeObjects())
                        .contextWrite(Pass.resumeAt(second)))
                .expectError(ResumeMismatchException.class)
                .verify();
    }

    @Test
    void objectsThatWereFilteredAreNotJoined() {
        StepVerifier.create(attributes(records(4)).skip(1).transform(RowGroups.join(2)))
                .expectError(IllegalArgumentException.class)
                .verify();
    }

    @Test
    void aLastBatchIsPaddedAndCompressedStreamsAreRead() {
        RowSchema gzip = ROWS.compression(Compression.GZIP);
        ColumnBatch batch = Flux.just(ByteBuffer.wrap(Gzips.gzip(wrapped(records(3)))))
                .transform(gzip.decode())
                .transform(mapAndBatch(4, 1, gzip.batches(4)))
                .blockLast();
        assertThat(batch.rows()).isEqualTo(4);
        assertThat(batch.paddedRows()).isEqualTo(1);
        assertThat(batch.column("image").bytes(3).remaining()).isZero();
    }

    @Test
    void aRowLongerThanTheMaximumIsRefused() {
        StepVerifier.create(stream(40).transform(ROWS.maxRowBytes(40).decode()))
                .expectNextCount(21)
                .expectError(io.pipeflux.core.CorruptRecordException.class)
                .verify();
    }

    @Test
    void aRowThatDoesNotParseIsSkippedAndItsBytesHandedOver() {
        List<byte[]> records = records(6);
        records.set(5, "cat".getBytes(UTF_8));
        List<DeadLetter> dead = new ArrayList<>();
        BatchOptions options =
                BatchOptions.of(5, 1).onBadRow(SkipPolicy.skip(1, 1).deadLetters(dead::add));
        ColumnBatch batch = Flux.just(ByteBuffer.wrap(wrapped(records)))
                .transform(ROWS.decode())
                .transform(mapAndBatch(options, ROWS.batches()))
                .blockLast();
        assertThat(batch.rows()).isEqualTo(5);
        assertThat(batch.column("class").asLongBuffer().get(2)).isEqualTo(3);
        assertThat(dead).hasSize(1);
    }

    @Test
    void whatIsNotARowIsRefused() {
        assertThatThrownBy(() -> ROWS.row(RawRecord.of(ByteBuffer.wrap(new byte[100]))))
                .isInstanceOf(SchemaMismatchException.class);
        assertThatThrownBy(() -> RowGroups.of()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RowGroups.of(Field.bytes("a"), Field.json("a")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RowGroups.of(Field.key("a"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RowGroups.join(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ColumnBatch batch(Field field, String text) {
        RowSchema schema = RowGroups.of(field);
        return Flux.just(ByteBuffer.wrap(wrapped(List.of(text.getBytes(UTF_8)))))
                .transform(schema.decode())
                .collectList()
                .map(schema::parse)
                .block();
    }

    private static Flux<ByteBuffer> stream(int rows) {
        byte[] bytes = wrapped(records(rows));
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += 37) {
            chunks.add(ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 37))));
        }
        return Flux.fromIterable(chunks);
    }

    private static ObjectBytes object(long ordinal, byte[] bytes) {
        return ObjectBytes.of(
                "attribute " + ordinal,
                ordinal,
                bytes.length,
                "etag",
                from -> Flux.just(ByteBuffer.wrap(bytes, (int) from, bytes.length - (int) from)));
    }

    private static Flux<ObjectBytes> attributes(List<byte[]> records) {
        return Flux.range(0, records.size()).map(i -> object(i, records.get(i)));
    }

    private static void assertWhole(List<RawRecord> rows) {
        for (RawRecord row : rows) {
            assertThat(ROWS.row(row).bytes("image")).isEqualTo(ByteBuffer.wrap(image((int) classOf(row))));
        }
    }

    private static long classOf(RawRecord row) {
        return ROWS.row(row).int64("class");
    }

    private static List<Long> classes(Flux<RawRecord> rows) {
        return rows.map(RowGroupsTest::classOf).collectList().block();
    }

    private static List<Long> range(int from, int to) {
        List<Long> all = new ArrayList<>();
        for (long i = from; i < to; i++) {
            all.add(i);
        }
        return all;
    }
}
