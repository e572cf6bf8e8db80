package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.s3.S3ReadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** Objects over HTTP, by the SDK. */
@Tag("flink")
class S3SourceTest {

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    private static final Semaphore PERMITS = new Semaphore(0);

    @TempDir
    Path directory;

    @Test
    void readsAPrefixInTwoEpochs() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 30, 100);
        try (DirectoryStore store = DirectoryStore.of(directory)) {
            SourceChannel channel = SourceChannel.s3Prefix("s3://b/part-", store.clients());

            DataStream<String> read = Jobs.stream(
                            Jobs.environment(2),
                            PipefluxSource.of(channel.shuffle(1), TextLines::format)
                                    .epochs(2))
                    .map(TextLines::text);

            assertThat(Jobs.run(read)).isEqualTo(Jobs.repeated(lines, 2));
            assertThat(store.gets).hasValue(60);
            assertThat(store.listings).hasValue(2); // one per epoch
        }
    }

    @Test
    void readsAManifest() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 3, 100);
        Files.writeString(
                directory.resolve("manifest"),
                "[{\"prefix\": \"s3://b/\"}, \"part-00000\", \"part-00001\", \"part-00002\"]");
        try (DirectoryStore store = DirectoryStore.of(directory)) {
            SourceChannel channel = SourceChannel.s3Manifest("s3://b/manifest", store.clients());

            DataStream<String> read = Jobs.stream(Jobs.environment(2), PipefluxSource.of(channel, TextLines::format))
                    .map(TextLines::text);

            assertThat(Jobs.run(read)).isEqualTo(lines);
        }
    }

    private static RawRecord pass(RawRecord record) throws InterruptedException {
        PERMITS.acquire();
        return record;
    }

    @Test
    void theListsClientIsClosedWhenTheListHasEnded() throws Exception {
        PERMITS.drainPermits();
        try (SinkStore store = SinkStore.start()) {
            store.client()
                    .putObject(put -> put.bucket("bucket").key("in/a"), AsyncRequestBody.fromString("a line\n"))
                    .join();
            SourceChannel channel = SourceChannel.s3Prefix("s3://bucket/in/", store.clients());
            StreamExecutionEnvironment environment = Jobs.environment(1);
            Jobs.stream(environment, PipefluxSource.of(channel, TextLines::format))
                    .map(S3SourceTest::pass)
                    .returns(PipefluxTypes.rawRecord())
                    .sinkTo(new DiscardingSink<>());
            JobClient job = environment.executeAsync();

            await().until(PERMITS::hasQueuedThreads);
            await().untilAsserted(() -> assertThat(store.openClients).hasValue(1)); // the subtask's

            PERMITS.release();
            job.getJobExecutionResult().get();
            await().untilAsserted(() -> assertThat(store.openClients).hasValue(0));
        }
    }

    @Test
    void aSlowSinkStopsTheGets() throws Exception {
        byte[] line = ("x".repeat(1023) + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        try (var out = new java.io.BufferedOutputStream(Files.newOutputStream(directory.resolve("large")))) {
            for (int i = 0; i < 64 << 10; i++) {
                out.write(line);
            }
        }
        PERMITS.drainPermits();
        try (DirectoryStore store = DirectoryStore.of(directory)) {
            SourceChannel channel = SourceChannel.s3Prefix(
                    "s3://b/large",
                    store.clients(),
                    () -> S3ReadOptions.defaults().partSize(1 << 20).windowBytes(4 << 20));
            StreamExecutionEnvironment environment = Jobs.environment(1);
            Jobs.stream(environment, PipefluxSource.of(channel, TextLines::format))
                    .map(S3SourceTest::pass)
                    .returns(PipefluxTypes.rawRecord())
                    .sinkTo(new DiscardingSink<>());
            JobClient job = environment.executeAsync();
            await().until(() -> PERMITS.hasQueuedThreads() && store.bytes.get() >= 1 << 20);
            await().during(java.time.Duration.ofMillis(300)).until(() -> true);

            // what the window and three portions hold, and what the sockets do
            assertThat(store.gets.get()).isBetween(1L, 16L);

            PERMITS.release(64 << 10);
            job.getJobExecutionResult().get();
            assertThat(store.gets.get()).isBetween(64L, 70L);
        }
    }
}
