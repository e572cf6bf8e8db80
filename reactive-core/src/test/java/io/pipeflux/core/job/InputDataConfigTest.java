package io.pipeflux.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The job's files are read as they were written, and what is missing or cut is never taken for a job without channels.
 */
class InputDataConfigTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("inputdataconfig.json");
    }

    @Test
    void aByteOrderMarkIsIgnored() throws Exception {
        Files.writeString(file, "\ufeff{\"train\":{\"TrainingInputMode\":\"Pipe\"}}");

        assertThat(InputDataConfig.read(directory).mode("train")).isEqualTo("Pipe");
        assertThat(InputDataConfig.await(directory, Duration.ZERO).mode("train"))
                .isEqualTo("Pipe");
    }

    @Test
    void isReadAsItWasWritten() throws Exception {
        Map<String, Map<String, String>> channels = new LinkedHashMap<>();
        channels.put("train", Map.of("TrainingInputMode", "Pipe"));
        channels.put("eval", Map.of("TrainingInputMode", "FastFile"));
        Path config = directory.resolve("input/config");
        InputDataConfig.of(channels).write(config);
        assertThat(config.resolve("inputdataconfig.json"))
                .hasContent(
                        "{\"train\":{\"TrainingInputMode\":\"Pipe\"},\"eval\":{\"TrainingInputMode\":\"FastFile\"}}");
        InputDataConfig read = InputDataConfig.read(config);
        assertThat(read.channels()).isEqualTo(channels);
        assertThat(read.channels().keySet()).containsExactly("train", "eval");
        assertThat(read.mode("eval")).isEqualTo("FastFile");
        read.requirePipe("train");
        assertThatThrownBy(() -> read.requirePipe("eval")).isInstanceOf(PipeException.class);
        assertThatThrownBy(() -> read.mode("test")).isInstanceOf(PipeException.class);
    }

    @Test
    void keepsTheSettingsItKnowsAndIgnoresOthers() throws IOException {
        Files.writeString(
                file, "{\"a\":{\"Unknown\":[{}],\"ContentType\":\" x\",\"TrainingInputMode\":\"File \"},\"b\":{}}");
        InputDataConfig read = InputDataConfig.read(directory);
        assertThat(read.channels().get("a")).hasToString("{TrainingInputMode=File, ContentType=x}");
        assertThat(read.channels().get("b")).isEmpty();
        assertThatThrownBy(() -> read.mode("b")).isInstanceOf(PipeException.class);
    }

    @Test
    void namesOfSettingsAreReadWithoutRegardToCaseAndThoseOfChannelsAsTheyAre() throws IOException {
        Files.writeString(file, """
                {"train":{"trainingInputMode":"Pipe","CONTENTTYPE":"text/csv"},"Train":{"TRAININGINPUTMODE":"File"}}""");
        InputDataConfig read = InputDataConfig.read(directory);
        read.requirePipe("train");
        assertThat(read.channels().get("train")).hasToString("{TrainingInputMode=Pipe, ContentType=text/csv}");
        assertThat(read.mode("Train")).isEqualTo("File");
    }

    @Test
    void aSettingThatIsNullIsMissingAndHasNotThatText() throws IOException {
        Files.writeString(file, "{\"a\":{\"TrainingInputMode\":null,\"ContentType\":null},\"b\":null}");
        InputDataConfig read = InputDataConfig.read(directory);
        assertThat(read.channels().get("a")).isEmpty();
        assertThat(read.channels().get("b")).isEmpty();
        assertThatThrownBy(() -> read.mode("a")).isInstanceOf(PipeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'a':{'TrainingInputMode':'Pipe','trainingInputMode':'File'}}",
                "{'a':{'ContentType':['text/csv']}}",
                "{'a':{'ContentType':{'text':'csv'}}}",
                "{'a':7}",
                "{'a':'Pipe'}",
                "{'a':['Pipe']}"
            })
    void aSettingThatIsGivenTwiceOrIsNoTextIsAnError(String json) throws IOException {
        Files.writeString(file, json.replace('\'', '"'));
        assertThatThrownBy(() -> InputDataConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessageStartingWith(file + " is wrong: expected ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{\"train\":", "{\"train\":{\"TrainingInputMode\":\"Pipe\"}"})
    void aFileThatIsBeingWrittenIsNotFoundYetAndIsAnErrorToReaders(String cut) throws IOException {
        Files.writeString(file, cut);
        assertThat(InputDataConfig.find(directory)).isNull();
        assertThatThrownBy(() -> InputDataConfig.read(directory)).isInstanceOf(PipeException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "7", "{} {}"})
    void anythingButOneObjectIsAnError(String other) throws IOException {
        Files.writeString(file, other);
        assertThatThrownBy(() -> InputDataConfig.find(directory)).isInstanceOf(PipeException.class);
        assertThatThrownBy(() -> InputDataConfig.read(directory)).isInstanceOf(PipeException.class);
    }

    @Test
    void aLinkToNothingAndADirectoryAreErrorsNotMissingFiles() throws IOException {
        Files.createSymbolicLink(file, directory.resolve("nowhere"));
        assertThatThrownBy(() -> InputDataConfig.find(directory)).isInstanceOf(PipeException.class);
        Files.delete(file);
        Files.createDirectory(file);
        assertThatThrownBy(() -> InputDataConfig.find(directory)).isInstanceOf(PipeException.class);
    }

    @Test
    void isAwaitedWhileAnAgentStarts() throws Exception {
        assertThatThrownBy(() -> InputDataConfig.await(directory, Duration.ZERO))
                .isInstanceOf(PipeException.class)
                .hasMessageStartingWith(file + " does not exist");
        CompletableFuture<InputDataConfig> awaited = CompletableFuture.supplyAsync(() -> {
            try {
                return InputDataConfig.await(directory, Duration.ofMinutes(5));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        InputDataConfig.of(Map.of("train", Map.of("TrainingInputMode", "Pipe"))).write(directory);
        assertThat(awaited.get().channels()).containsOnlyKeys("train");
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(InputDataConfig.await(directory, longest).channels()).containsOnlyKeys("train");
    }

    @Test
    void aWaitEndsWithTheInterruptOfItsThread() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> InputDataConfig.await(directory, Duration.ofMinutes(5)))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }
}
