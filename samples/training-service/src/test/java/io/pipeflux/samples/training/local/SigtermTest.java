package io.pipeflux.samples.training.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.samples.training.TrainingService;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.ExampleInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Trainers that are asked to stop, as by {@code kill -TERM}. */
class SigtermTest extends LocalTest {

    private static final int STOPPED = 143;

    private void stoppedAtTheGate(Path root, JavaProcess trainer) throws Exception {
        await().until(() -> Files.exists(GatedInput.sign(gate)));
        assertThat(root.resolve("checkpoints/checkpoint")).doesNotExist();
        assertThat(trainer.terminate()).as(said.toString()).isEqualTo(STOPPED);
        assertThat(said.toString())
                .contains("trainer | asked to stop: ")
                .containsPattern("trainer \\| stopped: the checkpoint of step (8|9|10) is in ");
        assertThat(root.resolve("checkpoints/checkpoint")).exists();
        assertThat(root.resolve("model")).doesNotExist();
        assertThat(root.resolve("output/failure")).doesNotExist();
        Files.createFile(gate);
    }

    @Test
    void overPipesTheLastStepIsKeptAndTheResumedJobEndsWithTheSameModel() throws Exception {
        Path root = root("pipes");
        JavaProcess agent = agent(root);
        stoppedAtTheGate(root, trainer(root, "--checkpoint-steps=1000000"));
        assertThat(agent.isAlive()).isTrue();
        assertThat(trainer(root).await()).as(said.toString()).isZero();
        assertThat(said.toString()).containsPattern("resuming after step (8|9|10) at ");
        assertThat(model(root)).isEqualTo(uninterrupted());
    }

    @Test
    void overFilesTheLastStepIsKeptAndTheResumedJobEndsWithTheSameModel() throws Exception {
        Path root = fileRoot("as-files");
        Files.writeString(
                root.resolve("input/config/hyperparameters.json"),
                "{\"gate\":\"" + gate + "\",\"gated-batch\":\"" + GATED_BATCH + "\",\"train-input\":\""
                        + GatedInput.class.getName() + "\"}");
        List<String> options = new ArrayList<>(List.of(options()));
        options.removeIf(option -> option.startsWith("--checkpoint-steps"));
        String[] rare = Stream.concat(options.stream(), Stream.of("--checkpoint-steps=1000000"))
                .toArray(String[]::new);
        stoppedAtTheGate(root, trainer(root, rare));
        assertThat(trainer(root, options()).await()).as(said.toString()).isZero();
        assertThat(said.toString()).containsPattern("resuming after step (8|9|10) at ");
        assertThat(model(root)).isEqualTo(uninterrupted());
    }

    /** Its second evaluation, between two steps, never ends. */
    public static final class EndlessEvaluation implements EvalInput {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters) {
            if (calls.incrementAndGet() == 2) {
                try {
                    Files.writeString(GatedInput.sign(Path.of(parameters.text("gate"))), "");
                    new CountDownLatch(1).await();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
            return ExampleInput.of(TfRecords.format()).evalBatches(channels, parameters);
        }
    }

    @Test
    void whenTheTimeIsOverTheProcessEndsAndSaysWhatIsLost() throws Exception {
        Path root = fileRoot("too-slow");
        Files.writeString(root.resolve("input/config/hyperparameters.json"), "{\"gate\":\"" + gate + "\"}");
        List<String> options = new ArrayList<>(List.of(options()));
        options.removeIf(option -> option.startsWith("--steps"));
        options.addAll(List.of("--steps=20", "--stop-within=1", "--eval-input=" + EndlessEvaluation.class.getName()));
        JavaProcess trainer = trainer(root, options.toArray(String[]::new));
        await().until(() -> Files.exists(GatedInput.sign(gate)));
        assertThat(trainer.terminate()).as(said.toString()).isEqualTo(STOPPED);
        assertThat(said.toString())
                .contains("not stopped within 1 s: steps 9 to 10 are lost: the newest checkpoint is of step 8")
                .doesNotContain("trainer | stopped: ");
    }

    private void inTheWay(Path checkpoints) throws Exception {
        Files.createDirectories(checkpoints.resolve("checkpoint/not-empty")); // cannot be replaced by a file
    }

    @Test
    void aLastCheckpointThatFailsIsSaidAndIsTheReasonOfTheFailure() throws Exception {
        Path root = root("no-last-checkpoint");
        agent(root);
        JavaProcess trainer = trainer(root, "--checkpoint-steps=1000000");
        await().until(() -> Files.exists(GatedInput.sign(gate)));
        inTheWay(root.resolve("checkpoints"));
        assertThat(trainer.terminate()).as(said.toString()).isEqualTo(STOPPED);
        assertThat(said.toString())
                .containsPattern("trainer \\| error while being stopped: the checkpoint of step (8|9|10) ");
        assertThat(root.resolve("output/failure")).content().contains("the checkpoint of step ");
        Files.createFile(gate);
    }

    @Test
    void aLastCheckpointThatFailsIsSaidByATrainingFromS3Too() throws Exception {
        Path checkpoints = directory.resolve("demo-no-last");
        JavaProcess trainer = demo(
                "--steps=20000",
                "--input-mode=file",
                "--checkpoint-steps=100000000",
                "--checkpoint-directory=" + checkpoints);
        await().until(() -> said.toString().contains("training: "));
        inTheWay(checkpoints);
        assertThat(trainer.terminate()).as(said.toString()).isEqualTo(STOPPED);
        assertThat(said.toString())
                .containsPattern("trainer \\| error while being stopped: the checkpoint of step [0-9]+ ");
    }

    private JavaProcess demo(String... more) throws Exception {
        List<String> args = new ArrayList<>(List.of(
                "--demo",
                "--features=16",
                "--demo-records=6400",
                "--demo-eval-records=64",
                "--epochs=1000000",
                "--checkpoint-steps=1"));
        List.of(more).forEach(option -> args.removeIf(given -> given.startsWith(option.split("=")[0] + "=")));
        args.addAll(List.of(more));
        return started(JavaProcess.start("trainer", out, TrainingService.class.getName(), args));
    }

    @Test
    void aTrainingFromS3KeepsItsLastStepTooIfThereIsADirectoryForIt() throws Exception {
        Path checkpoints = directory.resolve("demo");
        JavaProcess trainer = demo("--steps=100000000", "--checkpoint-directory=" + checkpoints);
        await().until(() -> Files.exists(checkpoints.resolve("checkpoint")));
        assertThat(trainer.terminate()).as(said.toString()).isEqualTo(STOPPED);
        assertThat(said.toString()).containsPattern("stopped: the checkpoint of step [0-9]+ is in " + checkpoints);
    }

    @Test
    void whereNothingIsKeptAStoppedTrainingSaysSoAtOnce() throws Exception {
        JavaProcess trainer = demo("--steps=20000", "--input-mode=file");
        await().until(() -> said.toString().contains("training: "));
        assertThat(trainer.terminate()).as(said.toString()).isEqualTo(STOPPED);
        assertThat(said.toString()).containsPattern("stopped: all [0-9]+ steps are lost: there is no checkpoint");
    }
}
