package io.pipeflux.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import io.pipeflux.core.codec.RecordRange;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.csv.CsvRecords;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Readers that share one object read each of its records once, whatever the cuts are. */
class RecordBordersTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);
    private static final int MAGIC = 0xced7230a;

    /** An object, and where its records begin. */
    private record Data(byte[] bytes, List<Long> offsets) {

        String index(int every) {
            return index(every, bytes.length, "\"e\"");
        }

        String index(int every, long size, String etag) {
            String listed = LongStream.range(0, offsets.size())
                    .filter(i -> i % every == 0)
                    .mapToObj(i -> offsets.get((int) i).toString())
                    .collect(Collectors.joining(","));
            return "{\"format\":1,\"object\":\"s3://b/k\",\"size\":" + size + ",\"etag\":\""
                    + etag.replace("\"", "\\\"") + "\",\"records\":" + offsets.size() + ",\"every\":" + every
                    + ",\"offsets\":[" + listed + "]}";
        }

        String lines() {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < offsets.size(); i++) {
                long end = i + 1 < offsets.size() ? offsets.get(i + 1) : bytes.length;
                text.append(offsets.get(i))
                        .append(' ')
                        .append(end - offsets.get(i))
                        .append('\n');
            }
            return text.toString();
        }
    }

    private static Data encode(List<byte[]> payloads, Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<Long> offsets = new ArrayList<>();
        for (byte[] payload : payloads) {
            offsets.add((long) bytes.size());
            Flux.just(ByteBuffer.wrap(payload)).transform(encoder).toIterable().forEach(chunk -> {
                byte[] copy = new byte[chunk.remaining()];
                chunk.get(copy);
                bytes.writeBytes(copy);
            });
        }
        return new Data(bytes.toByteArray(), offsets);
    }

    private static List<byte[]> payloads(SplittableRandom random, boolean text) {
        List<byte[]> payloads = new ArrayList<>();
        int count = random.nextInt(30);
        for (int i = 0; i < count; i++) {
            byte[] payload = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(60)];
            random.nextBytes(payload);
            for (int at = 0; text && at < payload.length; at++) {
                payload[at] = (byte) (payload[at] & 0x3f | 0x40);
            }
            for (int at = 0; !text && at + 8 <= payload.length; at += 1 + random.nextInt(12)) {
                ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(at, MAGIC);
            }
            payloads.add(payload);
        }
        return payloads;
    }

    /** An object that arrives in chunks of any sizes. */
    private static ObjectBytes object(byte[] bytes, long seed) {
        return ObjectBytes.of(
                "s3://b/k",
                3,
                bytes.length,
                "\"e\"",
                from -> Flux.defer(() -> {
                    SplittableRandom random = new SplittableRandom(seed);
                    List<ByteBuffer> chunks = new ArrayList<>();
                    for (int at = (int) from; at < bytes.length; ) {
                        int size = Math.min(bytes.length - at, random.nextInt(20));
                        chunks.add(ByteBuffer.wrap(bytes, at, size).slice());
                        at += size;
                    }
                    return Flux.fromIterable(chunks);
                }));
    }

    private static List<String> shown(Flux<RawRecord> records) {
        return records.map(it -> it.position().byteOffset() + ": "
                        + ByteBuffer.wrap(copy(it)).hashCode() + ", " + it.size() + " bytes")
                .collectList()
                .block();
    }

    private static byte[] copy(RawRecord record) {
        byte[] copy = new byte[record.size()];
        record.bytes().get(copy);
        return copy;
    }

    private void requireEachOnce(
            Data data, RecordBorders borders, FrameFormat<RawRecord> format, SplittableRandom random) {
        ObjectBytes object = object(data.bytes(), random.nextLong());
        List<String> whole = shown(Flux.just(object).transform(format.decodeObjects()));
        long bytes = 1 + random.nextInt(Math.max(1, data.bytes().length + 20));

        List<RecordRange> ranges = borders.ranges(object, bytes).collectList().block();
        long end = 0;
        for (RecordRange range : ranges) {
            assertThat(range.begin()).isEqualTo(end);
            assertThat(range.end()).isGreaterThan(range.begin());
            assertThat(range.size() >= bytes || range.end() == object.size()).isTrue();
            end = range.end();
        }
        assertThat(end).isEqualTo(object.size());
        List<String> shared = new ArrayList<>();
        ranges.forEach(range -> shared.addAll(shown(borders.decode(object, range, format))));
        assertThat(shared).isEqualTo(whole);
        List<String> twice = new ArrayList<>(whole); // a range has a pass of its own inside each epoch of another one
        twice.addAll(whole);
        assertThat(shown(Flux.fromIterable(ranges)
                        .concatMap(range -> borders.decode(object, range, format))
                        .transform(PipeOperators.repeat(2))))
                .isEqualTo(twice);

        List<String> agreed = new ArrayList<>(); // readers that find their borders themselves
        for (long at = 0; at < object.size(); at += bytes) {
            RecordRange range = new RecordRange(
                    borders.next(object, at).block(),
                    borders.next(object, at + bytes).block());
            agreed.addAll(shown(borders.decode(object, range, format)));
        }
        assertThat(agreed).isEqualTo(whole);
    }

    @Test
    void indexedTfRecordsAreReadOnce() {
        for (int i = 0; i < CASES; i++) {
            SplittableRandom random = new SplittableRandom(i);
            Data data = encode(payloads(random, false), TfRecords.encode());
            RecordIndex index = random.nextBoolean()
                    ? RecordIndex.of(data.index(1 + random.nextInt(5)).getBytes(UTF_8), "index")
                    : RecordIndex.ofLines(data.lines().getBytes(UTF_8), "index");
            requireEachOnce(data, TfRecords.borders(index), TfRecords.format(), random);
        }
    }

    @Test
    void markedRecordIoIsReadOnceAlsoIfPayloadsHaveTheMark() {
        for (int i = 0; i < CASES; i++) {
            SplittableRandom random = new SplittableRandom(i);
            Data data = encode(payloads(random, false), RecordIo.encode(Dialect.DMLC));
            requireEachOnce(data, RecordIo.borders(), RecordIo.format(Dialect.DMLC), random);
        }
    }

    @Test
    void indexedRecordIoOfSageMakerIsReadOnce() {
        for (int i = 0; i < CASES; i++) {
            SplittableRandom random = new SplittableRandom(i);
            Data data = encode(payloads(random, false), RecordIo.encode());
            RecordIndex index = RecordIndex.of(data.index(2).getBytes(UTF_8), "index");
            requireEachOnce(data, RecordIo.borders(Dialect.CONCAT, index), RecordIo.format(), random);
        }
    }

    @Test
    void linesAreReadOnce() {
        for (int i = 0; i < CASES; i++) {
            SplittableRandom random = new SplittableRandom(i);
            Data data = encode(payloads(random, true), TextLines.encode());
            int feed = random.nextInt(2); // the last line needs none
            byte[] bytes = Arrays.copyOf(data.bytes(), Math.max(0, data.bytes().length - feed));
            requireEachOnce(new Data(bytes, data.offsets()), TextLines.borders(), TextLines.format(), random);
        }
    }

    @Test
    void withoutAnIndexTfRecordsAreOneRange() {
        SplittableRandom random = new SplittableRandom(1);
        Data data = encode(List.of(new byte[10], new byte[20]), TfRecords.encode());
        RecordBorders whole = RecordBorders.whole(TfRecords.format());
        assertThat(whole.ranges(object(data.bytes(), 1), 1).collectList().block())
                .containsExactly(new RecordRange(0, data.bytes().length));
        requireEachOnce(data, whole, TfRecords.format(), random);
    }

    @Test
    void aReaderContinuesInsideItsRange() {
        Data data = encode(List.of("a".getBytes(UTF_8), "b".getBytes(UTF_8), "c".getBytes(UTF_8)), TextLines.encode());
        RecordRange rest = new RecordRange(2, 4);
        assertThat(TextLines.borders()
                        .decode(object(data.bytes(), 1), rest, TextLines.format())
                        .map(TextLines::text)
                        .collectList()
                        .block())
                .containsExactly("b");
    }

    // == indexes that cannot be used ==

    private static final Data THREE =
            encode(List.of(new byte[5], new byte[6], new byte[7]), TfRecords.encode()); // at 0, 21, 43; 66 bytes

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"format\":1}",
                "{\"format\":2,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,21,43]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,21,43}",
                "{\"format\":1,\"size\":66,\"etag\":7,\"records\":3,\"every\":1,\"offsets\":[0,21,43]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,21]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":0,\"offsets\":[0,21,43]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,43,21]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,21,21]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[1,21,43]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,21,66]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,21.5,43]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":3,\"every\":1,\"offsets\":[0,-21,43]}",
                "{\"format\":1,\"size\":66,\"etag\":\"e\",\"records\":0,\"every\":1,\"offsets\":[]}",
            })
    void aDamagedIndexIsAnError(String json) {
        assertThatExceptionOfType(CorruptRecordException.class)
                .isThrownBy(() -> RecordIndex.of(json.getBytes(UTF_8), "s3://b/index"))
                .withMessageContaining("s3://b/index");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 21\n22 21\n",
                "0 21\n21\n",
                "0 x\n",
                "0 0\n",
                "1 5\n",
                "0 21\n\n21 2\n",
                "0 -1\n",
                "0  5\n",
                "+0 21\n",
                "0 +21\n"
            })
    void damagedLinesAreAnError(String lines) {
        assertThatExceptionOfType(CorruptRecordException.class)
                .isThrownBy(() -> RecordIndex.ofLines(lines.getBytes(UTF_8), "s3://b/index"))
                .withMessageContaining("s3://b/index");
    }

    private static List<String> readBy(RecordIndex index) {
        RecordBorders borders = TfRecords.borders(index);
        ObjectBytes object = object(THREE.bytes(), 1);
        List<String> rows = new ArrayList<>();
        for (RecordRange range : borders.ranges(object, 1).toIterable()) {
            rows.addAll(shown(borders.decode(object, range, TfRecords.format())));
        }
        return rows;
    }

    @Test
    void anIndexOfAnotherObjectIsAnError() {
        assertThat(readBy(RecordIndex.of(THREE.index(1).getBytes(UTF_8), "index")))
                .hasSize(3);
        assertThat(readBy(RecordIndex.read(object(THREE.index(2).getBytes(UTF_8), 5))
                        .block()))
                .hasSize(3);
        assertThat(readBy(RecordIndex.of(THREE.index(1, 66, "W/\"e\"").getBytes(UTF_8), "index")))
                .hasSize(3);
        for (String other : List.of(THREE.index(1, 67, "\"e\""), THREE.index(1, 66, "\"f\""))) {
            assertThatExceptionOfType(CorruptRecordException.class)
                    .isThrownBy(() -> readBy(RecordIndex.of(other.getBytes(UTF_8), "index")))
                    .withMessageContaining("a different object");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 20\n20 46\n", "0 22\n22 44\n", "0 12\n12 9\n21 45\n", "0 65\n65 1\n"})
    void bordersInsideRecordsAreAnErrorAndNoRows(String lines) {
        assertThatExceptionOfType(CorruptRecordException.class)
                .isThrownBy(() -> readBy(RecordIndex.ofLines(lines.getBytes(UTF_8), "index")))
                .withMessageContaining("boundary between records");
    }

    @Test
    void recordsInsideOfAPayloadAreNotTakenForTheObjects() {
        Data inner =
                encode(List.of(new byte[5], new byte[6]), TfRecords.encode()); // a file in a record: 21 and 22 bytes
        Data outer = encode(List.of(inner.bytes(), new byte[3]), TfRecords.encode());
        ObjectBytes object = object(outer.bytes(), 1);
        long nested = 12 + 21; // a record begins there, with a right checksum, but it is not one of this object
        RecordBorders borders = TfRecords.borders(RecordIndex.ofLines(
                ("0 " + nested + "\n" + nested + " " + (outer.bytes().length - nested) + "\n").getBytes(UTF_8),
                "index"));
        assertThatExceptionOfType(CorruptRecordException.class)
                .isThrownBy(() -> shown(borders.decode(object, new RecordRange(0, nested), TfRecords.format())))
                .withMessageContaining("byte " + nested);
        assertThatExceptionOfType(CorruptRecordException.class)
                .isThrownBy(() -> shown(
                        borders.decode(object, new RecordRange(nested, outer.bytes().length), TfRecords.format())));
    }

    // == objects and formats that cannot be shared ==

    @Test
    void compressedObjectsAndThoseOfAnotherFormatAreRefused() {
        byte[] bytes = "a\nb\nc\n".getBytes(UTF_8);
        ObjectBytes object = object(bytes, 1);
        RecordRange second = new RecordRange(2, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextLines.borders()
                        .decode(object, second, TextLines.format().compression(Compression.GZIP)))
                .withMessageContaining("compression");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextLines.borders().decode(object, second, TfRecords.format()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextLines.borders().decode(object, second, CsvRecords.format()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextLines.borders().decode(object, new RecordRange(2, 7), TextLines.format()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextLines.borders().ranges(object.withBytes(-1, object::bytes), 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextLines.borders().ranges(object, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextLines.borders().next(object, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new RecordRange(2, 1));
    }

    @Test
    void anObjectThatEndsEarlyIsAnError() {
        ObjectBytes shortened = object("aaaa\nbb".getBytes(UTF_8), 1)
                .withBytes(20, from -> object("aaaa\nbb".getBytes(UTF_8), 1).bytes(from));
        assertThatExceptionOfType(ObjectReadException.class)
                .isThrownBy(
                        () -> shown(TextLines.borders().decode(shortened, new RecordRange(5, 20), TextLines.format())));
        assertThatExceptionOfType(ObjectReadException.class)
                .isThrownBy(() -> TextLines.borders().next(shortened, 6).block());
    }

    @Test
    void anIndexWithoutEndIsAnError() {
        ByteBuffer blanks = ByteBuffer.wrap(new byte[1 << 20]);
        ObjectBytes index = ObjectBytes.of(
                "index",
                0,
                ObjectBytes.UNKNOWN_SIZE,
                null,
                from -> Flux.just(blanks).repeat());
        assertThatExceptionOfType(CorruptRecordException.class)
                .isThrownBy(() -> RecordIndex.read(index).block())
                .withMessageContaining("expected at most 67108864 bytes, but got more");
    }
}
