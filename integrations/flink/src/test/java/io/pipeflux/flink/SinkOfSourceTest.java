package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.function.SerializableSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What a source reads, a sink writes: records as TFRecords, batches as Arrow streams. */
@Tag("flink")
class SinkOfSourceTest {

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    @TempDir
    Path directory;

    @Test
    void recordsBecomeTfRecords() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 6, 200);
        try (SinkStore store = SinkStore.start()) {
            SerializableSupplier<S3AsyncClient> clients = store.clients();
            StreamExecutionEnvironment env = Jobs.withoutRestarts(2);
            DataStream<RawRecord> records = Jobs.stream(env, Jobs.lines(directory));
            PipefluxSink<RawRecord> sink =
                    PipefluxSink.tfRecords("s3://bucket/packed", clients).objectBytes(64 << 20);
            records.sinkTo(sink).uid("packed");
            env.execute();

            assertThat(store.manifest("packed.manifest")
                            .objects()
                            .transform(TfRecords.decodeObjects())
                            .map(TextLines::text)
                            .collectSortedList()
                            .block())
                    .isEqualTo(lines);
        }
    }

    private static Schema schema() {
        return Schema.of(Feature.int64("id"));
    }

    private static Flux<Long> ids(ColumnBatch batch) {
        return Flux.fromStream(IntStream.range(0, batch.rows())
                .mapToObj(i -> batch.column("id").asLongBuffer().get(i)));
    }

    @Test
    void batchesBecomeArrowStreams() throws Exception {
        Examples.write(directory.resolve("part-0"), 0, 1000);
        Examples.write(directory.resolve("part-1"), 1000, 2000);
        try (SinkStore store = SinkStore.start()) {
            StreamExecutionEnvironment env = Jobs.withoutRestarts(2);
            PipefluxSource<ColumnBatch> source = PipefluxSource.of(
                            SourceChannel.directory(directory.toString()), TfRecords::format)
                    .columns(SinkOfSourceTest::schema, 64);
            env.fromSource(source, WatermarkStrategy.noWatermarks(), "examples")
                    .rebalance() // through Flink's serializers
                    .sinkTo(PipefluxSink.arrow("s3://bucket/arrow", store.clients(), SinkOfSourceTest::schema));
            env.execute();

            assertThat(store.keys("arrow/")).isNotEmpty().allMatch(key -> key.endsWith(".arrows"));
            assertThat(store.manifest("arrow.manifest")
                            .objects()
                            .transform(ArrowStreams.decodeObjects())
                            .concatMap(SinkOfSourceTest::ids)
                            .collectSortedList()
                            .block())
                    .isEqualTo(LongStream.range(0, 2000).boxed().toList());
        }
    }
}
