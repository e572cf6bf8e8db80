package io.pipeflux.records;

import static io.pipeflux.core.suite.Gzips.gzip;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.suite.GivenBuffers;
import io.pipeflux.core.suite.GivenBuffers.Consumer;
import io.pipeflux.core.suite.PublicMethods;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.example.Examples;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.inspect.InferredSchema;
import io.pipeflux.records.inspect.Schemas;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.rows.Field;
import io.pipeflux.records.rows.RowGroups;
import io.pipeflux.records.rows.RowSchema;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Whoever is given buffers or records leaves them as they are, so that their source may keep them and give them again.
 */
class ByteConsumersTest {

    private static final List<String> LINES =
            Stream.iterate(1, i -> i + 1).limit(400).map(i -> i * 7919 + ",0.5").toList();

    @TestFactory
    Stream<DynamicTest> leavesTheBuffersAsTheyAre() throws IOException {
        return consumers().stream().flatMap(GivenBuffers::tests);
    }

    @Test
    void noPublicMethodIsMissing() throws IOException {
        assertThat(consumers()).extracting(Consumer::method).containsAll(PublicMethods.givenBytes(Formats.class));
    }

    private static List<Consumer> consumers() throws IOException {
        byte[] text = (String.join("\n", LINES) + "\n").getBytes(UTF_8);
        byte[] line = LINES.toString().getBytes(UTF_8);
        byte[] tfRecords = framed(TfRecords.encode());
        byte[] recordIo = framed(RecordIo.encode());
        byte[] arrow = bytes(Flux.just(batch()).transform(ArrowStreams.encode()));
        return List.of(
                new Consumer("TfRecords.decode()", tfRecords, bytes -> records(bytes.transform(TfRecords.decode()))),
                new Consumer(
                        "TfRecords.decodeObjects()",
                        tfRecords,
                        bytes -> records(objects(bytes).transform(TfRecords.decodeObjects()))),
                new Consumer(
                        "TfRecords.encode()",
                        line,
                        bytes -> payloads(bytes.transform(TfRecords.encode()).transform(TfRecords.decode()))),
                new Consumer(
                        "TfRecords.encodedBytes(ByteBuffer)",
                        line,
                        bytes -> bytes.map(TfRecords::encodedBytes).all(length -> length > 0)),
                new Consumer("RecordIo.decode()", recordIo, bytes -> records(bytes.transform(RecordIo.decode()))),
                new Consumer(
                        "RecordIo.decodeObjects()",
                        recordIo,
                        bytes -> records(objects(bytes).transform(RecordIo.decodeObjects()))),
                new Consumer(
                        "RecordIo.encode()",
                        line,
                        bytes -> payloads(bytes.transform(RecordIo.encode()).transform(RecordIo.decode()))),
                new Consumer(
                        "RecordIo.encode(Dialect)",
                        line,
                        bytes -> payloads(bytes.transform(RecordIo.encode(Dialect.DMLC))
                                .transform(RecordIo.format(Dialect.DMLC).decode()))),
                new Consumer(
                        "RecordIo.wrap()",
                        line,
                        bytes -> GivenBuffers.joined(RecordIo.wrap().apply(object(bytes, line.length)))),
                new Consumer(
                        "RecordIo.wrap() of GZIP",
                        gzip(line),
                        bytes -> Compression.GZIP
                                .inflated(1 << 20)
                                .apply(object(bytes, ObjectBytes.UNKNOWN_SIZE))
                                .flatMap(inflated ->
                                        GivenBuffers.joined(RecordIo.wrap().apply(inflated)))),
                new Consumer(
                        "RecordIo.dialectOf(ByteBuffer)",
                        recordIo,
                        bytes -> bytes.map(RecordIo::dialectOf).all(dialect -> dialect.isEmpty())),
                new Consumer("RowSchema.decode()", recordIo, bytes -> records(bytes.transform(rows().decode()))),
                new Consumer(
                        "RowSchema.decodeObjects()",
                        recordIo,
                        bytes -> records(objects(bytes).transform(rows().decodeObjects()))),
                new Consumer(
                        "RowGroups.join(int)",
                        line,
                        bytes -> records(Flux.just(object(bytes, line.length))
                                .transform(RowGroups.join(1))
                                .transform(RowGroups.of(Field.bytes("a")).decodeObjects()))),
                new Consumer("TextLines.decode()", text, bytes -> records(bytes.transform(TextLines.decode()))),
                new Consumer(
                        "TextLines.decodeObjects()",
                        text,
                        bytes -> records(objects(bytes).transform(TextLines.decodeObjects()))),
                new Consumer(
                        "TextLines.encode()",
                        line,
                        bytes -> payloads(bytes.transform(TextLines.encode()).transform(TextLines.decode()))),
                new Consumer(
                        "ColumnAllocator.release(ByteBuffer)",
                        line,
                        bytes -> bytes.doOnNext(ColumnAllocator.heap()::release)
                                .doOnNext(ColumnAllocator.direct()::release)
                                .then(Mono.just("released"))),
                new Consumer(
                        "ArrowStreams.decode()",
                        arrow,
                        bytes -> bytes.transform(ArrowStreams.decode())
                                .map(ByteConsumersTest::columns)
                                .collectList()),
                new Consumer(
                        "ArrowStreams.decodeObjects()",
                        arrow,
                        bytes -> objects(bytes)
                                .transform(ArrowStreams.decodeObjects())
                                .map(ByteConsumersTest::columns)
                                .collectList()),
                new Consumer(
                        "Formats.detect(ObjectBytes)",
                        tfRecords,
                        bytes -> Formats.detect(object(bytes, tfRecords.length))),
                new Consumer("Formats.detect(Flux)", tfRecords, bytes -> Formats.detect(objects(bytes))),
                new Consumer(
                        "Schemas.infer(Flux, int)",
                        text,
                        bytes -> Schemas.infer(objects(bytes.cache()), 100) // it subscribes more than once
                                .map(InferredSchema::toString)),
                new Consumer(
                        "Formats.dataObjects(String)",
                        tfRecords,
                        bytes -> records(objects(bytes)
                                .transform(Formats.dataObjects(""))
                                .transform(TfRecords.decodeObjects()))),
                new Consumer(
                        "Formats.detect(ObjectBytes) of GZIP",
                        gzip(text),
                        bytes -> Formats.detect(object(bytes, ObjectBytes.UNKNOWN_SIZE))),
                new Consumer(
                        "Column.of(String, DType, int[], ByteBuffer)",
                        text,
                        bytes -> bytes.map(
                                        values -> Column.of("c", DType.UINT8, new int[] {values.remaining()}, values))
                                .map(Column::values)
                                .transform(GivenBuffers::joined)
                                .single()),
                new Consumer(
                        "Column.ofBytes(String, int[], ByteBuffer, ByteBuffer)",
                        text,
                        bytes -> bytes.map(values -> Column.ofBytes("c", new int[] {1}, ends(values), values))
                                .map(column -> column.bytes(0))
                                .transform(GivenBuffers::joined)
                                .single()),
                new Consumer(
                        "Column.ragged(String, DType, ByteBuffer, ByteBuffer)",
                        text,
                        bytes -> bytes.map(values -> Column.ragged("c", DType.UINT8, ends(values), values))
                                .map(Column::values)
                                .transform(GivenBuffers::joined)
                                .single()),
                new Consumer(
                        "Column.ragged(String, DType, List, ByteBuffer)",
                        text,
                        bytes -> bytes.map(values -> Column.ragged("c", DType.UINT8, List.of(ends(values)), values))
                                .map(Column::values)
                                .transform(GivenBuffers::joined)
                                .single()),
                new Consumer(
                        "Column.raggedBytes(String, List, ByteBuffer, ByteBuffer)",
                        text,
                        bytes -> bytes.map(values -> Column.raggedBytes("c", List.of(ints(0, 1)), ends(values), values))
                                .map(column -> column.bytes(0))
                                .transform(GivenBuffers::joined)
                                .single()),
                new Consumer(
                        "Column.raggedBytes(String, ByteBuffer, ByteBuffer, ByteBuffer)",
                        text,
                        bytes -> bytes.map(values -> Column.raggedBytes("c", ints(0, 1), ends(values), values))
                                .map(column -> column.bytes(0))
                                .transform(GivenBuffers::joined)
                                .single()));
    }

    @Test
    void twoReadersOfTheSameRecordsGetTheSame() throws IOException {
        Flux<RawRecord> examples = Flux.just(ByteBuffer.wrap(framed(TfRecords.encode(), examples())))
                .transform(TfRecords.decode())
                .cache();
        Schema schema = Schema.of(io.pipeflux.records.example.Feature.int64("n"));
        CsvSchema csv = CsvSchema.of(CsvField.int64("n"), CsvField.float32("x"));
        Flux<RawRecord> lines = Flux.just(
                        ByteBuffer.wrap(String.join("\n", LINES).getBytes(UTF_8)))
                .transform(TextLines.decode())
                .cache();

        sameTwice(examples.map(Examples::parse));
        sameTwice(examples.transform(PipeOperators.mapAndBatch(64, 2, Examples::parse)));
        sameTwice(examples.transform(PipeOperators.mapAndBatch(64, 2, Protobufs.parser(Example.parser()))));
        sameTwice(examples.transform(PipeOperators.mapAndBatch(64, 2, schema.batches())));
        sameTwice(lines.map(TextLines::text));
        sameTwice(lines.transform(PipeOperators.mapAndBatch(64, 2, csv.batches())));
        Flux<RawRecord> payloads = lines.transform(PipeOperators.prefetch(10));
        sameTwice(payloads.map(RawRecord::bytes).transform(TfRecords.encode()).map(ByteConsumersTest::hash));
        sameTwice(payloads.map(RawRecord::bytes).transform(RecordIo.encode()).map(ByteConsumersTest::hash));

        Flux<ColumnBatch> batches =
                lines.transform(PipeOperators.mapAndBatch(64, 2, csv.batches())).cache();
        sameTwice(batches.transform(ArrowStreams.encode()).map(ByteConsumersTest::hash));
    }

    private static <T> void sameTwice(Flux<T> results) {
        List<T> first = results.collectList().block();
        assertThat(first).isNotEmpty();
        assertThat(results.collectList().block()).isEqualTo(first);
    }

    /** Moves the positions of what it gets, as a receiver may. */
    private static int hash(ByteBuffer chunk) {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.get(bytes);
        return Arrays.hashCode(bytes);
    }

    private static List<byte[]> examples() {
        return Stream.iterate(0L, n -> n + 1)
                .limit(300)
                .map(n ->
                        Feature.newBuilder().setInt64List(Int64List.newBuilder().addValue(n)))
                .map(feature -> Features.newBuilder().putFeature("n", feature.build()))
                .map(features ->
                        Example.newBuilder().setFeatures(features).build().toByteArray())
                .toList();
    }

    private static byte[] framed(Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode) throws IOException {
        return framed(encode, LINES.stream().map(line -> line.getBytes(UTF_8)).toList());
    }

    private static byte[] framed(Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode, List<byte[]> payloads) {
        return bytes(Flux.fromIterable(payloads).map(ByteBuffer::wrap).transform(encode));
    }

    private static byte[] bytes(Flux<ByteBuffer> chunks) {
        return GivenBuffers.joined(chunks).map(ByteBuffer::array).block();
    }

    private static ColumnBatch batch() {
        ByteBuffer values = ByteBuffer.wrap(new byte[4000]).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 500; i++) {
            values.putLong(8 * i, i);
        }
        byte[] texts = "abcdefghij".repeat(50).getBytes(UTF_8);
        ByteBuffer ends = ByteBuffer.allocate(501 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i <= 500; i++) {
            ends.putInt(4 * i, i);
        }
        return ColumnBatch.of(
                List.of(
                        Column.of("n", DType.INT64, new int[] {500}, values),
                        Column.ofBytes("s", new int[] {500}, ends, ByteBuffer.wrap(texts))),
                ResumePoint.START);
    }

    private static List<Column> columns(ColumnBatch batch) {
        return batch.names().stream().map(batch::column).toList();
    }

    /** Offsets of one value that is all of the bytes, or row splits of one row. */
    private static ByteBuffer ends(ByteBuffer values) {
        return ints(0, values.remaining());
    }

    private static ByteBuffer ints(int first, int last) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(first)
                .putInt(last)
                .flip();
    }

    /** Returns the schema of rows of two records, as there are 400 of them. */
    private static RowSchema rows() {
        return RowGroups.of(Field.bytes("a"), Field.bytes("b"));
    }

    private static Mono<?> records(Flux<RawRecord> records) {
        return records.map(record -> new String(record.toByteArray(), UTF_8)).collectList();
    }

    /** The payloads of frames, joined: how the given bytes were cut does not matter. */
    private static Mono<?> payloads(Flux<RawRecord> records) {
        return GivenBuffers.joined(records.map(RawRecord::bytes));
    }

    private static ObjectBytes object(Flux<ByteBuffer> bytes, long size) {
        return ObjectBytes.of("object", 0, size, null, from -> bytes);
    }

    private static Flux<ObjectBytes> objects(Flux<ByteBuffer> bytes) {
        return Flux.just(object(bytes, ObjectBytes.UNKNOWN_SIZE));
    }
}
