package io.pipeflux.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HyperparametersConfigTest {

    @TempDir
    Path directory;

    @Test
    void valuesThatAreJsonStringsLoseTheirQuotes() throws IOException {
        write("{\"a\":\"\\\"text\\\"\",\"b\":\"7\",\"c\":8,\"d\":\"\\\"cut\",\"e\":\"[1]\"}");

        assertThat(HyperparametersConfig.find(directory).values())
                .containsExactly(
                        Map.entry("a", "text"),
                        Map.entry("b", "7"),
                        Map.entry("c", "8"),
                        Map.entry("d", "\"cut"),
                        Map.entry("e", "[1]"));
    }

    @Test
    void whatIsWrittenIsReadBackInItsOrder() throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("steps", "300");
        values.put("name", "a \"quoted\" ü");
        HyperparametersConfig.of(values).write(directory);

        assertThat(HyperparametersConfig.find(directory).values()).containsExactlyEntriesOf(values);
        assertThat(directory).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aMissingFileIsNullAndAWrongOneAnError() throws IOException {
        assertThat(HyperparametersConfig.find(directory)).isNull();

        write("[]");
        assertThatThrownBy(() -> HyperparametersConfig.find(directory))
                .isInstanceOf(PipeException.class)
                .hasMessage(
                        file()
                                + " is wrong: expected one JSON object, but got a different value or more than one [PF-CONFIG-01]");

        write("{\"a\":\"1\",\"a\":\"2\"}");
        assertThatThrownBy(() -> HyperparametersConfig.find(directory))
                .isInstanceOf(PipeException.class)
                .hasMessageStartingWith(file() + " is not valid JSON: ");
    }

    private Path file() {
        return directory.resolve("hyperparameters.json");
    }

    private void write(String json) throws IOException {
        Files.writeString(file(), json);
    }
}
