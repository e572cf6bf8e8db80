package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.TextLines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks fail, and jobs are stopped and started with other parallelism: each record arrives once. */
@Tag("flink")
class ExactlyOnceTest {

    private static final int FAILURES = Integer.getInteger("pipeflux.failures", 10);

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(Jobs.twoTaskManagers());

    private static final Semaphore PERMITS = new Semaphore(0);
    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    @TempDir
    Path savepoints;

    @Test
    void randomFailuresOfTasksLoseAndRepeatNothing() throws Exception {
        List<String> lines = Jobs.writeLines(directory, 40, 500);
        Failures.LEFT.set(FAILURES);
        StreamExecutionEnvironment environment = Jobs.environment(3, FAILURES);
        environment.enableCheckpointing(20);
        environment.getCheckpointConfig().setCheckpointTimeout(10_000); // see CorruptObjectsTest

        DataStream<String> read = Failures.of(Jobs.stream(
                environment,
                PipefluxSource.of(SourceChannel.directory(directory.toString()).shuffle(3), TextLines::format)
                        .epochs(2)));

        assertThat(Jobs.run(read)).isEqualTo(Jobs.repeated(lines, 2));
        assertThat(Failures.LEFT).hasValue(0);
    }

    /** Keeps a line when it has a permit. */
    private static String see(RawRecord record) throws InterruptedException {
        PERMITS.acquire();
        String line = TextLines.text(record);
        SEEN.add(line);
        return line;
    }

    private JobClient start(StreamExecutionEnvironment environment, long rangeBytes) throws Exception {
        Jobs.stream(environment, Jobs.lines(directory).ranges(rangeBytes, TextLines::borders))
                .map(ExactlyOnceTest::see)
                .sinkTo(new DiscardingSink<>());
        return environment.executeAsync();
    }

    /** Lets lines pass until the job has stopped. */
    private String stop(JobClient job, int parallelism, int atLeast) throws Exception {
        PERMITS.release(atLeast);
        await().until(() -> PERMITS.availablePermits() == 0 && PERMITS.getQueueLength() == parallelism);
        while (true) {
            CompletableFuture<String> savepoint =
                    job.stopWithSavepoint(false, savepoints.toString(), SavepointFormatType.CANONICAL);
            while (!savepoint.isDone()) {
                PERMITS.release(10);
                try {
                    return savepoint.get(1, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) { // once more
                } catch (ExecutionException e) { // the job manager may not know yet that the last task runs
                    assertThat(e).hasCauseInstanceOf(CheckpointException.class);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 5000}) // whole objects, and divided ones
    void aJobIsRescaledFromTwoToFourToOne(long rangeBytes) throws Exception {
        List<String> lines = Jobs.writeLines(directory, 30, 2000);
        SEEN.clear();
        PERMITS.drainPermits();

        String first = stop(start(Jobs.environment(2), rangeBytes), 2, lines.size() / 5);
        PERMITS.drainPermits();
        int seenByTwo = SEEN.size();
        String second = stop(start(Jobs.from(first, 4), rangeBytes), 4, lines.size() / 5);
        int seenByFour = SEEN.size();
        PERMITS.drainPermits();
        PERMITS.release(lines.size());
        start(Jobs.from(second, 1), rangeBytes).getJobExecutionResult().get();

        List<String> seen = new ArrayList<>(SEEN);
        seen.sort(null);
        assertThat(seen).isEqualTo(lines);
        assertThat(seenByTwo).isLessThan(seenByFour);
        assertThat(seenByFour).isLessThan(lines.size());
    }
}
