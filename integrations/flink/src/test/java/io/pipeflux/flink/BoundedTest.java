package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A channel that is read to its end, in a cluster of two task managers. */
@Tag("flink")
class BoundedTest {

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void readsTheSameRecordsWithAnyParallelism(int parallelism) throws Exception {
        List<String> lines = Jobs.writeLines(directory, 20, 100);

        DataStream<String> read = Jobs.stream(Jobs.environment(parallelism), Jobs.lines(directory))
                .map(TextLines::text);

        assertThat(Jobs.run(read)).isEqualTo(lines);
    }

    @Test
    void readsEachRecordOnceInEachShuffledEpoch() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 20, 50);
        SourceChannel channel = SourceChannel.directory(directory.toString()).shuffle(7);

        DataStream<String> read = Jobs.stream(
                        Jobs.environment(2),
                        PipefluxSource.of(channel, TextLines::format).epochs(3))
                .map(record -> record.position().epoch() + " " + TextLines.text(record));

        List<String> expected = IntStream.range(0, 3)
                .boxed()
                .flatMap(epoch -> lines.stream().map(line -> epoch + " " + line))
                .toList();
        assertThat(Jobs.run(read)).isEqualTo(expected);
    }

    @Test
    void theOrderOfAShuffledEpochIsOnePermutation() throws Exception {
        Jobs.writeLines(directory, 20, 1);
        SourceChannel channel = SourceChannel.directory(directory.toString()).shuffle(7);
        List<String> listed = io.pipeflux.core.channel.DirectoryChannel.of(directory)
                .shuffle(7)
                .objects()
                .map(object -> object.key())
                .collectList()
                .block();

        DataStream<String> read = Jobs.stream(Jobs.environment(1), PipefluxSource.of(channel, TextLines::format))
                .map(RawRecord::source);

        List<String> found = new ArrayList<>();
        try (CloseableIterator<String> results = read.executeAndCollect()) {
            results.forEachRemaining(found::add);
        }
        assertThat(found.stream().distinct()).containsExactlyElementsOf(listed);
    }

    @Test
    void recordsPassAShuffleOfTheNetwork() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 8, 100);

        DataStream<String> read = Jobs.stream(Jobs.environment(2), Jobs.lines(directory))
                .rebalance()
                .map(record -> TextLines.text(record));

        assertThat(Jobs.run(read)).isEqualTo(lines);
    }

    private void writeExamples(String name, long from, long to) throws IOException {
        Examples.write(directory.resolve(name), from, to);
    }

    @Test
    void readsColumnsAndSendsThemToAnotherTask() throws Exception {
        for (int file = 0; file < 6; file++) {
            writeExamples("examples-" + file, file * 1000L, file * 1000L + 1000);
        }
        PipefluxSource<ColumnBatch> source = PipefluxSource.of(
                        SourceChannel.directory(directory.toString()), TfRecords::format)
                .columns(() -> Schema.of(Feature.int64("id")), 64);

        DataStream<Long> ids = Jobs.environment(2)
                .fromSource(source, WatermarkStrategy.noWatermarks(), "examples")
                .rebalance()
                .flatMap((ColumnBatch batch, org.apache.flink.util.Collector<Long> out) -> {
                    for (int i = 0; i < batch.rows(); i++) {
                        out.collect(batch.column("id").asLongBuffer().get(i));
                    }
                })
                .returns(Types.LONG);

        List<Long> found = new ArrayList<>();
        try (CloseableIterator<Long> results = ids.executeAndCollect()) {
            results.forEachRemaining(found::add);
        }
        assertThat(found.stream().sorted())
                .containsExactlyElementsOf(LongStream.range(0, 6000).boxed().toList());
    }

    private void damageRecord(String name, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(directory.resolve(name));
        bytes[offset] ^= 1;
        Files.write(directory.resolve(name), bytes);
    }

    @Test
    void aCorruptObjectFailsWithItsName() throws Exception {
        writeExamples("good", 0, 100);
        writeExamples("wrong", 100, 200);
        damageRecord("wrong", 20);
        DataStream<String> read = Jobs.stream(
                        Jobs.withoutRestarts(2),
                        PipefluxSource.of(SourceChannel.directory(directory.toString()), TfRecords::format))
                .map(RawRecord::source);

        assertThat(Jobs.failure(read)).satisfies(error -> {
            assertThat(ExceptionUtils.findThrowableWithMessage(error, "file://" + directory.resolve("wrong")))
                    .isPresent();
            assertThat(ExceptionUtils.findThrowable(error, CorruptRecordException.class))
                    .isPresent();
        });
    }

    @Test
    void aCorruptRecordIsSkippedIfThePolicySaysSo() throws Exception {
        writeExamples("good", 0, 100);
        writeExamples("wrong", 100, 200);
        damageRecord("wrong", 20);
        PipefluxSource<RawRecord> source = PipefluxSource.of(
                SourceChannel.directory(directory.toString()),
                () -> TfRecords.format().onCorrupt(SkipPolicy.skip(1, 10)));

        assertThat(Jobs.run(Jobs.stream(Jobs.withoutRestarts(2), source).map(RawRecord::source)))
                .hasSize(199);
    }

    @Test
    void aChannelWithoutObjectsFails() {
        DataStream<String> read =
                Jobs.stream(Jobs.withoutRestarts(1), Jobs.lines(directory)).map(TextLines::text);

        assertThat(Jobs.failure(read))
                .satisfies(error -> assertThat(ExceptionUtils.findThrowableWithMessage(
                                error, "expected at least one object in file://" + directory))
                        .isPresent());
    }
}
