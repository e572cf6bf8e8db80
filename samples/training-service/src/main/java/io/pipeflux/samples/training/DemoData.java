package io.pipeflux.samples.training;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;

/**
 * A generated data set in the format of the public pipe-mode sample: TFRecords of {@code tf.train.Example} with the
 * features {@code data} and {@code labels}. {@code labels} is the class, 0 or 1. {@code data} contains little-endian
 * float64 values, drawn from a normal distribution with the mean (class - 1). The same seed gives the same bytes in
 * every JDK, because the algorithm of {@link Random} is specified exactly, unlike that of {@code
 * SplittableRandom.nextGaussian}.
 */
public record DemoData(String channel, int records, int objects, int features, long seed) {

    private static final int TRAIN_OBJECTS = 8;
    private static final int EVAL_OBJECTS = 4;

    /** The command-line options for the size of the data. */
    public static final class Options {
        @Option(
                names = "--demo-records",
                defaultValue = "14080",
                description = "training records to generate with --demo, ${DEFAULT-VALUE} by default")
        int trainRecords;

        @Option(
                names = "--demo-eval-records",
                defaultValue = "3200",
                description = "evaluation records to generate with --demo, ${DEFAULT-VALUE} by default")
        int evalRecords;
    }

    /** Returns the training data. */
    public static DemoData train(Options options, int features) {
        return new DemoData("train", options.trainRecords, TRAIN_OBJECTS, features, 1);
    }

    /** Returns the evaluation data. */
    public static DemoData eval(Options options, int features) {
        return new DemoData("eval", options.evalRecords, EVAL_OBJECTS, features, 2);
    }

    /** Writes the objects as files. */
    public void writeTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        ColumnSums sums = new ColumnSums(features);
        for (int i = 0; i < objects; i++) {
            Files.write(directory.resolve(String.format(Locale.ROOT, "part-%05d.tfrecord", i)), object(i, sums));
        }
    }

    /**
     * Returns the bytes of an object, and adds the object's rows to the sums. Objects must be generated one at a time
     * and in order, because the sums depend on the order of the rows.
     */
    byte[] object(int index, ColumnSums sums) {
        Random random = new Random(seed * 1_000_003 + index);
        int first = (int) ((long) records * index / objects);
        int end = (int) ((long) records * (index + 1) / objects);
        ByteArrayOutputStream object = new ByteArrayOutputStream((end - first) * (features * Double.BYTES + 64));
        Flux.range(first, end - first)
                .map(i -> example(random, sums))
                .transform(TfRecords.encode())
                .doOnNext(
                        frame -> object.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining()))
                .blockLast();
        return object.toByteArray();
    }

    private ByteBuffer example(Random random, ColumnSums sums) {
        long label = random.nextInt(2);
        double[] values = new double[features];
        ByteBuffer data = ByteBuffer.allocate(features * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int j = 0; j < features; j++) {
            values[j] = label - 1 + random.nextGaussian();
            data.putDouble(values[j]);
        }
        sums.add(values, label);
        ByteString bytes = UnsafeByteOperations.unsafeWrap(data.flip());
        Features features = Features.newBuilder()
                .putFeature(
                        "data",
                        Feature.newBuilder()
                                .setBytesList(BytesList.newBuilder().addValue(bytes))
                                .build())
                .putFeature(
                        "labels",
                        Feature.newBuilder()
                                .setInt64List(Int64List.newBuilder().addValue(label))
                                .build())
                .build();
        return Example.newBuilder().setFeatures(features).build().toByteString().asReadOnlyByteBuffer();
    }
}
