package io.pipeflux.flink;

import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.util.MiniClusterWithClientResource;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;

/**
 * Compares one slot of Flink with the same pipeline without Flink, from files to batches of 64 rows, in alternating
 * runs from the first batch to the last. Run by hand: {@code SourceFigures DIRECTORY MEGABYTES EPOCHS ROUNDS}.
 */
final class SourceFigures {

    private static final int FILES = 8;
    private static final int ROWS = 64;

    /** The tasks run in this process. */
    private static final AtomicLong SEEN = new AtomicLong();

    private static final AtomicLong FIRST = new AtomicLong();
    private static final AtomicLong LAST = new AtomicLong();

    private SourceFigures() {}

    private static io.pipeflux.records.example.proto.Feature int64(long... values) {
        Int64List.Builder list = Int64List.newBuilder();
        Arrays.stream(values).forEach(list::addValue);
        return io.pipeflux.records.example.proto.Feature.newBuilder()
                .setInt64List(list)
                .build();
    }

    private static Example seed(int i) {
        SplittableRandom random = new SplittableRandom(i);
        ByteBuffer data = ByteBuffer.allocate(1024 * Double.BYTES);
        while (data.hasRemaining()) {
            data.putDouble(random.nextDouble());
        }
        return Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature(
                                "data",
                                io.pipeflux.records.example.proto.Feature.newBuilder()
                                        .setBytesList(BytesList.newBuilder()
                                                .addValue(com.google.protobuf.ByteString.copyFrom(data.flip())))
                                        .build())
                        .putFeature("labels", int64(i & 1)))
                .build();
    }

    private static Example ctr(int i) {
        SplittableRandom random = new SplittableRandom(i);
        Features.Builder features = Features.newBuilder().putFeature("label", int64(i & 1));
        for (int f = 0; f < 13; f++) {
            features.putFeature(
                    "f" + f,
                    io.pipeflux.records.example.proto.Feature.newBuilder()
                            .setFloatList(FloatList.newBuilder().addValue((float) random.nextDouble()))
                            .build());
        }
        for (int c = 0; c < 26; c++) {
            features.putFeature("c" + c, int64(random.nextInt(1 << 20)));
        }
        return Example.newBuilder().setFeatures(features).build();
    }

    private static Schema seedSchema() {
        return Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
    }

    private static Schema ctrSchema() {
        List<Feature> features = new ArrayList<>(List.of(Feature.int64("label")));
        for (int f = 0; f < 13; f++) {
            features.add(Feature.float32("f" + f));
        }
        for (int c = 0; c < 26; c++) {
            features.add(Feature.int64("c" + c));
        }
        return Schema.of(features.toArray(Feature[]::new));
    }

    private static void write(Path directory, long bytes, IntFunction<Example> examples) throws IOException {
        Files.createDirectories(directory);
        int i = 0;
        for (int file = 0; file < FILES; file++) {
            try (OutputStream out =
                    new BufferedOutputStream(Files.newOutputStream(directory.resolve("part-" + file)))) {
                for (long written = 0; written < bytes / FILES; ) {
                    ByteBuffer payload = examples.apply(i++).toByteString().asReadOnlyByteBuffer();
                    for (ByteBuffer piece :
                            Flux.just(payload).transform(TfRecords.encode()).toIterable()) {
                        byte[] copy = new byte[piece.remaining()];
                        piece.get(copy);
                        out.write(copy);
                        written += copy.length;
                    }
                }
            }
        }
    }

    private static boolean see(ColumnBatch batch) {
        if (SEEN.getAndAdd(batch.rows()) == 0) {
            FIRST.set(System.nanoTime());
        }
        LAST.set(System.nanoTime());
        return true;
    }

    private static double seconds() {
        double seconds = (LAST.get() - FIRST.get()) / 1e9;
        SEEN.set(0);
        return seconds;
    }

    private static double plain(Path directory, Schema schema, int epochs, int parallelism) {
        for (int epoch = 0; epoch < epochs; epoch++) {
            DirectoryChannel.of(directory)
                    .objects()
                    .transform(TfRecords.decodeObjects())
                    .transform(PipeOperators.mapAndBatch(ROWS, parallelism, schema.batches()))
                    .doOnNext(SourceFigures::see)
                    .blockLast();
        }
        return seconds();
    }

    private static double flink(Path directory, SerializableSupplier<Schema> schema, int epochs) throws Exception {
        StreamExecutionEnvironment environment = Jobs.environment(1);
        environment
                .fromSource(
                        PipefluxSource.of(SourceChannel.directory(directory.toString()), TfRecords::format)
                                .columns(schema, ROWS)
                                .epochs(epochs),
                        WatermarkStrategy.noWatermarks(),
                        "figures")
                .filter(SourceFigures::see)
                .sinkTo(new DiscardingSink<>());
        environment.execute();
        return seconds();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void compare(String set, Path directory, SerializableSupplier<Schema> schema, int epochs, int rounds)
            throws Exception {
        long bytes = epochs
                * Files.list(directory)
                        .mapToLong(file -> file.toFile().length())
                        .sum();
        double[] inline = new double[rounds];
        double[] parallel = new double[rounds];
        double[] flink = new double[rounds];
        for (int round = -2; round < rounds; round++) {
            double a = plain(directory, schema.get(), epochs, 0);
            double b = flink(directory, schema, epochs);
            double c = plain(directory, schema.get(), epochs, 2);
            if (round >= 0) {
                inline[round] = a / b;
                parallel[round] = c / b;
                flink[round] = bytes / b / 1e9;
            }
        }
        System.out.printf(
                "%s: Flink %.2f GB/s; of the pipeline without Flink: inline %.2f (%s), with two workers %.2f (%s)%n",
                set,
                median(flink),
                median(inline),
                Arrays.toString(inline),
                median(parallel),
                Arrays.toString(parallel));
    }

    /** Prints the ratios: above 1 Flink is faster. */
    public static void main(String[] args) throws Exception {
        Path root = Path.of(args[0]);
        long bytes = Long.parseLong(args[1]) << 20;
        int epochs = Integer.parseInt(args[2]);
        int rounds = Integer.parseInt(args[3]);
        write(root.resolve("seed"), bytes, SourceFigures::seed);
        write(root.resolve("ctr"), bytes / 4, SourceFigures::ctr);
        MiniClusterWithClientResource cluster =
                new MiniClusterWithClientResource(new MiniClusterResourceConfiguration.Builder()
                        .setNumberTaskManagers(1)
                        .setNumberSlotsPerTaskManager(1)
                        .build());
        cluster.before();
        try {
            compare("seed", root.resolve("seed"), SourceFigures::seedSchema, epochs, rounds);
            compare("ctr", root.resolve("ctr"), SourceFigures::ctrSchema, epochs, rounds);
        } finally {
            cluster.after();
        }
    }
}
