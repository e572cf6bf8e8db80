package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.codec.Compression;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputDataConfigFileTest {

    private static final String CHANNEL = """
            {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "ManifestFile",
             "S3Uri": "s3://b/m", "S3DataDistributionType": "ShardedByS3Key"}}, "CompressionType": "Gzip",
             "RecordWrapperType": "RecordIO", "ShuffleConfig": {"Seed": 7}, "ContentType": "text/csv"}
            """;

    @TempDir
    private Path root;

    @Test
    void readsAWholeRequest() throws IOException {
        InputDataConfigFile file = InputDataConfigFile.read(file("{\"TrainingJobName\": \"job\", \"HyperParameters\":"
                + " {\"lr\": \"0.1\"}, \"InputDataConfig\": [" + CHANNEL + "]}"));

        assertThat(file.channels())
                .containsExactly(new ChannelSpec(
                        "train",
                        Kind.ManifestFile,
                        "s3://b/m",
                        List.of(),
                        List.of(),
                        true,
                        true,
                        Compression.GZIP,
                        7L,
                        "text/csv"));
        assertThat(file.hyperparameters()).isEqualTo(Map.of("lr", "0.1"));
        assertThat(file.ignored()).singleElement().asString().endsWith(": TrainingJobName");
    }

    @Test
    void readsTheNamesAndFixedValuesOfAnyCase() throws IOException {
        String request = """
                {"inputDataConfig": [{"channelName": "train", "dataSource": {"s3DataSource": {"s3DataType": "S3PREFIX",
                  "s3Uri": "s3://b/t", "s3DataDistributionType": "shardedByS3Key", "instanceGroupNames": ["gpu"]}},
                  "compressionType": "gzip", "recordWrapperType": "RECORDIO", "shuffleConfig": {"seed": 7},
                  "inputMode": "pipe", "contentType": "text/csv"}],
                 "hyperParameters": {"lr": "0.1", "LR": "1"}}""";

        InputDataConfigFile file = InputDataConfigFile.read(file(request));

        assertThat(file.channels())
                .containsExactly(new ChannelSpec(
                        "train",
                        Kind.S3Prefix,
                        "s3://b/t",
                        List.of(),
                        List.of("gpu"),
                        true,
                        true,
                        Compression.GZIP,
                        7L,
                        "text/csv"));
        assertThat(file.hyperparameters()).isEqualTo(Map.of("lr", "0.1", "LR", "1"));
        assertThat(file.ignored()).isEmpty();
    }

    @Test
    void readsTheUrlsOfS3() throws IOException {
        String url = "https://b.s3.eu-west-1.amazonaws.com/m%20m";
        assertThat(InputDataConfigFile.read(file("[" + CHANNEL.replace("s3://b/m", url) + "]"))
                        .channels())
                .singleElement()
                .satisfies(channel -> assertThat(channel.uri()).isEqualTo(url));
    }

    @Test
    void aFileBeyondTheLimitsOfTheJsonReaderIsNamed() throws IOException {
        for (int depth : new int[] {900, 100_000}) {
            Path nested = file("[".repeat(depth) + "]".repeat(depth));
            assertThatThrownBy(() -> InputDataConfigFile.read(nested))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(nested.toString());
        }
        for (String seed : List.of("1".repeat(5000), "1e99999999999")) {
            Path number = file("[" + CHANNEL.replace("7}", seed + "}") + "]");
            assertThatThrownBy(() -> InputDataConfigFile.read(number))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(number.toString());
        }
    }

    @Test
    void refusesWrongValuesByName() throws IOException {
        assertWrong(
                CHANNEL.replace("ManifestFile", "S3Postfix"), "S3DataType: expected one of [S3Prefix, ManifestFile, ");
        assertWrong(CHANNEL.replace("Gzip", "Zstd"), "CompressionType: expected one of [None, Gzip], but got Zstd");
        assertWrong(CHANNEL.replace("7", "\"7\""), "Seed: expected an integer, but got 7");
        assertWrong(CHANNEL.replace("ChannelName", "Name"), "channel 1: ChannelName is missing");
        assertWrong(
                CHANNEL.replace("s3://b/m", "https://b/m"),
                "channel train: expected an S3 URI s3://bucket/prefix, https://");
        assertWrong(CHANNEL.replace("s3://b/m", "ftp://b/m"), "expected s3://bucket/prefix, a URL of S3 or file:/path");
        assertWrong(
                CHANNEL.replace("{\"S3DataType\"", "{\"s3Uri\": \"s3://b/n\", \"S3DataType\""),
                "one field S3Uri, but got");
        assertWrong(CHANNEL.replace("s3://b/m", "file:/m"), "expected a ManifestFile in S3");
        assertWrong(CHANNEL.replace("ManifestFile", "AugmentedManifestFile"), "expected AttributeNames");
        assertWrong(
                CHANNEL.replace("\"ContentType\"", "\"InputMode\": \"File\", \"ContentType\""),
                "InputMode: expected Pipe");
    }

    private void assertWrong(String channel, String part) throws IOException {
        Path file = file("[" + channel + "]");
        assertThatThrownBy(() -> InputDataConfigFile.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(part);
    }

    private Path file(String json) throws IOException {
        return Files.writeString(root.resolve("channels.json"), json);
    }
}
