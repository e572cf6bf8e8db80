package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.pipeflux.records.text.TextLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A channel to which objects are added. */
@Tag("flink")
class ContinuousTest {

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    @TempDir
    Path savepoints;

    private void write(String name, String line) throws Exception {
        Path file = Files.writeString(directory.resolve("." + name), line + "\n");
        Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private JobClient start(StreamExecutionEnvironment environment) throws Exception {
        Jobs.stream(environment, Jobs.lines(directory).continuous(Duration.ofMillis(20)))
                .map(record -> {
                    String line = TextLines.text(record);
                    SEEN.add(line);
                    return line;
                })
                .sinkTo(new DiscardingSink<>());
        return environment.executeAsync();
    }

    @Test
    void newObjectsAreReadOnceAlsoAfterASavepoint() throws Exception {
        SEEN.clear();
        write("b1", "one");
        JobClient job = start(Jobs.environment(2));
        await().until(() -> SEEN.size() == 1);
        write("b2", "two");
        await().until(() -> SEEN.size() == 2);
        write("a", "late"); // is not read
        write("b3", "three");
        await().until(() -> SEEN.size() == 3);

        String savepoint = job.stopWithSavepoint(false, savepoints.toString(), SavepointFormatType.CANONICAL)
                .get();
        write("b4", "four");
        JobClient next = start(Jobs.from(savepoint, 1));
        await().until(() -> SEEN.size() == 4);
        write("b5", "five");
        await().until(() -> SEEN.size() == 5);
        next.cancel().get();

        assertThat(SEEN).containsExactly("one", "two", "three", "four", "five");
    }

    @Test
    void aPeriodThatNoTimerTakesIsRefused() {
        for (Duration period :
                List.of(Duration.ZERO, Duration.ofNanos(1), Duration.ofDays(-1), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Jobs.lines(directory).continuous(period))
                    .withMessageContaining("expected a period from 1 ms to 365 days, but got " + period);
        }
    }
}
