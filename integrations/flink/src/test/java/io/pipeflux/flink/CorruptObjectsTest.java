package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.testutils.source.reader.TestingReaderContext;
import org.apache.flink.connector.testutils.source.reader.TestingReaderOutput;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Corrupt records go to a side output, once, and everything else arrives once. */
@Tag("flink")
class CorruptObjectsTest {

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    private static final OutputTag<ObjectFailure> CORRUPT = SideOutputs.failures("corrupt");
    private static final int FRAME = 16; // bytes beside the payload of a TFRecord

    @TempDir
    Path directory;

    // == data ==

    private static byte[] payload(String object, int record) {
        return (object + " record " + record).getBytes(UTF_8);
    }

    private static byte[] join(List<ByteBuffer> buffers) {
        ByteBuffer all = ByteBuffer.allocate(
                buffers.stream().mapToInt(ByteBuffer::remaining).sum());
        buffers.forEach(all::put);
        return all.array();
    }

    /** Returns TFRecords of an object's payloads. */
    private static byte[] tfRecords(String object, int records) {
        return join(Flux.range(0, records)
                .map(i -> ByteBuffer.wrap(payload(object, i)))
                .transform(TfRecords.encode())
                .collectList()
                .block());
    }

    /** Returns where the frame of a TFRecord begins. */
    private static int frame(String object, int record) {
        return IntStream.range(0, record)
                .map(i -> FRAME + payload(object, i).length)
                .sum();
    }

    private void write(String name, byte[] bytes) throws IOException {
        Files.write(directory.resolve(name), bytes);
    }

    private String uri(String name) {
        return "file://" + directory.resolve(name);
    }

    /** The lines that a job emits for records of an object. */
    private static List<String> expected(String object, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> new String(payload(object, i), UTF_8))
                .toList();
    }

    private String failure(String object, long epoch, long byteOffset, long record, boolean ends) {
        return "FAILURE " + uri(object) + " " + epoch + " " + byteOffset + " " + record + " " + ends;
    }

    // == jobs ==

    private static String text(RawRecord record) {
        return new String(record.toByteArray(), UTF_8);
    }

    private static String text(ObjectFailure failure) {
        return "FAILURE " + failure.object() + " " + failure.epoch() + " " + failure.byteOffset() + " "
                + failure.record() + " " + failure.endsSplit();
    }

    private static SingleOutputStreamOperator<RawRecord> records(
            StreamExecutionEnvironment environment, PipefluxSource<RawRecord> source) {
        return SideOutputs.split(
                environment.fromSource(source.results(), WatermarkStrategy.noWatermarks(), "records"), CORRUPT);
    }

    /** Returns the texts of records and of failures in one stream. */
    private static DataStream<String> both(SingleOutputStreamOperator<RawRecord> records) {
        return records.map(CorruptObjectsTest::text)
                .union(records.getSideOutput(CORRUPT).map(CorruptObjectsTest::text));
    }

    private PipefluxSource<RawRecord> source() {
        return PipefluxSource.of(SourceChannel.directory(directory.toString()), TfRecords::format);
    }

    private static List<String> sorted(List<List<String>> parts) {
        List<String> all = new ArrayList<>();
        parts.forEach(all::addAll);
        Collections.sort(all);
        return all;
    }

    /** Writes 12 objects, of which every third has a wrong length in its middle, and another one wrong data. */
    private List<String> writeSome(int epochs) throws IOException {
        List<List<String>> expected = new ArrayList<>();
        for (int file = 0; file < 12; file++) {
            String name = "part-" + (char) ('a' + file);
            byte[] bytes = tfRecords(name, 300);
            for (int epoch = 0; epoch < epochs; epoch++) {
                if (file % 3 == 1) {
                    expected.add(expected(name, 0, 150));
                    expected.add(List.of(failure(name, epoch, frame(name, 150), 150, true)));
                } else if (file % 3 == 2) {
                    expected.add(expected(name, 0, 100));
                    expected.add(expected(name, 101, 300));
                    expected.add(List.of(failure(name, epoch, frame(name, 100), 100, false)));
                } else {
                    expected.add(expected(name, 0, 300));
                }
            }
            if (file % 3 == 1) {
                bytes[frame(name, 150)] ^= 1; // the length
            } else if (file % 3 == 2) {
                bytes[frame(name, 100) + 12] ^= 1; // the payload
            }
            write(name, bytes);
        }
        return sorted(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void failuresGoToTheSideOutputWithAnyParallelism(int parallelism) throws Exception {
        List<String> expected = writeSome(2);

        DataStream<String> read = both(records(Jobs.withoutRestarts(parallelism), source().epochs(2)));

        assertThat(Jobs.run(read)).isEqualTo(expected);
    }

    @Test
    void randomFailuresOfTasksLoseAndRepeatNothing() throws Exception {
        List<String> expected = writeSome(3);
        Failures.LEFT.set(Integer.getInteger("pipeflux.failures", 10));
        StreamExecutionEnvironment environment = Jobs.environment(3);
        environment.enableCheckpointing(20);
        // Flink 2.3 may wait for an event to a task that has failed; then no checkpoint would be complete again
        environment.getCheckpointConfig().setCheckpointTimeout(10_000);

        DataStream<String> read = Failures.of(both(records(environment, source().epochs(3))), 500);

        assertThat(Jobs.run(read)).isEqualTo(expected);
        assertThat(Failures.LEFT).hasValue(0);
    }

    /** As docs/integrations.md shows it. */
    @Test
    void failuresAreASideOutput() throws Exception {
        List<String> expected = writeSome(1);
        StreamExecutionEnvironment env = Jobs.withoutRestarts(2);
        PipefluxSource<RawRecord> source = source();

        OutputTag<ObjectFailure> corrupt = SideOutputs.failures("corrupt");
        SingleOutputStreamOperator<RawRecord> records =
                SideOutputs.split(env.fromSource(source.results(), WatermarkStrategy.noWatermarks(), "train"), corrupt);
        DataStream<ObjectFailure> failures = records.getSideOutput(corrupt);

        assertThat(Jobs.run(records.map(CorruptObjectsTest::text).union(failures.map(CorruptObjectsTest::text))))
                .isEqualTo(expected);
    }

    @Test
    void resultsPassTheNetwork() throws Exception {
        List<String> expected = writeSome(1);

        SingleOutputStreamOperator<RawRecord> records = SideOutputs.split(
                Jobs.withoutRestarts(2)
                        .fromSource(source().results(), WatermarkStrategy.noWatermarks(), "records")
                        .rebalance(),
                CORRUPT);

        assertThat(Jobs.run(both(records))).isEqualTo(expected);
    }

    @Test
    void theMessageNamesObjectByteAndId() throws Exception {
        byte[] bytes = tfRecords("part", 10);
        bytes[frame("part", 5)] ^= 1;
        write("part", bytes);

        List<String> messages = Jobs.run(records(Jobs.withoutRestarts(1), source())
                .getSideOutput(CORRUPT)
                .map(ObjectFailure::message));

        assertThat(messages)
                .singleElement()
                .asString()
                .contains(uri("part"), "byte " + frame("part", 5))
                .endsWith("[PF-RECORD-01]");
    }

    @Test
    void aTruncatedObjectEndsThere() throws Exception {
        byte[] bytes = tfRecords("part", 10);
        write("part", Arrays.copyOf(bytes, bytes.length - 3));

        assertThat(Jobs.run(both(records(Jobs.withoutRestarts(1), source()))))
                .isEqualTo(sorted(
                        List.of(expected("part", 0, 9), List.of(failure("part", 0, frame("part", 9), 9, true)))));
    }

    @Test
    void aCorruptRangeEndsWithoutTheOthers() throws Exception {
        byte[] bytes = join(Flux.range(0, 100)
                .map(i -> ByteBuffer.wrap(payload("part", i)))
                .transform(RecordIo.encode(Dialect.DMLC))
                .collectList()
                .block());
        List<Integer> frames = new ArrayList<>();
        for (int i = 0, at = 0; i < 100; i++) {
            frames.add(at);
            at += 8 + (payload("part", i).length + 3) / 4 * 4;
        }
        frames.add(bytes.length);
        bytes[frames.get(30)] ^= 1; // the mark
        write("part", bytes);
        PipefluxSource<RawRecord> divided = PipefluxSource.of(
                        SourceChannel.directory(directory.toString()), () -> RecordIo.format(Dialect.DMLC))
                .ranges(bytes.length / 4, RecordIo::borders);

        List<String> read = Jobs.run(both(records(Jobs.withoutRestarts(2), divided)));

        List<String> lines =
                read.stream().filter(line -> !line.startsWith("FAILURE")).toList();
        assertThat(lines)
                .doesNotHaveDuplicates()
                .containsAll(expected("part", 0, 30))
                .containsAll(expected("part", 60, 100));
        assertThat(lines).doesNotContain(new String(payload("part", 30), UTF_8));
        assertThat(read).anyMatch(line -> line.startsWith("FAILURE " + uri("part") + " 0 " + frames.get(30)));
    }

    @Test
    void rowsBeforeAFailureAreABatch() throws Exception {
        Examples.write(directory.resolve("good"), 0, 100);
        Examples.write(directory.resolve("length"), 100, 200);
        Examples.write(directory.resolve("row"), 200, 300);
        byte[] wrong = Files.readAllBytes(directory.resolve("length"));
        List<RawRecord> records = Flux.just(ByteBuffer.wrap(wrong))
                .transform(TfRecords.decode())
                .collectList()
                .block();
        wrong[(int) records.get(40).position().byteOffset()] ^= 1;
        write("length", wrong);
        byte[] notAnExample = {1, 2, 3};
        List<ByteBuffer> rows = Flux.just(ByteBuffer.wrap(Files.readAllBytes(directory.resolve("row"))))
                .transform(TfRecords.decode())
                .map(record ->
                        ByteBuffer.wrap(record.position().recordOrdinal() == 10 ? notAnExample : record.toByteArray()))
                .transform(TfRecords.encode())
                .collectList()
                .block();
        write("row", join(rows));
        PipefluxSource<ReadResult<ColumnBatch>> source =
                source().columns(() -> Schema.of(Feature.int64("id")), 64).results();

        SingleOutputStreamOperator<ColumnBatch> batches = SideOutputs.split(
                Jobs.withoutRestarts(2).fromSource(source, WatermarkStrategy.noWatermarks(), "batches"), CORRUPT);
        List<String> read =
                Jobs.run(batches.flatMap((ColumnBatch batch, org.apache.flink.util.Collector<String> out) -> {
                            for (int i = 0; i < batch.rows(); i++) {
                                out.collect("id "
                                        + batch.column("id").asLongBuffer().get(i));
                            }
                        })
                        .returns(Types.STRING)
                        .union(batches.getSideOutput(CORRUPT).map(CorruptObjectsTest::text)));

        List<String> expected = new ArrayList<>();
        IntStream.range(0, 140).forEach(i -> expected.add("id " + i));
        IntStream.range(200, 300).filter(i -> i != 210).forEach(i -> expected.add("id " + i));
        expected.add(failure("length", 0, records.get(40).position().byteOffset(), 40, true));
        expected.add(read.stream()
                .filter(line -> line.contains(uri("row")))
                .findAny()
                .orElseThrow());
        Collections.sort(expected);
        assertThat(read).isEqualTo(expected);
        assertThat(read).anyMatch(line -> line.startsWith("FAILURE " + uri("row")) && line.endsWith(" 10 false"));
    }

    /** Lists a file that is not there. */
    private record Missing(String file) implements OpenChannel {

        @Override
        public Flux<ObjectRef> list(@Nullable Long seed) {
            return Flux.just(new ObjectRef(file, 100, null));
        }

        @Override
        public Flux<ObjectBytes> read(Flux<ObjectRef> objects) {
            return DirectoryChannel.read(objects);
        }

        @Override
        public Flux<ObjectBytes> read(ObjectRef object, long end) {
            return read(Flux.just(object));
        }

        @Override
        public Mono<ObjectBytes> index(ObjectRef object) {
            return Mono.empty();
        }

        @Override
        public void close() {}
    }

    @Test
    void anObjectThatCannotBeReadFailsTheJob() {
        String file = uri("none");
        PipefluxSource<RawRecord> source =
                PipefluxSource.of(new SourceChannel("missing", () -> new Missing(file), null), TfRecords::format);

        assertThat(Jobs.failure(both(records(Jobs.withoutRestarts(1), source))))
                .satisfies(error -> assertThat(ExceptionUtils.findThrowable(error, ObjectReadException.class))
                        .isPresent());
    }

    // == one reader ==

    private ObjectSplit split(String name) throws IOException {
        return ObjectSplit.whole(new ObjectRef(uri(name), Files.size(directory.resolve(name)), null), 2, 7);
    }

    /** Reads a split, and returns each result with the splits of a checkpoint after it. */
    private static <T> List<Map.Entry<ReadResult<T>, List<ObjectSplit>>> read(
            PipefluxSource<ReadResult<T>> source, List<ObjectSplit> splits) throws Exception {
        return read(source, splits, new TestingReaderContext());
    }

    private static <T> List<Map.Entry<ReadResult<T>, List<ObjectSplit>>> read(
            PipefluxSource<ReadResult<T>> source, List<ObjectSplit> splits, TestingReaderContext context)
            throws Exception {
        List<Map.Entry<ReadResult<T>, List<ObjectSplit>>> read = new ArrayList<>();
        TestingReaderOutput<ReadResult<T>> output = new TestingReaderOutput<>();
        try (SourceReader<ReadResult<T>, ObjectSplit> reader = source.createReader(context)) {
            reader.start();
            reader.addSplits(splits);
            reader.notifyNoMoreSplits();
            InputStatus status = InputStatus.MORE_AVAILABLE;
            while (status != InputStatus.END_OF_INPUT) {
                reader.isAvailable().get();
                status = reader.pollNext(output);
                for (ReadResult<T> result : output.getEmittedRecords()) {
                    read.add(Map.entry(result, reader.snapshotState(read.size())));
                }
                output.clearEmittedRecords();
            }
        }
        return read;
    }

    /** Checks that a reader that is restored after any result reads exactly the results after it. */
    private static <T> List<ReadResult<T>> readFromEverywhere(
            PipefluxSource<ReadResult<T>> source, ObjectSplit split, Function<ReadResult<T>, Object> value)
            throws Exception {
        List<Map.Entry<ReadResult<T>, List<ObjectSplit>>> read = read(source, List.of(split));
        List<Object> values =
                read.stream().map(entry -> value.apply(entry.getKey())).toList();
        for (int i = 0; i < read.size(); i++) {
            List<Map.Entry<ReadResult<T>, List<ObjectSplit>>> rest =
                    read(source, read.get(i).getValue());

            assertThat(rest.stream().map(entry -> value.apply(entry.getKey())).toList())
                    .as("after " + (i + 1) + " results")
                    .isEqualTo(values.subList(i + 1, values.size()));
        }
        return read.stream().map(Map.Entry::getKey).toList();
    }

    /** Returns metrics that are not registered, whose counter of errors is the given one. */
    private static SourceReaderMetricGroup countingErrors(Counter errors) {
        SourceReaderMetricGroup none = UnregisteredMetricsGroup.createSourceReaderMetricGroup();
        return (SourceReaderMetricGroup) Proxy.newProxyInstance(
                CorruptObjectsTest.class.getClassLoader(),
                new Class<?>[] {SourceReaderMetricGroup.class},
                (proxy, method, arguments) -> method.getName().equals("getNumRecordsInErrorsCounter")
                        ? errors
                        : method.invoke(none, arguments));
    }

    @Test
    void eachFailureIsCountedOnce() throws Exception {
        byte[] bytes = tfRecords("part", 30);
        bytes[frame("part", 3) + 12] ^= 1;
        bytes[frame("part", 7) + 12] ^= 1;
        bytes[frame("part", 20)] ^= 1;
        write("part", bytes);
        Counter errors = new SimpleCounter();

        read(
                source().results(),
                List.of(split("part")),
                new TestingReaderContext(new Configuration(), countingErrors(errors)));

        assertThat(errors.getCount()).isEqualTo(3);
    }

    private static Object ofRecord(ReadResult<RawRecord> result) {
        RawRecord record = result.element();
        return (record == null ? "none" : text(record)) + result.failures();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderContinuesAnywhereAroundFailures(boolean compressed) throws Exception {
        byte[] bytes = tfRecords("part", 30);
        for (int record : new int[] {0, 10, 11, 20}) {
            bytes[frame("part", record) + 12] ^= 1;
        }
        bytes[frame("part", 25)] ^= 1;
        write("part", compressed ? gzip(bytes) : bytes);
        PipefluxSource<RawRecord> source = PipefluxSource.of(
                SourceChannel.directory(directory.toString()),
                compressed ? () -> TfRecords.format().compression(Compression.GZIP) : TfRecords::format);

        List<ReadResult<RawRecord>> read =
                readFromEverywhere(source.results(), split("part"), CorruptObjectsTest::ofRecord);

        assertThat(read).hasSize(22); // 21 records and the end
        assertThat(read.stream().flatMap(result -> result.failures().stream()).map(ObjectFailure::record))
                .containsExactly(0L, 10L, 11L, 20L, 25L);
        assertThat(read.get(21).failures().get(0).endsSplit()).isTrue();
    }

    @Test
    void aStreamThatDoesNotInflateEndsThere() throws Exception {
        byte[] bytes = gzip(tfRecords("part", 200));
        bytes[bytes.length / 2] ^= 0x55;
        write("part", bytes);
        PipefluxSource<RawRecord> source = PipefluxSource.of(
                SourceChannel.directory(directory.toString()),
                () -> TfRecords.format().compression(Compression.GZIP));

        List<ReadResult<RawRecord>> read =
                readFromEverywhere(source.results(), split("part"), CorruptObjectsTest::ofRecord);

        assertThat(read).hasSizeBetween(2, 200);
        ReadResult<RawRecord> last = read.get(read.size() - 1);
        assertThat(last.element()).isNull();
        assertThat(last.failures())
                .last()
                .satisfies(failure -> assertThat(failure.endsSplit()).isTrue());
    }

    @Test
    void manyFailuresInARowAreCounted() throws Exception {
        byte[] bytes = tfRecords("part", 1000);
        for (int record = 5; record < 995; record++) {
            bytes[frame("part", record) + 12] ^= 1;
        }
        write("part", bytes);

        List<ReadResult<RawRecord>> read =
                readFromEverywhere(source().results(), split("part"), CorruptObjectsTest::ofRecord);

        assertThat(read).hasSize(10);
        List<ObjectFailure> failures = read.get(5).failures();
        assertThat(failures).hasSize(101);
        assertThat(failures.get(100).record()).isEqualTo(994);
        assertThat(failures.get(100).message()).contains("the last one of 890 more corrupt records");
    }

    @Test
    void batchesContinueAnywhereAroundFailures() throws Exception {
        Examples.write(directory.resolve("part"), 0, 100);
        List<RawRecord> records = Flux.just(ByteBuffer.wrap(Files.readAllBytes(directory.resolve("part"))))
                .transform(TfRecords.decode())
                .collectList()
                .block();
        byte[] notAnExample = {1, 2, 3};
        byte[] bytes = join(Flux.fromIterable(records)
                .map(record -> ByteBuffer.wrap(
                        record.position().recordOrdinal() % 9 == 4 ? notAnExample : record.toByteArray()))
                .transform(TfRecords.encode())
                .collectList()
                .block());
        List<Integer> frames = new ArrayList<>();
        for (int i = 0, at = 0; i < 100; i++) {
            frames.add(at);
            at += FRAME + (i % 9 == 4 ? notAnExample.length : records.get(i).size());
        }
        bytes[frames.get(30) + 12] ^= 1; // skipped by the format
        bytes[frames.get(50) + 12] ^= 1;
        bytes[frames.get(90)] ^= 1; // the end
        write("part", bytes);
        PipefluxSource<ReadResult<ColumnBatch>> source =
                source().columns(() -> Schema.of(Feature.int64("id")), 8).results();

        List<ReadResult<ColumnBatch>> read = readFromEverywhere(source, split("part"), result -> {
            ColumnBatch batch = result.element();
            return (batch == null ? "none" : ids(batch)) + result.failures().toString();
        });

        List<Long> ids = new ArrayList<>();
        List<Long> failed = new ArrayList<>();
        for (ReadResult<ColumnBatch> result : read) {
            ColumnBatch batch = result.element();
            ids.addAll(batch == null ? List.of() : ids(batch));
            result.failures().forEach(failure -> failed.add(failure.record()));
        }
        assertThat(ids)
                .containsExactlyElementsOf(LongStream.range(0, 90)
                        .filter(i -> i % 9 != 4 && i != 30 && i != 50)
                        .boxed()
                        .toList());
        assertThat(failed).containsExactly(4L, 13L, 22L, 30L, 31L, 40L, 49L, 50L, 58L, 67L, 76L, 85L, 90L);
    }

    private static List<Long> ids(ColumnBatch batch) {
        return IntStream.range(0, batch.rows())
                .mapToObj(i -> batch.column("id").asLongBuffer().get(i))
                .toList();
    }

    // == what is refused ==

    @Test
    void callsInAnotherOrderAreRefused() {
        PipefluxSource<ReadResult<RawRecord>> results = source().results();

        assertThatIllegalStateException()
                .isThrownBy(results::results)
                .withMessageContaining("expected a source of elements, but got one of results");
        assertThatIllegalStateException()
                .isThrownBy(() -> results.columns(() -> Schema.of(Feature.int64("id")), 8))
                .withMessageContaining("expected columns before results");
    }

    @Test
    void aStreamOfAnotherTypeIsRefused() {
        DataStream<ReadResult<RawRecord>> stream = Jobs.withoutRestarts(1)
                .fromSource(source().results(), WatermarkStrategy.noWatermarks(), "records")
                .map(result -> result)
                .returns(new GenericTypeInfo<>(type()));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SideOutputs.split(stream, CORRUPT))
                .withMessageContaining("expected a stream of the type that PipefluxSource.results emits");
    }

    @SuppressWarnings("unchecked")
    private static <T> Class<ReadResult<T>> type() {
        return (Class<ReadResult<T>>) (Class<?>) ReadResult.class;
    }
}
