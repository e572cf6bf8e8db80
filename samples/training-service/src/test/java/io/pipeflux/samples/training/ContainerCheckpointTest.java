package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Whose checkpoint is taken, what a job says that has nothing to do, and what is no success. */
class ContainerCheckpointTest extends ContainerTest {

    private Path trained() throws IOException {
        Path root = root("ml", "File");
        files(root);
        assertThat(run(root, "--steps", "9")).as(err.toString()).isZero();
        return root;
    }

    private void refused(Path root, String... named) throws IOException {
        String model = model(root);
        Path checkpoint = root.resolve("checkpoints/checkpoint");
        byte[] before = Files.readAllBytes(checkpoint);
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("belongs to another job")
                .contains(named);
        assertThat(root.resolve("output/failure")).content().contains(named);
        assertThat(Files.readAllBytes(checkpoint)).isEqualTo(before);
        assertThat(model(root)).isEqualTo(model);
    }

    private static void hyperparameters(Path root, String json) throws IOException {
        Files.writeString(root.resolve("input/config/hyperparameters.json"), json);
    }

    @ParameterizedTest
    @CsvSource({
        "batch,         batch is '32',                            64",
        "format,        format is 'auto',                         tfrecord",
        "learning_rate, hyperparameter learning-rate is not given, 0.1",
    })
    void aCheckpointOfOtherHyperparametersIsRefusedWithBothValues(String name, String before, String now)
            throws IOException {
        Path root = trained();
        String others = name.equals("batch") ? PARAMETERS.replace("batch_size", "other") : PARAMETERS;
        hyperparameters(root, others.replace("}", ",\"" + name + "\":\"" + now + "\"}"));
        refused(root, before + " in the checkpoint, but '" + now + "' in this job");
    }

    @Test
    void aCheckpointOfOtherDataIsRefusedWithBothValues() throws IOException {
        Path root = trained();
        Path data = root.resolve("input/data/train");
        byte[] bytes = Files.readAllBytes(data.resolve("a"));
        Files.write(data.resolve("0"), bytes);
        refused(
                root,
                "data of train is '2 objects of " + 2 * bytes.length + " bytes",
                "but '3 objects of " + 3 * bytes.length);
        Files.delete(data.resolve("0"));
        Files.move(data.resolve("a"), data.resolve("other"));
        refused(root, "data of train is '2 objects", "but '2 objects");
        Files.move(data.resolve("other"), data.resolve("a"));
        assertThat(run(root)).as(err.toString()).isZero();
    }

    @Test
    void aCheckpointOfAnotherModeIsRefused() throws IOException {
        Path root = trained();
        Path config = root.resolve("input/config/inputdataconfig.json");
        Files.writeString(config, Files.readString(config).replace("File", "Pipe"));
        refused(root, "TrainingInputMode=File", "TrainingInputMode=Pipe");
    }

    @Test
    void aMismatchMayBeAllowed() throws IOException {
        Path root = trained();
        assertThat(run(root, "--batch", "50", "--allow-checkpoint-mismatch"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("resuming after step 9 at ").contains("in 7 steps");
        assertThat(run(root, "--batch", "50")).as("it is this job's now").isZero();
        hyperparameters(root, PARAMETERS.replace("}", ",\"allow_checkpoint_mismatch\":\"true\"}"));
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(run(root, "--features", "8", "--checkpoint-directory", root.resolve("checkpoints") + ""))
                .isEqualTo(1);
        assertThat(err.toString()).contains("expected a model of 8 features in the checkpoint, but got one of 16");
    }

    @Test
    void aFigureThatWasNotMeasuredIsNotANumber() throws IOException {
        Path root = root("ml", "File");
        files(root);
        assertThat(run(root, "--steps", "1000")).as(err.toString()).isZero();
        assertThat(out.toString()).containsPattern("accuracy +[0-9.]+ \\([0-9.]+ before, not measured half-way\\)");
        assertThat(run(root, "--steps", "2000")).as(err.toString()).isZero();
        assertThat(out.toString())
                .containsPattern("training +nothing")
                .containsPattern("accuracy +[0-9.]+ \\([0-9.]+ before, not measured half-way\\)")
                .doesNotContain("NaN", "Infinity");
    }

    @Test
    void aJobThatIsDoneAlreadySaysSoLoudly() throws IOException {
        Path root = trained();
        String model = model(root);
        assertThat(run(root, "--steps", "9")).isZero();
        assertThat(out.toString())
                .contains("already at step 9 of 9: nothing to train; the model is that of the checkpoint in "
                        + root.resolve("checkpoints/checkpoint"))
                .contains("--checkpoint-directory", "raise --steps")
                .containsPattern("training +nothing")
                .contains("not measured half-way");
        assertThat(model(root)).isEqualTo(model);
        assertThat(run(root, "--steps", "5")).isZero();
        assertThat(out.toString()).contains("already at step 9 of 5");
        assertThat(run(root, "--steps", "10")).isZero();
        assertThat(out.toString()).doesNotContain("already").contains("32 records in 1 steps");
    }

    @Test
    void aJobWhoseDataHaveEndedAlreadySaysSoToo() throws IOException {
        Path root = root("ml", "File");
        files(root);
        assertThat(run(root)).isZero();
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(out.toString()).contains("the data had ended before step 20").contains("raise --epochs");
        assertThat(run(root, "--epochs", "4")).as(err.toString()).isZero();
        assertThat(out.toString()).contains("resuming after step 19");
    }

    private static void earlier(Path root) throws IOException {
        Path file = Files.createDirectories(root.resolve("checkpoints")).resolve("checkpoint.json");
        Files.write(file, resource("checkpoint-before-fingerprints.json"), StandardOpenOption.CREATE_NEW);
    }

    private static double[] weights(String model) {
        return Arrays.stream(model.replaceAll("[^-+.,0-9E]", "").split(","))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream golden = ContainerCheckpointTest.class.getResourceAsStream(name)) {
            return golden.readAllBytes();
        }
    }

    /** Written by 2101fb5 after step 8 of this very job. */
    @Test
    void aCheckpointOfAnEarlierVersionIsTakenIfAPersonSaysThatItFits() throws IOException {
        Path root = root("ml", "File");
        byte[] records = resource("train-before-fingerprints.tfrecord"); // what 2101fb5 generated
        files(root, records);
        earlier(root);
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString())
                .contains("the checkpoint of step 8 was written by an earlier version")
                .contains("--allow-checkpoint-mismatch", "checkpoint.json");
        assertThat(run(root, "--allow-checkpoint-mismatch")).as(err.toString()).isZero();
        assertThat(out.toString()).contains("resuming after step 8 at ").contains("344 records in 11 steps");
        // it computed with Math.exp, and this version computes with StrictMath.exp
        assertThat(weights(model(root))).containsExactly(weights(trainedInPipes(records)), within(1e-12));
        assertThat(root.resolve("checkpoints/checkpoint.json")).doesNotExist();
        earlier(root);
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("expected one of them");
        Files.writeString(root.resolve("checkpoints/checkpoint.json"), "{\"step\":");
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("checkpoint.json is not valid JSON");
    }

    @Test
    void aDamagedCheckpointFailsTheJob() throws IOException {
        Path root = trained();
        Path checkpoint = root.resolve("checkpoints/checkpoint");
        String text = Files.readString(checkpoint, StandardCharsets.ISO_8859_1);
        Files.writeString(checkpoint, text.substring(1), StandardCharsets.ISO_8859_1);
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("is not a checkpoint", checkpoint.toString());
    }

    @Test
    void theirDirectoryMayBeAnother() throws IOException {
        Path root = trained();
        Path other = directory.resolve("elsewhere");
        assertThat(run(root, "--checkpoint-directory", other.toString(), "--batch", "50"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("600 records in 12 steps");
        assertThat(other.resolve("checkpoint")).exists();
    }

    @Test
    void hostsThatShareADirectoryDoNotShareACheckpoint() throws IOException {
        Path root = root("ml", "File");
        files(root);
        Path hosts = root.resolve("input/config/resourceconfig.json");
        Files.writeString(hosts, "{\"current_host\":\"algo-2\",\"hosts\":[\"algo-1\",\"algo-2\"]}");
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(root.resolve("checkpoints/algo-2/checkpoint")).exists();
        Files.writeString(hosts, "{\"current_host\":\"algo-2\",\"hosts\":[\"algo-2\",\"algo-3\"]}");
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("host is 'algo-2 of [algo-1, algo-2]'", "'algo-2 of [algo-2, algo-3]'");
    }

    /** Inputs that complete without a batch. */
    public static final class Nothing implements TrainInput, EvalInput {
        @Override
        public Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters) {
            return Flux.empty();
        }

        @Override
        public Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters) {
            return Flux.empty();
        }
    }

    @Test
    void trainingOnNothingIsNoSuccess() throws IOException {
        Path root = root("ml", "File");
        files(root);
        assertThat(run(root, "--train-input", Nothing.class.getName())).isEqualTo(1);
        assertThat(err.toString()).contains("nothing was trained: the training data ended without a record");
        assertThat(root.resolve("model")).doesNotExist();
        assertThat(root.resolve("checkpoints/checkpoint")).doesNotExist();
    }

    @Test
    void theAccuracyOverNothingIsNoAccuracy() throws IOException {
        Path root = root("ml", "File");
        files(root);
        assertThat(run(root, "--eval-input", Nothing.class.getName())).isEqualTo(1);
        assertThat(err.toString()).contains("nothing was evaluated: the evaluation data ended without a record");
        assertThat(root.resolve("model")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "eval"})
    void aPipeWithoutARecordIsNoData(String channel) throws IOException {
        Path root = root("ml", "Pipe");
        if (channel.equals("train")) {
            Disposable agent = agent(root, Flux.empty());
            assertThat(run(root)).isEqualTo(1);
            agent.dispose();
            assertThat(err.toString()).contains("nothing was trained");
        } else {
            Disposable agent = agent(root, train(), Flux.empty());
            assertThat(run(root)).isEqualTo(1);
            agent.dispose();
            assertThat(err.toString()).contains("nothing was evaluated");
        }
        assertThat(root.resolve("model")).doesNotExist();
    }

    @Test
    void onlyAMissingFileOfHyperparametersMeansThatThereAreNone() throws IOException {
        Path root = root("ml", "File");
        files(root);
        Path file = root.resolve("input/config/hyperparameters.json");
        Files.delete(file);
        assertThat(run(root, "--features", "16", "--steps", "1"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains("there is no hyperparameters.json in " + file.getParent()
                        + ": every hyperparameter has its default");
        Files.createSymbolicLink(file, directory.resolve("nowhere")); // may be there later
        assertThat(run(root, "--features", "16", "--steps", "1")).isEqualTo(1);
        assertThat(err.toString()).contains(file + " is a link to something that is not there");
        Files.delete(file);
        Path old = root.resolve("checkpoints/checkpoint.json");
        Files.createSymbolicLink(old, directory.resolve("nowhere"));
        assertThat(run(root, "--features", "16", "--steps", "1")).isEqualTo(1);
        assertThat(err.toString()).contains(old + " is a link to something that is not there");
        Files.delete(old);
        Files.createDirectory(file); // cannot be read
        assertThat(run(root, "--features", "16", "--steps", "1")).isEqualTo(1);
        assertThat(err.toString()).startsWith("error: ");
        Files.delete(file);
        hyperparameters(root, "{\"batch-size\":\"1\",\"batch_size\":\"2\"}");
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("expected one value for the hyperparameter \"batch-size\"");
        hyperparameters(root, "{\"batch\":\"1\",\"batch_size\":\"2\"}");
        assertThat(run(root)).isEqualTo(2);
        assertThat(err.toString()).contains("expected one value for --batch and --batch-size");
        hyperparameters(root, PARAMETERS.replace("}", ",\"epoch\":\"7\"}"));
        assertThat(run(root, "--checkpoint-directory", directory.resolve("new").toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("hyperparameters that are not options, for the inputs only: [epoch]");
    }

    @Test
    void aFailureIsSaidThoughItsFileCannotBeWritten() throws IOException {
        Path root = root("ml", "Tube");
        Files.writeString(root.resolve("output"), "a file where a directory should be");
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("'Tube'").contains("the reason of the failure could not be written");
    }

    @Test
    void theReasonOfAnEarlierFailureIsGoneWhenAnotherRunBegins() throws IOException {
        Path root = root("ml", "Tube");
        assertThat(run(root)).isEqualTo(1);
        assertThat(root.resolve("output/failure")).exists();
        root("ml", "File");
        files(root);
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(root.resolve("output/failure")).doesNotExist();
    }

    @Test
    void theDemoTakesAndRefusesCheckpointsToo() {
        String[] demo = {
            "--demo",
            "--features=16",
            "--demo-records=640",
            "--demo-eval-records=64",
            "--epochs=2",
            "--steps=10",
            "--checkpoint-directory=" + directory.resolve("demo"),
            "--input-mode=file"
        };
        int first = TrainingService.run(new PrintWriter(out, true), new PrintWriter(err, true), demo);
        assertThat(first).as(err.toString()).isNotEqualTo(2);
        assertThat(directory.resolve("demo/checkpoint")).exists();
        demo[6] += "/";
        assertThat(TrainingService.run(new PrintWriter(out, true), new PrintWriter(err, true), demo))
                .isEqualTo(first);
        assertThat(out.toString()).contains("already at step 10 of 10");
        demo[7] = "--input-mode=pipe";
        assertThat(TrainingService.run(new PrintWriter(out, true), new PrintWriter(err, true), demo))
                .isEqualTo(2);
        assertThat(err.toString()).contains("input mode is 'File' in the checkpoint, but 'Pipe' in this job");
        demo[7] = "--input-mode=both";
        assertThat(TrainingService.run(new PrintWriter(out, true), new PrintWriter(err, true), demo))
                .isEqualTo(2);
    }
}
