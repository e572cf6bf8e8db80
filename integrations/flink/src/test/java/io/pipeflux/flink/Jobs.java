package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.TextLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.operators.coordination.TaskNotRunningException;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.ExceptionUtils;

/** Data, jobs and results of the tests. */
final class Jobs {

    /** Of the cluster, which can give up a task while another one fails. */
    private static final int UNEXPECTED_FAILURES = 10;

    private Jobs() {}

    static MiniClusterResourceConfiguration twoTaskManagers() {
        return new MiniClusterResourceConfiguration.Builder()
                .setNumberTaskManagers(2)
                .setNumberSlotsPerTaskManager(4)
                .build();
    }

    /** Returns the same environment for a test that lets its job fail a few times at most. */
    static StreamExecutionEnvironment environment(int parallelism) {
        return environment(parallelism, Integer.getInteger("pipeflux.failures", 20));
    }

    /**
     * Returns an environment without Kryo, in which a failed job starts again at once.
     *
     * @param failures how often the test lets the job fail. If the job fails much more often, it ends with the last
     *     error: a fault that does not go away is reported, rather than repeated until no memory is left
     */
    static StreamExecutionEnvironment environment(int parallelism, int failures) {
        Configuration configuration = restarting(failures);
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(parallelism);
        return environment;
    }

    /** Returns the setting of {@link #environment(int, int)}. */
    static Configuration restarting(int failures) {
        Configuration configuration = new Configuration();
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, failures + UNEXPECTED_FAILURES);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, java.time.Duration.ofMillis(1));
        return configuration;
    }

    /** Returns the environment of a job that fails at its first error. */
    static StreamExecutionEnvironment withoutRestarts(int parallelism) {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(parallelism);
        return environment;
    }

    /** Starts from a savepoint. */
    static StreamExecutionEnvironment from(String savepoint, int parallelism) {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        configuration.set(org.apache.flink.configuration.StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(parallelism);
        return environment;
    }

    /** Writes files of different lengths, and returns their lines, each of which is there once. */
    static List<String> writeLines(Path directory, int files, int lines) throws IOException {
        List<String> all = new ArrayList<>();
        for (int file = 0; file < files; file++) {
            int f = file;
            List<String> in = IntStream.range(0, lines * (file % 3 + 1))
                    .mapToObj(line -> "f" + f + " line " + line)
                    .toList();
            Files.writeString(
                    directory.resolve(String.format("part-%05d", file)),
                    in.stream().collect(Collectors.joining("\n", "", "\n")),
                    UTF_8);
            all.addAll(in);
        }
        Collections.sort(all);
        return all;
    }

    static List<String> repeated(List<String> lines, int times) {
        return lines.stream()
                .flatMap(line -> Collections.nCopies(times, line).stream())
                .toList();
    }

    static PipefluxSource<RawRecord> lines(Path directory) {
        return PipefluxSource.of(SourceChannel.directory(directory.toString()), TextLines::format);
    }

    static DataStream<RawRecord> stream(StreamExecutionEnvironment environment, PipefluxSource<RawRecord> source) {
        return environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "lines")
                .uid("lines");
    }

    /** Runs the job and returns the lines that arrived, sorted. */
    /**
     * Runs a job that is to fail, and returns its failure. Collects nothing, because Flink's collecting sink ends the
     * task manager if it is cancelled before it was opened. Runs the job again if Flink 2.3 reports that an event to
     * the failed task was lost, instead of the task's failure.
     */
    static Throwable failure(DataStream<?> elements) {
        Throwable failure = null;
        for (int i = 0; i < 5; i++) {
            elements.sinkTo(new DiscardingSink<>());
            failure = catchThrowable(() -> elements.getExecutionEnvironment().execute());
            if (ExceptionUtils.findThrowable(failure, TaskNotRunningException.class)
                    .isEmpty()) {
                break;
            }
        }
        assertThat(failure).as("the failure of the job").isNotNull();
        return failure;
    }

    static List<String> run(DataStream<String> lines) throws Exception {
        List<String> found = new ArrayList<>();
        try (CloseableIterator<String> results = lines.executeAndCollect()) {
            results.forEachRemaining(found::add);
        }
        Collections.sort(found);
        return found;
    }
}
