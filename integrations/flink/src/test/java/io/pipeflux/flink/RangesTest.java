package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.csv.CsvRecords;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3ReadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.apache.flink.util.function.SerializableSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large objects are divided between their records, and each record arrives once. */
@Tag("flink")
class RangesTest {

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void theSameLinesWithAnyParallelism(int parallelism) throws Exception {
        List<String> lines = Jobs.writeLines(directory, 5, 2000);

        DataStream<String> read = Jobs.stream(
                        Jobs.environment(parallelism),
                        Jobs.lines(directory).ranges(5000, TextLines::borders).epochs(2))
                .map(TextLines::text);

        assertThat(Jobs.run(read)).isEqualTo(Jobs.repeated(lines, 2));
    }

    @Test
    void randomFailuresOfTasksLoseAndRepeatNothing() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 40, 500);
        int failures = Integer.getInteger("pipeflux.failures", 10);
        Failures.LEFT.set(failures);
        StreamExecutionEnvironment environment = Jobs.environment(3, failures);
        environment.enableCheckpointing(20);
        environment.getCheckpointConfig().setCheckpointTimeout(10_000); // see CorruptObjectsTest

        DataStream<String> read = Failures.of(Jobs.stream(
                environment,
                PipefluxSource.of(SourceChannel.directory(directory.toString()).shuffle(3), TextLines::format)
                        .ranges(3000, TextLines::borders)
                        .epochs(2)));

        assertThat(Jobs.run(read)).isEqualTo(Jobs.repeated(lines, 2));
        assertThat(Failures.LEFT).hasValue(0);
    }

    @Test
    void objectsOfAStoreAreDivided() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 3, 5000);
        try (DirectoryStore store = DirectoryStore.of(directory)) {
            SourceChannel channel = SourceChannel.s3Prefix("s3://b/part-", store.clients());

            DataStream<String> read = Jobs.stream(
                            Jobs.environment(2),
                            PipefluxSource.of(channel, TextLines::format).ranges(50_000, TextLines::borders))
                    .map(TextLines::text);

            assertThat(Jobs.run(read)).isEqualTo(lines);
        }
    }

    // == recovery ==

    private static final int PART = 1 << 20;

    /** Reads a split until that many bytes of it are left, and returns the split as it continues. */
    private static ObjectSplit read(OpenChannel channel, ObjectSplit from, long left, List<String> lines)
            throws IOException {
        return read(channel, from, left, lines, TextLines::format);
    }

    private static ObjectSplit read(
            OpenChannel channel,
            ObjectSplit from,
            long left,
            List<String> lines,
            SerializableSupplier<FrameFormat<RawRecord>> format)
            throws IOException {
        AtomicReference<ObjectSplit> at = new AtomicReference<>(from);
        ObjectSplitReader<RawRecord> reader = new ObjectSplitReader<>(
                () -> channel, new PlainKind.Records(format), PipelineMonitor.create("test"), split -> {
                    if (split != null) {
                        at.set(split);
                    }
                });
        reader.handleSplitsChanges(new SplitsAddition<>(List.of(from)));
        boolean ended = false;
        while (!ended && at.get().left() > left) {
            RecordsWithSplitIds<RawRecord> fetched = reader.fetch();
            while (fetched.nextSplit() != null) {
                for (RawRecord r = fetched.nextRecordFromSplit(); r != null; r = fetched.nextRecordFromSplit()) {
                    lines.add(UTF_8.decode(r.bytes()).toString());
                }
            }
            ended = !fetched.finishedSplits().isEmpty();
        }
        reader.close();
        return at.get();
    }

    @Test
    void aRestoredRangeReadsNoPartBeforeItsPointAgain() throws Exception {
        String tail = "x".repeat(1000);
        List<String> lines =
                LongStream.range(0, 16 << 10).mapToObj(i -> i + " " + tail).toList();
        Files.write(directory.resolve("large"), lines);
        try (DirectoryStore store = DirectoryStore.of(directory);
                OpenChannel channel = SourceChannel.s3Prefix(
                                "s3://b/large",
                                store.clients(),
                                () -> S3ReadOptions.defaults().partSize(PART).windowBytes(4 * PART))
                        .open()) {
            ObjectDivider divider =
                    new ObjectDivider(new Ranges(6 * PART, TextLines::borders, null), TextLines.format());
            List<ObjectSplit> splits =
                    divider.splits(channel, channel.list(null).blockFirst(), 0, 0);
            assertThat(splits).hasSize(3);
            ObjectSplit middle = splits.get(1);
            List<String> read = new ArrayList<>();
            store.froms.clear();

            ObjectSplit restored = read(channel, middle, 3 * PART, read);
            long begun = store.froms.stream().min(Long::compare).orElseThrow();
            store.froms.clear();
            read(channel, restored, 0, read);

            long point = restored.at().position().byteOffset();
            assertThat(begun).isEqualTo(middle.from());
            assertThat(point).isBetween(middle.from() + PART, middle.to() - PART);
            assertThat(store.froms)
                    .isNotEmpty()
                    .doesNotHaveDuplicates()
                    .allSatisfy(from -> assertThat(from).isGreaterThanOrEqualTo(point));
            assertThat(read).doesNotHaveDuplicates().isEqualTo(inRange(lines, middle));
        }
    }

    private static List<String> inRange(List<String> lines, ObjectSplit split) {
        List<String> in = new ArrayList<>();
        long at = 0;
        for (String line : lines) {
            if (at >= split.from() && at < split.to()) {
                in.add(line);
            }
            at += line.length() + 1;
        }
        return in;
    }

    // == indexes ==
    private Path train() throws IOException {
        return Files.createDirectories(directory.resolve("train"));
    }

    /** Writes 1000 examples of 8 to 9 bytes of payload each, and the index of every tenth record. */
    private List<Long> writeIndexed(long moved) throws IOException {
        Path file = train().resolve("part-0");
        Examples.write(file, 0, 1000);
        List<RawRecord> records = TfRecords.format()
                .decode()
                .apply(reactor.core.publisher.Flux.just(java.nio.ByteBuffer.wrap(Files.readAllBytes(file))))
                .collectList()
                .block();
        List<Long> offsets = new ArrayList<>();
        for (int i = 0; i < records.size(); i += 10) {
            offsets.add(records.get(i).position().byteOffset());
        }
        String json = offsets.stream()
                .map(offset -> Long.toString(offset == 0 ? 0 : offset + moved))
                .collect(Collectors.joining(
                        ",",
                        "{\"format\":1,\"size\":" + Files.size(file)
                                + ",\"records\":1000,\"every\":10,\"etag\":\""
                                + DirectoryStore.etag(file).replace("\"", "\\\"")
                                + "\",\"offsets\":[",
                        "]}"));
        Files.writeString(
                Files.createDirectories(directory.resolve("train.index")).resolve("part-0.json"), json, UTF_8);
        return offsets;
    }

    private PipefluxSource<RawRecord> records() throws IOException {
        return PipefluxSource.of(SourceChannel.directory(train().toString()), TfRecords::format)
                .indexedRanges(4000, TfRecords::borders);
    }

    private List<ObjectSplit> splits() throws IOException {
        SourceChannel channel = SourceChannel.directory(train().toString());
        ObjectDivider divider = new ObjectDivider(new Ranges(4000, null, TfRecords::borders), TfRecords.format());
        OpenChannel open = channel.open();
        ObjectRef object = open.list(null).blockFirst();
        return divider.splits(open, object, 3, 0);
    }

    private static String offset(RawRecord record) {
        return record.position().epoch() + " " + record.position().byteOffset();
    }

    @Test
    void anIndexDividesTfRecords() throws Exception {
        List<Long> offsets = writeIndexed(0);

        List<ObjectSplit> splits = splits();

        assertThat(splits).hasSizeGreaterThan(3).allSatisfy(split -> {
            assertThat(split.from()).isIn(offsets);
            assertThat(split.epoch()).isEqualTo(3);
        });
        DataStream<String> read = Jobs.stream(Jobs.environment(2), records()).map(RangesTest::offset);
        assertThat(Jobs.run(read)).hasSize(1000).doesNotHaveDuplicates();
    }

    @Test
    void anIndexInAStoreDividesItsObject() throws Exception {
        List<Long> offsets = writeIndexed(0);
        Files.copy(train().resolve("part-0"), directory.resolve("other"));
        try (DirectoryStore store = DirectoryStore.of(directory);
                OpenChannel open =
                        SourceChannel.s3Prefix("s3://b/", store.clients()).open()) {
            ObjectDivider divider = new ObjectDivider(new Ranges(4000, null, TfRecords::borders), TfRecords.format());
            Map<String, List<ObjectSplit>> splits = new TreeMap<>();
            for (ObjectRef object : open.list(null).toIterable()) {
                if (!object.key().endsWith(".json")) {
                    splits.put(object.key(), divider.splits(open, object, 0, 0));
                }
            }

            assertThat(splits.keySet()).containsExactly("s3://b/other", "s3://b/train/part-0");
            assertThat(splits.get("s3://b/train/part-0"))
                    .hasSizeGreaterThan(3)
                    .allSatisfy(split -> assertThat(split.from()).isIn(offsets));
            assertThat(splits.get("s3://b/other")) // in no folder: nobody writes an index of it
                    .singleElement()
                    .matches(ObjectSplit::isWhole);
            long before = store.bytes.get();
            ObjectSplit first = splits.get("s3://b/train/part-0").get(0);
            read(open, first, 0, new ArrayList<>(), TfRecords::format);
            assertThat(store.bytes.get() - before).as("no byte after its end").isEqualTo(first.to());
        }
    }

    @Test
    void marksDivideRecordIoAlsoForColumns() throws Exception {
        for (int file = 0; file < 3; file++) {
            Examples.write(
                    directory.resolve("examples-" + file),
                    file * 1000L,
                    file * 1000L + 1000,
                    RecordIo.encode(Dialect.DMLC));
        }
        SourceChannel channel = SourceChannel.directory(directory.toString());
        ObjectDivider divider =
                new ObjectDivider(new Ranges(4000, RecordIo::borders, null), RecordIo.format(Dialect.DMLC));
        try (OpenChannel open = channel.open()) {
            assertThat(divider.splits(open, open.list(null).blockFirst(), 0, 0)).hasSizeGreaterThan(3);
        }

        DataStream<Long> ids = Jobs.environment(2)
                .fromSource(
                        PipefluxSource.of(channel, () -> RecordIo.format(Dialect.DMLC))
                                .ranges(4000, RecordIo::borders)
                                .columns(() -> Schema.of(Feature.int64("id")), 64)
                                .epochs(2),
                        WatermarkStrategy.noWatermarks(),
                        "examples")
                .rebalance()
                .flatMap((ColumnBatch batch, Collector<Long> out) -> {
                    for (int i = 0; i < batch.rows(); i++) {
                        out.collect(batch.column("id").asLongBuffer().get(i));
                    }
                })
                .returns(Types.LONG);
        List<Long> found = new ArrayList<>();
        try (CloseableIterator<Long> results = ids.executeAndCollect()) {
            results.forEachRemaining(found::add);
        }
        assertThat(found)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, 6000).map(i -> i / 2).boxed().toList());
    }

    @Test
    void withoutAnIndexTfRecordsAreOneSplit() throws Exception {
        Examples.write(train().resolve("part-0"), 0, 1000);

        assertThat(splits()).singleElement().matches(ObjectSplit::isWhole);
    }

    @Test
    void anIndexThatLiesIsAnErrorWithTheObjectsName() throws Exception {
        writeIndexed(1);

        DataStream<String> read =
                Jobs.stream(Jobs.withoutRestarts(2), records()).map(RangesTest::offset);

        assertThat(Jobs.failure(read)).hasStackTraceContaining("train/part-0").hasStackTraceContaining("write it anew");
    }

    @Test
    void csvAndOtherFormatsAreNotDividedAtLines() {
        SourceChannel channel = SourceChannel.directory("/data");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PipefluxSource.of(channel, CsvRecords::format).ranges(1, TextLines::borders));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PipefluxSource.of(channel, TfRecords::format).ranges(1, TextLines::borders));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PipefluxSource.of(channel, TextLines::format).ranges(0, TextLines::borders));
    }
}
