package io.pipeflux.samples.flink;

import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.flink.PipefluxSource;
import io.pipeflux.flink.SourceChannel;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapPartitionFunction;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;

/**
 * Computes means, variances and principal components of the demo's data with an Apache Flink job. The job runs in this
 * process, in a cluster with two task managers. The program compares the job's result with the result of a pipeline
 * without Flink.
 *
 * <pre>{@code
 *   S3 --PipefluxSource--> batches --> moments of each subtask --> this program merges the moments
 * }</pre>
 */
public final class FlinkJob {

    private static final int RECORDS = 14_080;
    private static final int OBJECTS = 16;
    static final int FEATURES = 16;
    private static final int ROWS = 64;
    private static final int PARALLELISM = 4;
    private static final double TOLERANCE = 1e-9;

    private FlinkJob() {}

    /** Runs the job. The exit code is 1 if the result differs from the result of the pipeline without Flink. */
    public static void main(String[] args) throws Exception {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        if (!run(RECORDS, out)) {
            System.exit(1);
        }
    }

    static boolean run(int records, PrintWriter out) throws Exception {
        Path directory = Files.createTempDirectory("flink-job");
        try (DemoStore store = DemoStore.start(directory)) {
            store.upload(new DemoData("train", records, OBJECTS, FEATURES, 1), out);
            Moments plain = plain(store);
            long begin = System.nanoTime();
            Moments flink = flink(store);
            double seconds = (System.nanoTime() - begin) / 1e9;
            return report(flink, plain, seconds, out);
        } finally {
            delete(directory);
        }
    }

    private static Schema schema() {
        return Schema.of(Feature.decodeRaw("data", DType.FLOAT64, FEATURES), Feature.int64("labels"));
    }

    private static double[] rows(ColumnBatch batch) {
        double[] rows = new double[batch.rows() * FEATURES];
        batch.column("data").asDoubleBuffer().get(rows);
        return rows;
    }

    /** Computes the statistics without Flink. */
    private static Moments plain(DemoStore store) {
        Moments moments = Moments.none(FEATURES);
        S3Channels.prefix(store.client(), store.uri("train/"))
                .objects()
                .transform(TfRecords.decodeObjects())
                .transform(PipeOperators.mapAndBatch(ROWS, 2, schema().batches()))
                .doOnNext(batch -> moments.add(rows(batch)))
                .blockLast();
        return moments;
    }

    /** Computes the moments of all batches of one subtask. */
    private static final class OfSubtask implements MapPartitionFunction<ColumnBatch, double[]> {

        private static final long serialVersionUID = 1;

        @Override
        public void mapPartition(Iterable<ColumnBatch> batches, Collector<double[]> out) {
            Moments moments = Moments.none(FEATURES);
            batches.forEach(batch -> moments.add(rows(batch)));
            out.collect(moments.toArray());
        }
    }

    @SuppressWarnings("try") // closing may throw InterruptedException, which ends the program
    private static Moments flink(DemoStore store) throws Exception {
        URI endpoint = store.endpoint();
        SourceChannel channel = SourceChannel.s3Prefix(store.uri("train/"), () -> DemoStore.client(endpoint))
                .shuffle(42);
        try (StreamExecutionEnvironment environment =
                        StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM, twoTaskManagers());
                CloseableIterator<double[]> parts = environment
                        .fromSource(
                                PipefluxSource.of(channel, TfRecords::format).columns(FlinkJob::schema, ROWS),
                                WatermarkStrategy.noWatermarks(),
                                "train")
                        .fullWindowPartition()
                        .mapPartition(new OfSubtask())
                        .returns(PrimitiveArrayTypeInfo.DOUBLE_PRIMITIVE_ARRAY_TYPE_INFO)
                        .executeAndCollect("moments")) {
            Moments all = Moments.none(FEATURES);
            parts.forEachRemaining(part -> all.add(Moments.of(FEATURES, part)));
            return all;
        }
    }

    private static Configuration twoTaskManagers() {
        Configuration configuration = new Configuration();
        configuration.set(TaskManagerOptions.MINI_CLUSTER_NUM_TASK_MANAGERS, 2);
        configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, PARALLELISM / 2);
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        return configuration;
    }

    private static boolean report(Moments flink, Moments plain, double seconds, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "two task managers, %d subtasks: %,d rows in %.1f s%n",
                PARALLELISM,
                flink.rows(),
                seconds);
        for (int i = 0; i < 3; i++) {
            out.printf(Locale.ROOT, "column %d: mean %.6f, variance %.6f%n", i, flink.mean(i), flink.variance(i));
        }
        List<Double> shares = flink.componentShares();
        out.printf(
                Locale.ROOT,
                "principal components: %.4f, %.4f, %.4f of the variance%n",
                shares.get(0),
                shares.get(1),
                shares.get(2));
        double difference = flink.differenceFrom(plain);
        boolean equal = flink.rows() == plain.rows() && difference < TOLERANCE;
        out.printf(
                Locale.ROOT,
                "%s: the largest relative difference from a pipeline without Flink is %.1e, of %,d rows%n",
                equal ? "equal" : "DIFFERENT",
                difference,
                plain.rows());
        return equal;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
