package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Writer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** Jobs write numbers as TFRecords into a real S3 server: each number is in the dataset once, whatever fails. */
@Tag("flink")
class PipefluxSinkTest {

    private static final int FAILURES = Integer.getInteger("pipeflux.failures", 20);
    private static final long COUNT = 30_000;

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(2)
            .setNumberSlotsPerTaskManager(4)
            .build());

    /** The tasks run in this process. */
    private static final Semaphore PERMITS = new Semaphore(0);

    private static final AtomicInteger FAILURES_LEFT = new AtomicInteger();

    @TempDir
    Path savepoints;

    private SinkStore store;

    @BeforeEach
    void start() throws Exception {
        store = SinkStore.start();
        PERMITS.drainPermits();
        FAILURES_LEFT.set(0);
    }

    @AfterEach
    void stop() throws Exception {
        PERMITS.drainPermits();
        PERMITS.release(1 << 30); // if a test has failed its job ends
        store.close();
    }

    private static StreamExecutionEnvironment environment(int parallelism, Configuration configuration) {
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(parallelism);
        return environment;
    }

    private static Configuration failing() {
        Configuration configuration = new Configuration();
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        return configuration;
    }

    private static ByteBuffer payload(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(0, number);
    }

    private PipefluxSink<Long> sink() {
        return PipefluxSink.<Long>of(
                        "s3://bucket/train",
                        store.clients(),
                        () -> numbers -> numbers.map(PipefluxSinkTest::payload).transform(TfRecords.encode()))
                .suffix(".tfrecord")
                .objectBytes(50_000);
    }

    private static List<Long> numbers(long count) {
        return LongStream.rangeClosed(1, count).boxed().toList();
    }

    /** Fails now and then, as often as is left, and waits for a permit where that is asked for. */
    private record Passing(boolean permits) implements MapFunction<Long, Long> {

        @Override
        public Long map(Long number) throws InterruptedException {
            if (permits) {
                PERMITS.acquire();
            }
            if (FAILURES_LEFT.get() > 0
                    && new SplittableRandom().nextInt(2000) == 0
                    && FAILURES_LEFT.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new IllegalStateException("a failure of the test");
            }
            return number;
        }
    }

    private JobClient write(StreamExecutionEnvironment environment, long count, boolean permits) throws Exception {
        environment
                .fromSequence(1, count)
                .uid("numbers")
                .map(new Passing(permits))
                .returns(Types.LONG)
                .rebalance()
                .sinkTo(sink())
                .uid("sink");
        return environment.executeAsync();
    }

    private void requireAllOnce() {
        assertThat(store.numbers(store.manifest("train.manifest"))).isEqualTo(numbers(COUNT));
        List<String> objects =
                store.keys("train/").stream().map(key -> "s3://bucket/" + key).toList();
        assertThat(store.objects(Flux.just("train.manifest"))).isEqualTo(objects);
        assertThat(store.objects(Flux.fromIterable(store.keys("train.manifests/"))))
                .as("each object is in one manifest of a subtask and a checkpoint")
                .isEqualTo(objects);
    }

    @Test
    void aBatchJobWritesItsManifestLast() throws Exception {
        StreamExecutionEnvironment environment = environment(2, failing());
        environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
        write(environment, COUNT, false).getJobExecutionResult().get();

        requireAllOnce();
        assertThat(store.keys("train.manifests/")).hasSizeBetween(1, 2); // one of each subtask that got elements
        assertThat(store.keys("train/")).hasSizeGreaterThan(4).allMatch(key -> key.endsWith(".tfrecord"));
        assertThat(store.uploads()).isZero();
        assertThat(store.openClients).hasValue(0);
    }

    @Test
    void aStreamingJobWithoutCheckpointsWritesAtItsEnd() throws Exception {
        write(environment(2, failing()), COUNT, false).getJobExecutionResult().get();
        requireAllOnce();
    }

    @Test
    void objectsAppearWithTheirCheckpoint() throws Exception {
        StreamExecutionEnvironment environment = environment(2, failing());
        environment.enableCheckpointing(20);
        JobClient job = write(environment, COUNT, true);
        for (int i = 1; i < 4; i++) {
            int manifests = i;
            await().until(() -> {
                PERMITS.release(20); // a task that waits for permits takes part in no checkpoint
                return store.keys("train.manifests/").size() >= manifests;
            });
            assertThat(store.keys("train.manifest")).noneMatch("train.manifest"::equals);
        }
        PERMITS.release(1 << 30);
        job.getJobExecutionResult().get();
        requireAllOnce();
        assertThat(store.openClients).hasValue(0);
    }

    @Test
    void randomFailuresOfTasksAndOfTheStoreLoseAndRepeatNothing() throws Exception {
        StreamExecutionEnvironment environment =
                environment(2, Jobs.restarting(2 * FAILURES)); // of tasks and of the store
        environment.enableCheckpointing(20);
        FAILURES_LEFT.set(FAILURES);
        store.failuresLeft.set(FAILURES);
        JobClient job = write(environment, COUNT, true);
        while (FAILURES_LEFT.get() > 0 || store.failuresLeft.get() > 0) {
            PERMITS.release(20);
            if (job.getJobStatus().get().isTerminalState()) {
                break;
            }
        }
        PERMITS.release(1 << 30);
        job.getJobExecutionResult().get();

        requireAllOnce();
        assertThat(store.failedAfterwards.get()).isPositive();
        S3Writer.of(store.client())
                .abortOlderThan("s3://bucket/train/", Duration.ZERO)
                .block();
        assertThat(store.uploads()).isZero();
        requireAllOnce();
        await().untilAsserted(() -> assertThat(store.openClients).hasValue(0));
    }

    @Test
    void aBatchJobWhoseTasksFailWritesAllOnce() throws Exception {
        StreamExecutionEnvironment environment = environment(2, Jobs.restarting(3 + 6));
        environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
        FAILURES_LEFT.set(3);
        store.failuresLeft.set(6);
        write(environment, COUNT, false).getJobExecutionResult().get();
        requireAllOnce();
    }

    @Test
    void aStoreThatAlwaysFailsEndsTheJobWithItsError() throws Exception {
        StreamExecutionEnvironment environment = environment(2, Jobs.restarting(0));
        environment.enableCheckpointing(20);
        store.failuresLeft.set(Integer.MAX_VALUE);

        assertThatThrownBy(() ->
                        write(environment, COUNT, false).getJobExecutionResult().get())
                .hasStackTraceContaining("a failure of the test");

        assertThat(store.keys("train.manifest")).noneMatch("train.manifest"::equals);
        await().untilAsserted(() -> assertThat(store.openClients).hasValue(0));
    }

    private String stop(JobClient job) throws Exception {
        int before = store.keys("train/").size();
        await().until(
                        () -> { // with the first checkpoint all tasks run
                            PERMITS.release(20);
                            return store.keys("train/").size() > before;
                        });
        CompletableFuture<String> savepoint =
                job.stopWithSavepoint(false, savepoints.toString(), SavepointFormatType.CANONICAL);
        while (true) {
            PERMITS.release(10);
            try {
                return savepoint.get(1, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                assertThat(savepoint).isNotCompletedExceptionally();
            }
        }
    }

    private static StreamExecutionEnvironment from(String savepoint, int parallelism) {
        Configuration configuration = failing();
        configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        StreamExecutionEnvironment environment = environment(parallelism, configuration);
        environment.enableCheckpointing(20);
        return environment;
    }

    @Test
    void aJobIsRescaledFromTwoToFourToOne() throws Exception {
        StreamExecutionEnvironment environment = environment(2, failing());
        environment.enableCheckpointing(20);
        String first = stop(write(environment, COUNT, true));
        assertThat(store.keys("train.manifest")).noneMatch("train.manifest"::equals);
        PERMITS.drainPermits();
        String second = stop(write(from(first, 4), COUNT, true));
        assertThat(store.keys("train.manifest")).noneMatch("train.manifest"::equals);
        PERMITS.release(1 << 30);
        write(from(second, 1), COUNT, true).getJobExecutionResult().get();
        requireAllOnce();
    }

    @Test
    void aJobWithoutElementsWritesAManifestWithoutObjects() throws Exception {
        StreamExecutionEnvironment environment = environment(2, failing());
        environment.fromSequence(1, 10).filter(number -> false).sinkTo(sink());
        environment.execute();
        assertThat(store.keys("train.ended/")).hasSize(2);
        assertThat(store.keys("train.manifest")).containsExactly("train.manifest");
        assertThat(store.keys("train/")).isEmpty();
    }

    @Test
    void aFolderOfAnotherJobIsRefused() throws Exception {
        store.client()
                .putObject(put -> put.bucket("bucket").key("train/other"), AsyncRequestBody.fromString("x"))
                .join();
        assertThatThrownBy(() -> write(environment(2, failing()), COUNT, false)
                        .getJobExecutionResult()
                        .get())
                .hasStackTraceContaining(ObjectWriteException.class.getName())
                .hasStackTraceContaining("expected an empty folder");
        assertThat(store.keys("train")).containsExactly("train/other");
    }
}
