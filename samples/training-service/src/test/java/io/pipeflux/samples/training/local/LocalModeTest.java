package io.pipeflux.samples.training.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.samples.training.DemoData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agent and trainer as processes, which are killed. */
class LocalModeTest {

    private static final int FEATURES = 64;
    private static final int RECORDS =
            32_768; // 19 MB an epoch: more than is read ahead, so a killed agent is in its middle
    private static final int GATED_BATCH = 10;
    private static final List<String> PARAMETERS =
            List.of("features=" + FEATURES, "epochs=2", "steps=2000", "eval-steps=2", "checkpoint-steps=4");

    @TempDir
    static Path directory;

    private static Path records;
    private static @Nullable String uninterrupted;

    /** The trainers stop at batch 10, in the middle of a pipe and behind two checkpoints, until it is there. */
    private Path gate;

    private final StringWriter said = new StringWriter();
    private final PrintWriter out = new PrintWriter(said, true);
    private final List<JavaProcess> started = new ArrayList<>();

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

    private Path root(String name) throws IOException {
        Path root = Files.createDirectories(directory.resolve(name));
        gate = root.resolve("gate");
        return root;
    }

    private JavaProcess agent(Path root) throws IOException {
        List<String> gated =
                List.of("train-input=" + GatedInput.class.getName(), "gated-batch=" + GATED_BATCH, "gate=" + gate);
        List<String> all = Stream.concat(PARAMETERS.stream(), gated.stream()).toList();
        return started(LocalMode.agent(root, records, all, out));
    }

    private JavaProcess trainer(Path root, String... more) throws IOException {
        return started(LocalMode.trainer(root, List.of(more), out));
    }

    private JavaProcess started(JavaProcess process) {
        started.add(process);
        return process;
    }

    /** What a training makes that nobody interrupts: over the files themselves, which gives the same as pipes. */
    private String uninterrupted() throws Exception {
        if (uninterrupted == null) {
            Path root = directory.resolve("files");
            Path config = Files.createDirectories(root.resolve("input/config"));
            String channel = "{\"TrainingInputMode\":\"File\"}";
            Files.writeString(
                    config.resolve("inputdataconfig.json"), "{\"train\":" + channel + ",\"eval\":" + channel + "}");
            Files.createSymbolicLink(root.resolve("input/data"), records);
            String[] options = PARAMETERS.stream().map(p -> "--" + p).toArray(String[]::new);
            assertThat(trainer(root, options).await()).as(said.toString()).isZero();
            uninterrupted = model(root);
        }
        return uninterrupted;
    }

    private static String model(Path root) throws IOException {
        return Files.readString(root.resolve("model/model.json"));
    }

    private static void awaitStep(Path root, int step) {
        Path checkpoint = root.resolve("checkpoints/checkpoint.json");
        await().until(() ->
                Files.exists(checkpoint) && Files.readString(checkpoint).startsWith("{\"step\":" + step + ","));
    }

    @Test
    void oneCommandTrainsOverPipesBetweenTwoProcesses() {
        int code = LocalMode.run(
                out, "--features=32", "--demo-records=640", "--demo-eval-records=64", "--hyperparameter=epochs=2");
        assertThat(code).as(said.toString()).isZero();
        assertThat(said.toString())
                .contains("trainer | channels {eval=Pipe, train=Pipe}; host algo-1 of [algo-1]")
                .contains("1,280 records in 20 steps")
                .contains("model/model.json, read back equal")
                .contains("the trainer ended with exit code 0, the agent runs on and is stopped");
    }

    @Test
    void aKilledTrainerGoesOnWithTheNextPipeAsIfNothingHadHappened() throws Exception {
        Path root = root("trainer-killed");
        JavaProcess agent = agent(root);
        JavaProcess trainer = trainer(root);
        awaitStep(root, 8);
        trainer.kill();
        Files.createFile(gate);
        assertThat(trainer(root).await()).as(said.toString()).isZero();
        assertThat(agent.isAlive()).isTrue();
        assertThat(said.toString()).contains("resuming behind step 8 at ").contains("in 1016 steps");
        assertThat(model(root)).isEqualTo(uninterrupted());
    }

    @Test
    void theEndOfAKilledAgentsPipeIsNoEndOfTheEpochAndTheNextAgentServesTheResumedTrainer() throws Exception {
        Path root = root("agent-killed");
        JavaProcess agent = agent(root);
        JavaProcess trainer = trainer(root);
        awaitStep(root, 8);
        agent.kill();
        Files.createFile(gate);
        assertThat(trainer.await()).as(said.toString()).isEqualTo(1);
        assertThat(root.resolve("output/failure")).content().contains("train_0").contains("PipeException");
        agent(root);
        assertThat(trainer(root).await()).as(said.toString()).isZero();
        assertThat(said.toString()).contains("trainer | resuming behind step ");
        assertThat(model(root)).isEqualTo(uninterrupted());
    }

    @Test
    void anAgentThatIsStoppedTellsItsTrainer() throws Exception {
        Path root = root("agent-stopped");
        JavaProcess agent = agent(root);
        JavaProcess trainer = trainer(root);
        awaitStep(root, 8);
        agent.close();
        Files.createFile(gate);
        assertThat(trainer.await()).as(said.toString()).isEqualTo(1);
        assertThat(root.resolve("output/failure"))
                .content()
                .contains("the agent ended the pipe after ")
                .contains("train_0");
    }
}
