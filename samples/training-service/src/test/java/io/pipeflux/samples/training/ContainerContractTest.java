package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** SageMaker's files as SageMaker and its users write them: other names, missing fields, empty shares. */
class ContainerContractTest extends ContainerTest {

    private static final String TWO_HOSTS = "{\"current_host\":\"algo-2\",\"hosts\":[\"algo-1\",\"algo-2\"]}";

    private static void config(Path root, String file, String json) throws IOException {
        Files.writeString(root.resolve("input/config").resolve(file), json.replace('\'', '"'));
    }

    private static void rename(Path root, String from, String to) throws IOException {
        Path data = root.resolve("input/data");
        Files.move(data.resolve(from), data.resolve(to));
    }

    @ParameterizedTest
    @CsvSource({"train, validation", "training, test", "train, evaluation"})
    void channelsHaveTheNamesThatUsersGiveThem(String train, String eval) throws IOException {
        Path root = root("ml", "File");
        files(root);
        config(
                root,
                "inputdataconfig.json",
                "{'" + train + "':{'TrainingInputMode':'File'},'" + eval
                        + "':{'TrainingInputMode':'File'},'code':{'TrainingInputMode':'File'}}");
        if (!train.equals("train")) {
            rename(root, "train", train);
        }
        rename(root, "eval", eval);
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("600 records in 19 steps")
                .contains("channels that are not read: [code]")
                .doesNotContain("not evaluated");
        assertThat(model(root)).isEqualTo(trainedInPipes());
    }

    @Test
    void validationComesBeforeTest() throws IOException {
        Path root = root("ml", "File");
        files(root);
        rename(root, "eval", "validation");
        config(
                root,
                "inputdataconfig.json",
                "{'test':{'TrainingInputMode':'File'},'validation':{'TrainingInputMode':'File'},"
                        + "'train':{'TrainingInputMode':'File'}}");
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(out.toString()).contains("channels that are not read: [test]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Pipe", "File", "FastFile", "no directory"})
    void anEmptyShareIsLegalInEveryModeAndSaid(String mode) throws IOException {
        boolean directory = !mode.equals("no directory");
        Path root = root("ml", directory ? mode : "File");
        String channel =
                "{'trainingInputMode':'" + (directory ? mode : "File") + "','s3DistributionType':'shardedByS3Key'}";
        config(root, "inputdataconfig.json", "{'train':" + channel + ",'eval':" + channel + "}");
        config(root, "resourceconfig.json", TWO_HOSTS);
        if (directory && !mode.equals("Pipe")) {
            Files.createDirectories(root.resolve("input/data/train"));
            Files.createDirectories(root.resolve("input/data/eval"));
        }
        Disposable agent = mode.equals("Pipe") ? agent(root, Flux.empty(), Flux.empty()) : () -> {};
        int code = run(root);
        agent.dispose();
        assertThat(code).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("this host's share of the training data has no record")
                .contains("this host's share of the evaluation data has no record");
        assertThat(root.resolve("output/failure")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"Pipe, true", "File, true", "FastFile, true", "Pipe, false", "File, false"})
    void noRecordIsAFailureInEveryModeWhereItIsNoShare(String mode, boolean severalHosts) throws IOException {
        Path root = root("ml", mode);
        if (severalHosts) { // each of which has all data
            config(root, "resourceconfig.json", TWO_HOSTS);
        } else {
            String channel = "{'TrainingInputMode':'" + mode + "','S3DistributionType':'ShardedByS3Key'}";
            config(root, "inputdataconfig.json", "{'train':" + channel + ",'eval':" + channel + "}");
        }
        if (!mode.equals("Pipe")) {
            Files.createDirectories(root.resolve("input/data/train"));
            Files.createDirectories(root.resolve("input/data/eval"));
        }
        Flux<ByteBuffer> eval = Flux.defer(() -> Flux.just(ByteBuffer.wrap(EVAL)));
        Disposable agent = mode.equals("Pipe") ? agent(root, Flux.empty(), eval) : () -> {};
        int code = run(root);
        agent.dispose();
        assertThat(code).isEqualTo(1);
        assertThat(root.resolve("output/failure")).exists();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | hosts not known",
                "{'current_host':'algo-1'} | hosts not known",
                "{'hosts':['algo-1']} | host algo-1 of [algo-1]",
                "{'current_host':'a','hosts':['a'],'instance_groups':[{'instance_group_name':'g','hosts':['a']}]}"
                        + " | host a of [a], instance group g"
            })
    void aJobThatOnlyShowsItsHostsRunsWithoutThem(String hosts, String shown) throws IOException {
        Path root = root("ml", "File");
        files(root);
        config(root, "resourceconfig.json", hosts);
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(out.toString()).contains("; " + shown);
    }

    @Test
    void aChannelWithoutAModeIsReadFromItsFiles() throws IOException {
        Path root = root("ml", "File");
        files(root);
        config(root, "inputdataconfig.json", "{'train':{},'eval':{'TrainingInputMode':null},'other':null}");
        assertThat(run(root)).as(err.toString()).isZero();
        assertThat(out.toString()).contains("eval=File").contains("train=File");

        Path pipes = root("pipes", "Pipe");
        config(pipes, "inputdataconfig.json", "{'train':{}}");
        assertThat(run(pipes)).isEqualTo(1);
        assertThat(err.toString()).contains("TrainingInputMode");
    }

    @Test
    void aRootThatDoesNotExistIsNotMade() throws IOException {
        Path typo = directory.resolve("mk/root");
        assertThat(run(typo)).isNotZero();
        assertThat(err.toString()).contains(typo.toString());
        assertThat(run(typo, "--steps", "0")).isNotZero();
        assertThat(directory.resolve("mk")).doesNotExist();
        Path file = Files.writeString(directory.resolve("file"), "a file");
        assertThat(run(file)).isNotZero();
        assertThat(file).hasContent("a file");
        Files.createSymbolicLink(directory.resolve("link"), typo);
        assertThat(run(directory.resolve("link"))).isNotZero();
        assertThat(directory.resolve("mk")).doesNotExist();
    }
}
