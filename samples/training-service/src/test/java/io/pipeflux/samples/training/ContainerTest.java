package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.pipe.ChannelWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Directories laid out as a training container's, and the program run on them in this process. */
abstract class ContainerTest {

    static final int FEATURES = 16;
    static final byte[] TRAIN = new DemoData("train", 200, 1, FEATURES, 5).object(0, new ColumnSums(FEATURES));
    static final byte[] EVAL = new DemoData("eval", 100, 1, FEATURES, 6).object(0, new ColumnSums(FEATURES));
    static final String PARAMETERS =
            "{\"features\":\"16\",\"batch_size\":\"\\\"32\\\"\",\"epochs\":\"3\",\"checkpoint-steps\":\"4\"}";

    @TempDir
    Path directory;

    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();

    int run(Path root, String... more) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        String[] args = new String[more.length + 3];
        args[0] = "train"; // as SageMaker starts containers
        args[1] = "--ml-root";
        args[2] = root.toString();
        System.arraycopy(more, 0, args, 3, more.length);
        return TrainingService.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    Path root(String name, String mode) throws IOException {
        Path root = directory.resolve(name);
        Path config = Files.createDirectories(root.resolve("input/config"));
        Files.createDirectories(root.resolve("input/data"));
        String channel = "{\"ContentType\":\"x\",\"TrainingInputMode\":\"" + mode + "\",\"Unknown\":[{}]}";
        Files.writeString(
                config.resolve("inputdataconfig.json"), "{\"train\":" + channel + ",\"eval\":" + channel + "}");
        Files.writeString(config.resolve("hyperparameters.json"), PARAMETERS);
        Files.writeString(
                config.resolve("resourceconfig.json"), "{\"current_host\":\"algo-1\",\"hosts\":[\"algo-1\"]}");
        return root;
    }

    static Disposable agent(Path root, Flux<ByteBuffer> train) {
        return agent(root, train, Flux.defer(() -> Flux.just(ByteBuffer.wrap(EVAL))));
    }

    static Disposable agent(Path root, Flux<ByteBuffer> train, Flux<ByteBuffer> eval) {
        ChannelWriter writer = ChannelWriter.into(root.resolve("input/data"));
        return Flux.merge(epochs(writer, "train", train), epochs(writer, "eval", eval))
                .subscribe(done -> {}, error -> {});
    }

    static Flux<?> epochs(ChannelWriter writer, String channel, Flux<ByteBuffer> bytes) {
        Flux<ObjectBytes> objects =
                Flux.just(ObjectBytes.of(channel, 0, ObjectBytes.UNKNOWN_SIZE, null, from -> bytes));
        return Flux.range(0, 100).concatMap(n -> writer.write(channel, n, objects, ObjectBytes::bytes), 0);
    }

    static Flux<ByteBuffer> train() {
        return train(TRAIN);
    }

    private static Flux<ByteBuffer> train(byte[] records) {
        return Flux.defer(() -> Flux.just(ByteBuffer.wrap(records.clone())));
    }

    static void files(Path root) throws IOException {
        files(root, TRAIN);
    }

    static void files(Path root, byte[] records) throws IOException {
        int half = records.length / 200 * 100; // all records are as long
        Path train = Files.createDirectories(root.resolve("input/data/train/deeper"));
        Files.write(train.resolve("b"), Arrays.copyOfRange(records, half, records.length));
        Files.write(train.resolveSibling("a"), Arrays.copyOfRange(records, 0, half));
        Files.write(Files.createDirectories(root.resolve("input/data/eval")).resolve("a"), EVAL);
    }

    static String model(Path root) throws IOException {
        return Files.readString(root.resolve("model/model.json"));
    }

    String trainedInPipes() throws IOException {
        return trainedInPipes(TRAIN);
    }

    String trainedInPipes(byte[] records) throws IOException {
        Path root = root("reference", "Pipe");
        Disposable agent = agent(root, train(records));
        assertThat(run(root)).as(err.toString()).isZero();
        agent.dispose();
        return model(root);
    }
}
