package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.records.text.TextLines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** After many submissions and restarts of tasks no thread and no descriptor is left. */
@Tag("flink")
class LeakTest {

    private static final int RESTARTS = Integer.getInteger("pipeflux.failures", 10);
    private static final int SUBMISSIONS = 5;

    /** Timers and the threads of clients end 10 s after their last task. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    private static final AtomicInteger RESTARTS_LEFT = new AtomicInteger();

    @TempDir
    Path directory;

    private void runOnce(DirectoryStore store, List<String> lines) throws Exception {
        StreamExecutionEnvironment environment = Jobs.environment(2, RESTARTS);
        environment.enableCheckpointing(20);
        SourceChannel channel = SourceChannel.s3Prefix("s3://b/part-", store.clients());
        assertThat(Jobs.run(Jobs.stream(environment, PipefluxSource.of(channel, TextLines::format))
                        .map(record -> {
                            if (RESTARTS_LEFT.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                                throw new IllegalStateException("a failure of the test");
                            }
                            return TextLines.text(record);
                        })))
                .isEqualTo(lines);
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pipeflux-") || name.contains("lines") || name.startsWith("sdk-"))
                .sorted()
                .toList();
    }

    @Test
    void nothingIsLeft() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 10, 20);
        try (DirectoryStore store = DirectoryStore.of(directory)) {
            RESTARTS_LEFT.set(1);
            runOnce(store, lines); // what is made once
            await().atMost(PATIENCE).until(() -> threads().isEmpty());
            int descriptors = OpenResources.descriptors();
            RESTARTS_LEFT.set(RESTARTS);

            for (int i = 0; i < SUBMISSIONS; i++) {
                runOnce(store, lines);
            }

            await().atMost(PATIENCE).untilAsserted(() -> assertThat(threads()).isEmpty());
            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThat(OpenResources.descriptors()).isLessThanOrEqualTo(descriptors + SUBMISSIONS));
        }
    }
}
