package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.samples.training.container.MlRoot;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.ExampleInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** The program as a training container: files in, files out, exit codes. */
class ContainerJobTest extends ContainerTest {

    @Test
    void whatToDoStandsInFilesAndSoDoesWhatCameOfIt() throws IOException {
        Path root = root("ml", "pIPe");
        Disposable agent = agent(root, train());
        int code = run(root);
        agent.dispose();
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .contains("channels {eval=Pipe, train=Pipe}; host algo-1 of [algo-1]")
                .contains("600 records in 19 steps")
                .contains(root.resolve("model/model.json") + ", read back equal");
        assertThat(code).isZero();
        assertThat(root.resolve("checkpoints/checkpoint"))
                .content(StandardCharsets.ISO_8859_1)
                .startsWith("pipeflux checkpoint 1\n{\"step\":19,\"resumeAt\":\"{");
        assertThat(root.resolve("output/failure")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"File", "fastfile"})
    void theFilesOfAChannelTrainTheSameModelAsItsPipes(String mode) throws IOException {
        Path root = root("ml", mode);
        files(root);
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(out.toString()).contains("600 records in 19 steps").contains("input/data/train/a: ");
        assertThat(model(root)).isEqualTo(trainedInPipes());
    }

    @Test
    void hiddenFilesAreNotTrainedOnUnlessTheFormatIsNamed() throws IOException {
        assertThat(run(withHiddenFiles("ml of Zo\u00eb"))).as(err.toString()).isZero();
        assertThat(out.toString()).contains("600 records in 19 steps");
        assertThat(run(withHiddenFiles("named"), "--format", "tfrecord")).isEqualTo(1);
        assertThat(err.toString()).contains("_SUCCESS");
    }

    private Path withHiddenFiles(String name) throws IOException {
        Path root = root(name, "File");
        files(root);
        Path train = root.resolve("input/data/train");
        String committer = "{\"name\":\"committer\",\"stats\":1}";
        Files.writeString(train.resolve("_SUCCESS"), committer);
        Files.writeString(Files.createDirectories(train.resolve("_temporary/0")).resolve("part-0"), committer);
        return root;
    }

    @Test
    void aChannelOfHiddenFilesAloneIsReadIfTheFormatIsNamed() throws IOException {
        Path root = root("ml", "File");
        files(root);
        Path train = root.resolve("input/data/train");
        Files.move(train.resolve("a"), train.resolve("_a"));
        Files.move(train.resolve("deeper"), train.resolve("_deeper"));

        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("channel \"train\" has no files but hidden ones", "--format");
        assertThat(run(root, "--format", "tfrecord")).as(err.toString()).isZero();
        assertThat(out.toString()).contains("600 records in 19 steps");
    }

    @Test
    void optionsWinOverHyperparameters() throws IOException {
        Path root = root("ml", "File");
        files(root);
        assertThat(run(root, "--epochs", "1", "--batch", "100")).isZero();
        assertThat(out.toString()).contains("200 records in 2 steps");
    }

    @Test
    void aTrainingThatFailedGoesOnBehindItsCheckpointAsIfNothingHadHappened() throws IOException {
        Path root = root("ml", "Pipe");
        ByteBuffer most = ByteBuffer.wrap(TRAIN, 0, TRAIN.length * 2 / 3);
        int[] epochs = {0};
        Disposable agent = agent(
                root,
                Flux.defer(() -> epochs[0]++ == 0
                        ? train()
                        : Flux.just(most.duplicate()).concatWith(Flux.error(new IOException("the disk is on fire")))));
        assertThat(run(root)).isEqualTo(1);
        agent.dispose();
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("error: the agent ended the pipe after ")
                .contains("the disk is on fire", "train_1");
        assertThat(root.resolve("output/failure"))
                .content()
                .startsWith(err.toString().strip())
                .contains("PipeException")
                .contains("\tat ");
        assertThat(root.resolve("model")).doesNotExist();

        Disposable another = agent(root, train());
        assertThat(run(root)).as(err.toString()).isZero();
        another.dispose();
        assertThat(out.toString())
                .contains("resuming after step 8 at ResumePoint[epoch 1, ")
                .contains("344 records in 11 steps")
                .contains("not known: the training was resumed");
        assertThat(model(root)).isEqualTo(trainedInPipes());
    }

    @Test
    void aTrainingOverFilesGoesOnBehindItsCheckpointToo() throws IOException {
        Path root = root("ml", "File");
        files(root);
        assertThat(run(root, "--steps", "13")).isZero();
        assertThat(run(root)).isZero();
        assertThat(out.toString()).contains("resuming after step 13 at ").contains("in 6 steps");
        assertThat(model(root)).isEqualTo(trainedInPipes());
    }

    @Test
    void aWrongHyperparameterIsWrongUsage() throws IOException {
        Path root = root("ml", "File");
        Files.writeString(root.resolve("input/config/hyperparameters.json"), "{\"steps\":\"many\"}");
        assertThat(run(root)).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("error: hyperparameters: ")
                .contains("--steps", "many");
        assertThat(root.resolve("output/failure")).content().contains("--steps", "many");
    }

    @Test
    void theReasonOfAFailureIsNotWrittenThroughALink() throws IOException {
        Path root = root("ml", "File");
        Path other = Files.writeString(root.resolve("other"), "somebody else's");
        Files.createDirectories(root.resolve("output"));
        Files.createSymbolicLink(root.resolve("output/failure"), other);
        MlRoot.at(root).fail("the disk is on fire", null);
        assertThat(root.resolve("output/failure")).content().startsWith("the disk is on fire");
        assertThat(other).content().isEqualTo("somebody else's");
    }

    @Test
    void aModeThatIsNoneAndAChannelThatIsMissingAreNamed() throws IOException {
        assertThat(run(root("a", "Tube"))).isEqualTo(1);
        assertThat(err.toString()).contains("'Tube'").contains("Pipe, File or FastFile");
        Path root = root("b", "File");
        Files.writeString(root.resolve("input/config/inputdataconfig.json"), "{}");
        assertThat(run(root)).isEqualTo(1);
        assertThat(err.toString()).contains("expected a channel \"train\", but the job has []");
        assertThat(run(directory.resolve("nowhere"))).isEqualTo(1);
        assertThat(err.toString())
                .contains("nowhere/input/config/inputdataconfig.json does not exist", "the job's channels");
    }

    @Test
    void filesThatAreNoRecordsFailTheJob() throws IOException {
        Path root = root("ml", "File");
        Files.writeString(
                Files.createDirectories(root.resolve("input/data/train")).resolve("a"), "no TFRecord");
        assertThat(run(root)).isEqualTo(1);
        assertThat(root.resolve("output/failure")).content().contains("this program trains on", "train/a");
    }

    /** An input of a user's own, found by name: the first batch of every epoch only. */
    public static final class FirstBatches implements TrainInput, EvalInput {
        @Override
        public Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters) {
            return ExampleInput.of(TfRecords.format())
                    .trainBatches(channels, parameters)
                    .take(parameters.number("first"));
        }

        @Override
        public Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters) {
            return ExampleInput.of(TfRecords.format()).evalBatches(channels, parameters);
        }
    }

    @Test
    void aUsersInputIsFoundByName() throws IOException {
        Path root = root("ml", "File");
        files(root);
        Files.writeString(
                root.resolve("input/config/hyperparameters.json"),
                "{\"features\":\"16\",\"first\":\"2\",\"train_input\":\"" + FirstBatches.class.getName()
                        + "\",\"eval_input\":\"FirstBatches\"}");
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(out.toString()).contains("128 records in 2 steps");
        assertThat(run(root, "--train-input", "com.example.Nowhere")).isEqualTo(1);
        assertThat(err.toString()).contains("com.example.Nowhere").contains("no such class");
        assertThat(run(root, "--train-input", "java.lang.String")).isEqualTo(1);
        assertThat(err.toString()).contains("it does not implement it");
    }
}
