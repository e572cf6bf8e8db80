package io.pipeflux.records;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.DeadLetter;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.internal.CountingAllocator;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Rows that do not parse are skipped, counted and handed over; batches stay full and resume points exact. */
class BadRowsTest {

    private static final CsvSchema CSV = CsvSchema.of(CsvField.int64("n"), CsvField.bytes("text"));

    private final List<DeadLetter> letters = new ArrayList<>();
    private final SkipPolicy policy = SkipPolicy.skip(1000, 1000).deadLetters(letters::add);

    private static Flux<RawRecord> lines(String text) {
        return Flux.just(ByteBuffer.wrap(text.getBytes(UTF_8))).transform(TextLines.decode());
    }

    private static List<Long> numbers(List<ColumnBatch> batches) {
        return batches.stream()
                .flatMap(batch -> IntStream.range(0, batch.rows() - batch.paddedRows())
                        .mapToObj(i -> batch.column("n").asLongBuffer().get(i)))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void linesThatDoNotParseAreLeftOutAndHandedOver(int parallelism) {
        String text = "0,a\nx,b\n2,c\n3\n4,e\n5,\"f\n6,g\n";
        PipelineMonitor monitor = PipelineMonitor.create("train");
        List<ColumnBatch> batches = lines(text)
                .transform(mapAndBatch(BatchOptions.of(2, parallelism).onBadRow(policy), CSV.batches()))
                .contextWrite(monitor.watch())
                .collectList()
                .block();
        assertThat(batches).extracting(ColumnBatch::rows).containsExactly(2, 2);
        assertThat(numbers(batches)).containsExactly(0L, 2L, 4L, 6L);
        assertThat(letters)
                .extracting(letter -> UTF_8.decode(letter.bytes()).toString())
                .containsExactly("x,b", "3", "5,\"f");
        assertThat(letters)
                .extracting(letter -> letter.position().recordOrdinal())
                .containsExactly(1L, 3L, 5L);
        assertThat(letters.get(0).cause()).isInstanceOf(SchemaMismatchException.class);
        assertThat(letters.get(2).cause()).isInstanceOf(CorruptRecordException.class);
        assertThat(monitor.badRecords()).isEqualTo(3);
        assertThat(batches.get(1).resumeAt().position().recordOrdinal()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void afterAnyBatchTheRestIsTheSame(int parallelism) {
        Random random = new Random(7);
        for (int i = 0; i < 50; i++) {
            int rows = 1 + random.nextInt(200);
            double bad = random.nextDouble() * 0.5;
            String text = IntStream.range(0, rows)
                    .mapToObj(n -> (random.nextDouble() < bad ? "bad" : n) + ",x\n")
                    .collect(Collectors.joining());
            int size = 1 + random.nextInt(9);
            Flux<ColumnBatch> batches = lines(text)
                    .transform(repeat(2))
                    .transform(mapAndBatch(BatchOptions.of(size, parallelism).onBadRow(policy), CSV.batches(size)));
            List<ColumnBatch> all = batches.collectList().block();
            if (all.isEmpty()) {
                continue;
            }
            int at = random.nextInt(all.size());
            List<ColumnBatch> rest = batches.contextWrite(
                            Pass.resumeAt(all.get(at).resumeAt()))
                    .collectList()
                    .block();
            assertThat(rest).as("case " + i).isEqualTo(all.subList(at + 1, all.size()));
            assertThat(all.subList(0, all.size() - 1)).allMatch(batch -> batch.paddedRows() == 0);
        }
    }

    @Test
    void recordsThatAreNoExamplesAreLeftOut() {
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Features features = Features.newBuilder()
                    .putFeature(
                            i == 4 ? "other" : "n",
                            io.pipeflux.records.example.proto.Feature.newBuilder()
                                    .setInt64List(Int64List.newBuilder().addValue(i))
                                    .build())
                    .build();
            records.add(Example.newBuilder().setFeatures(features).build().toByteArray());
        }
        records.set(7, new byte[] {(byte) 0xff, 1, 2});
        CountingAllocator memory = new CountingAllocator();
        List<ColumnBatch> batches = Flux.fromIterable(records)
                .map(ByteBuffer::wrap)
                .transform(TfRecords.encode())
                .transform(TfRecords.decode())
                .transform(mapAndBatch(
                        BatchOptions.of(4, 2).onBadRow(policy),
                        Schema.of(Feature.int64("n")).withAllocator(memory).batches()))
                .collectList()
                .block();
        assertThat(numbers(batches)).containsExactly(0L, 1L, 2L, 3L, 5L, 6L, 8L, 9L);
        assertThat(letters).hasSize(2);
        batches.forEach(ColumnBatch::release);
        assertThat(memory.outstanding()).isZero();
        assertThat(memory.mistakes()).isEmpty();
    }

    @Test
    void theFirstBeyondTheShareEndsTheStream() {
        String good = "1,a\n".repeat(99);
        SkipPolicy onePercent = SkipPolicy.skip(9, 1000).maxShare(0.01, 100).deadLetters(letters::add);
        lines(good + "bad\n" + good + "bad\n" + "bad\n" + good)
                .transform(mapAndBatch(BatchOptions.of(1, 1).onBadRow(onePercent), CSV.batches()))
                .as(StepVerifier::create)
                .expectNextCount(198)
                .expectErrorSatisfies(t -> assertThat(t)
                        .isInstanceOf(SchemaMismatchException.class)
                        .hasMessageContaining("record 200")
                        .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("2 of 201")))
                .verify();
        assertThat(letters).hasSize(2);
        SkipPolicy exact = SkipPolicy.skip(100, 100).maxShare(0.29, 100);
        lines("bad\n".repeat(29) + "1,a\n".repeat(71))
                .transform(mapAndBatch(BatchOptions.of(71, 0).onBadRow(exact), CSV.batches()))
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyComplete();
        assertThatThrownBy(() -> SkipPolicy.skip(1, 1).maxShare(0, 1)).hasMessageContaining("0.0 and 1");
        assertThatThrownBy(() -> SkipPolicy.fail().maxShare(1, 1)).hasMessageContaining("SkipPolicy[fail]");
    }

    @Test
    void aTruncatedEndIsNotSkipped() {
        Flux.just(ByteBuffer.wrap("1,a".getBytes(UTF_8)), ByteBuffer.wrap("2,b".getBytes(UTF_8)))
                .transform(TfRecords.encode())
                .collectList()
                .flatMapMany(BadRowsTest::withoutTheLastByte)
                .transform(TfRecords.decode())
                .transform(mapAndBatch(BatchOptions.of(1, 0).onBadRow(policy), CSV.batches()))
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyError(io.pipeflux.core.TruncatedInputException.class);
        assertThat(letters).isEmpty();
    }

    private static Flux<ByteBuffer> withoutTheLastByte(List<ByteBuffer> chunks) {
        ByteBuffer all = ByteBuffer.allocate(
                chunks.stream().mapToInt(ByteBuffer::remaining).sum());
        chunks.forEach(chunk -> all.put(chunk.duplicate()));
        return Flux.just(all.flip().limit(all.limit() - 1));
    }

    @Test
    void aMappersRowIsHandedOverWithItsPosition() {
        lines("1\nx\n3\n")
                .transform(mapAndBatch(
                        BatchOptions.of(2, 1).onBadRow(policy),
                        record -> Integer.parseInt(new String(record.toByteArray(), UTF_8))))
                .as(StepVerifier::create)
                .expectNext(List.of(1, 3))
                .verifyComplete();
        DeadLetter letter = letters.get(0);
        assertThat(UTF_8.decode(letter.bytes()).toString()).isEqualTo("x");
        assertThat(letter.cause()).isInstanceOf(NumberFormatException.class);
        assertThat(letter.position().recordOrdinal()).isEqualTo(1);
        assertThat(letter.source()).isNotNull();
    }

    /** The JVM throws one object for many rows, too, which takes no suppressed exceptions. */
    @Test
    void anExceptionThatManyRowsShareHasThePositionOfEach() {
        RuntimeException shared = new IllegalStateException("shared");
        lines("x\n1\nx\n3\n4\nx\n")
                .transform(mapAndBatch(BatchOptions.of(2, 1).onBadRow(policy), record -> {
                    if (record.array()[record.arrayOffset()] == 'x') {
                        throw shared;
                    }
                    return record.size();
                }))
                .as(StepVerifier::create)
                .expectNextCount(2)
                .verifyComplete();
        assertThat(letters)
                .extracting(letter -> letter.position().recordOrdinal())
                .containsExactly(0L, 2L, 5L);
        assertThat(shared.getSuppressed()).isEmpty();
    }
}
