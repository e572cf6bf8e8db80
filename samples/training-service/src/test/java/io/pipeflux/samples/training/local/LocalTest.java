package io.pipeflux.samples.training.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.samples.training.DemoData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Agent and trainer as processes, on directories that they share. */
abstract class LocalTest {

    static final int FEATURES = 64;
    static final int RECORDS = 32_768; // 19 MB an epoch: more than is read ahead, so a killed agent is in its middle
    static final int GATED_BATCH = 10;
    static final List<String> PARAMETERS =
            List.of("features=" + FEATURES, "epochs=2", "steps=2000", "eval-steps=2", "checkpoint-steps=4");

    @TempDir
    static Path directory;

    static Path records;
    static @Nullable String uninterrupted;

    /** The trainers stop at batch 10, in the middle of a pipe and behind two checkpoints, until it is there. */
    Path gate;

    final StringWriter said = new StringWriter();
    final PrintWriter out = new PrintWriter(said, true);
    final List<JavaProcess> started = new ArrayList<>();

    @BeforeAll
    static void generate() throws IOException {
        records = directory.resolve("records");
        new DemoData("train", RECORDS, 2, FEATURES, 1).writeTo(records.resolve("train"));
        new DemoData("eval", 256, 1, FEATURES, 2).writeTo(records.resolve("eval"));
    }

    @AfterEach
    void nothingRunsOn() {
        started.forEach(JavaProcess::close);
    }

    Path root(String name) throws IOException {
        Path root = Files.createDirectories(directory.resolve(name));
        gate = root.resolve("gate");
        return root;
    }

    JavaProcess agent(Path root) throws IOException {
        List<String> gated =
                List.of("train-input=" + GatedInput.class.getName(), "gated-batch=" + GATED_BATCH, "gate=" + gate);
        List<String> all = Stream.concat(PARAMETERS.stream(), gated.stream()).toList();
        return started(LocalMode.agent(root, records, all, out));
    }

    JavaProcess trainer(Path root, String... more) throws IOException {
        return started(LocalMode.trainer(root, List.of(more), out));
    }

    JavaProcess started(JavaProcess process) {
        started.add(process);
        return process;
    }

    /** A directory of one's own whose channels are the records' files. */
    Path fileRoot(String name) throws IOException {
        Path root = root(name);
        Path config = Files.createDirectories(root.resolve("input/config"));
        String channel = "{\"TrainingInputMode\":\"File\"}";
        Files.writeString(
                config.resolve("inputdataconfig.json"), "{\"train\":" + channel + ",\"eval\":" + channel + "}");
        Files.createSymbolicLink(root.resolve("input/data"), records);
        return root;
    }

    static String[] options() {
        return PARAMETERS.stream().map(p -> "--" + p).toArray(String[]::new);
    }

    /** What a training makes that nobody interrupts: over the files themselves, which gives the same as pipes. */
    String uninterrupted() throws Exception {
        if (uninterrupted == null) {
            Path own = gate;
            Path root = fileRoot("files");
            gate = own;
            assertThat(trainer(root, options()).await()).as(said.toString()).isZero();
            uninterrupted = model(root);
        }
        return uninterrupted;
    }

    static String model(Path root) throws IOException {
        return Files.readString(root.resolve("model/model.json"));
    }

    static void awaitStep(Path root, int step) {
        Path checkpoint = root.resolve("checkpoints/checkpoint");
        await().until(() -> Files.exists(checkpoint)
                && Files.readString(checkpoint, StandardCharsets.ISO_8859_1).contains("\n{\"step\":" + step + ","));
    }
}
