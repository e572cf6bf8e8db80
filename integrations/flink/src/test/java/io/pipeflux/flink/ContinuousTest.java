package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.TextLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
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

    @TempDir
    Path unfinished;

    private void write(String name, String line) throws Exception {
        Path file = Files.writeString(directory.resolve("." + name), line + "\n");
        Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private JobClient start(StreamExecutionEnvironment environment) throws Exception {
        return start(environment, Jobs.lines(directory).continuous(Duration.ofMillis(20)));
    }

    private static JobClient start(StreamExecutionEnvironment environment, PipefluxSource<RawRecord> source)
            throws Exception {
        Jobs.stream(environment, source)
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

    /** Writes an object whose time is seconds after a beginning. */
    private void write(String name, String line, long seconds) throws Exception {
        Path file = Files.writeString(unfinished.resolve(name), line + "\n"); // the store lists every file
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000 + seconds)));
        Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private void readByTime(PipefluxSource<RawRecord> source) throws Exception {
        SEEN.clear();
        PipefluxSource<RawRecord> continuous = source.continuous(Duration.ofMillis(20), Duration.ofSeconds(60));
        write("m", "one", 0);
        JobClient job = start(Jobs.environment(2), continuous);
        await().until(() -> SEEN.size() == 1);
        write("z", "two", 1000);
        await().until(() -> SEEN.size() == 2);
        write("a", "three", 945);
        await().until(() -> SEEN.size() == 3);

        String savepoint = job.stopWithSavepoint(false, savepoints.toString(), SavepointFormatType.CANONICAL)
                .get();
        write("b", "four", 1000);
        JobClient next = start(Jobs.from(savepoint, 1), continuous);
        await().until(() -> SEEN.size() == 4);
        write("m", "five", 1001); // again
        await().until(() -> SEEN.size() == 5);
        write("c", "six", 1000);
        await().until(() -> SEEN.size() == 6);
        next.cancel().get();

        assertThat(SEEN).containsExactly("one", "two", "three", "four", "five", "six");
    }

    @Test
    void newFilesOfAnyNameAreReadOnceByTheirTimes() throws Exception {
        readByTime(Jobs.lines(directory));
    }

    @Test
    void newObjectsOfAnyKeyAreReadOnceByTheirTimes() throws Exception {
        try (DirectoryStore store = DirectoryStore.of(directory)) {
            readByTime(PipefluxSource.of(SourceChannel.s3Prefix("s3://b/", store.clients()), TextLines::format));
        }
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
