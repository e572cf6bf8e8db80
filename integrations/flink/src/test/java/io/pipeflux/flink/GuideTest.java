package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.function.SerializableSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Runs the snippet of {@code docs/integrations.md}, whose text is here. */
@Tag("flink")
class GuideTest {

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    @TempDir
    Path directory;

    @Test
    void readsBatchesInTwoEpochs() throws Exception {
        Examples.write(directory.resolve("part-0"), 0, 100);
        Examples.write(directory.resolve("part-1"), 100, 200);
        try (DirectoryStore store = DirectoryStore.of(directory)) {
            SerializableSupplier<S3AsyncClient> clients = store.clients();
            StreamExecutionEnvironment env = Jobs.environment(2);
            SourceChannel channel =
                    SourceChannel.s3Prefix("s3://b/part-", clients).shuffle(42);
            PipefluxSource<ColumnBatch> source = PipefluxSource.of(channel, TfRecords::format)
                    .columns(() -> Schema.of(Feature.int64("id")), 64)
                    .epochs(2);
            DataStream<ColumnBatch> batches = env.fromSource(source, WatermarkStrategy.noWatermarks(), "train");

            List<Integer> rows = new ArrayList<>();
            try (CloseableIterator<Integer> results =
                    batches.map(ColumnBatch::rows).executeAndCollect()) {
                results.forEachRemaining(rows::add);
            }
            assertThat(rows).containsExactlyInAnyOrder(64, 36, 64, 36, 64, 36, 64, 36);
        }
    }
}
