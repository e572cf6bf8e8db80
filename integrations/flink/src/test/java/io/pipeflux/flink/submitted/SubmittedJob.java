package io.pipeflux.flink.submitted;

import io.pipeflux.core.RawRecord;
import io.pipeflux.flink.PipefluxSink;
import io.pipeflux.flink.PipefluxSource;
import io.pipeflux.flink.SourceChannel;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.util.MiniClusterPipelineExecutorServiceLoader;
import org.apache.flink.util.function.SerializableSupplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A job from S3 to S3 whose tasks fail a few times, in a class loader of its own. */
public final class SubmittedJob {

    /** How many attempts of each task fail, if they get an element. */
    public static final int FAILURES = 3;

    private static final int MARGIN = 10;
    private static final int SUBTASKS = 2;

    private SubmittedJob() {}

    /**
     * Runs the job until it has ended. Jobs with odd numbers write batches.
     *
     * @param jars the job's classes
     * @param port the S3 server's
     */
    public static void run(MiniCluster cluster, List<String> jars, int port, int number) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(DeploymentOptions.TARGET, MiniClusterPipelineExecutorServiceLoader.NAME);
        configuration.set(DeploymentOptions.ATTACHED, true);
        configuration.set(PipelineOptions.JARS, jars);
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, FAILURES * SUBTASKS + MARGIN);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
        StreamExecutionEnvironment environment = new StreamExecutionEnvironment(
                new MiniClusterPipelineExecutorServiceLoader(cluster),
                configuration,
                SubmittedJob.class.getClassLoader());
        environment.setParallelism(SUBTASKS);
        environment.enableCheckpointing(50);

        SourceChannel channel = SourceChannel.s3Prefix("s3://bucket/in/", clients(port));
        PipefluxSource<RawRecord> records = PipefluxSource.of(channel, TfRecords::format);
        String folder = "s3://bucket/out-" + number;
        if (number % 2 == 0) {
            environment
                    .fromSource(records, WatermarkStrategy.noWatermarks(), "records")
                    .filter(new Failing<>())
                    .sinkTo(PipefluxSink.tfRecords(folder, clients(port)));
        } else {
            environment
                    .fromSource(records.columns(SubmittedJob::schema, 64), WatermarkStrategy.noWatermarks(), "batches")
                    .filter(new Failing<ColumnBatch>())
                    .sinkTo(PipefluxSink.arrow(folder, clients(port), SubmittedJob::schema));
        }
        environment.execute();
    }

    private static Schema schema() {
        return Schema.of(Feature.int64("id"));
    }

    private static SerializableSupplier<S3AsyncClient> clients(int port) {
        return () -> {
            ClusterMain.loaded(ReactorNettyHttpClient.class.getClassLoader());
            return S3AsyncClient.builder()
                    .httpClientBuilder(ReactorNettyHttpClient.builder())
                    .credentialsProvider(
                            StaticCredentialsProvider.create(AwsBasicCredentials.create("identity", "credential")))
                    .endpointOverride(URI.create("http://localhost:" + port))
                    .region(Region.US_EAST_1)
                    .forcePathStyle(true)
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                    .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                    .build();
        };
    }

    /** Fails at the first element of the first attempts. */
    private static final class Failing<T> extends RichFilterFunction<T> {

        private static final long serialVersionUID = 1;

        @Override
        public void open(OpenContext context) {
            ClusterMain.loaded(SubmittedJob.class.getClassLoader());
        }

        @Override
        public boolean filter(T element) {
            if (getRuntimeContext().getTaskInfo().getAttemptNumber() < FAILURES) {
                ClusterMain.failing();
                throw new IllegalStateException("a failure of the test");
            }
            return true;
        }
    }
}
