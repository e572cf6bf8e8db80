package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaFileTest {

    @TempDir
    private Path root;

    @ParameterizedTest
    @ValueSource(strings = {"""
                [{"name": "data", "kind": "raw", "dtype": "float64", "shape": [1024], "order": "big"},
                 {"name": "labels", "dtype": "int64", "default": -1}]""", """
                {"records": "example", "features": [
                  {"name": "a", "dtype": "float32", "shape": [2], "default": [0.5, 1]},
                  {"name": "b", "dtype": "bytes", "default": "none"},
                  {"name": "c", "kind": "ragged", "dtype": "int64"},
                  {"name": "d", "kind": "padded", "dtype": "float32", "pad": -1, "shape": [3]},
                  {"name": "e", "kind": "padded", "dtype": "bytes", "pad": "?"},
                  {"name": "f", "kind": "sparse", "dtype": "float32", "indexKey": "i", "valueKey": "v", "size": 9}]}""", """
                {"records": "sequence", "context": [{"name": "id", "dtype": "int64"}],
                 "steps": [{"name": "x", "dtype": "float32", "shape": [3]}]}""", """
                {"records": "tensors", "features": [{"name": "values", "dtype": "float32", "shape": [784]}],
                 "labels": [{"name": "values", "dtype": "float32"}]}""", """
                {"records": "csv", "delimiter": ";", "naValue": "NA", "quotes": false,
                 "fields": [{"name": "id", "dtype": "int32", "default": 0}, {"name": "text", "dtype": "bytes"}]}"""})
    void knowsSchemasOfAllRecords(String json) throws IOException {
        assertThat(SchemaFile.read(file(json))).isNotNull();
    }

    @Test
    void saysWhatIsWrongAndWhere() throws IOException {
        assertWrong("[{\"dtype\": \"int64\"}]", "feature 1: name is missing");
        assertWrong("[{\"name\": \"a\", \"dtype\": \"int16\"}]", "feature 1: dtype: one of [float32, ");
        assertWrong("[{\"name\": \"a\", \"dtype\": \"int64\", \"defualt\": 1}]", "no such field: ");
        assertWrong("[{\"name\": \"a\", \"dtype\": \"int64\", \"default\": [1, 2]}]", "def_value.shape() == [2]");
        assertWrong("{\"features\": []}", "at least one feature");
        assertWrong("{\"features\": [}", "is no legal JSON");
    }

    private void assertWrong(String json, String part) throws IOException {
        Path file = file(json);
        assertThatThrownBy(() -> SchemaFile.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(part)
                .hasMessageContaining(file.toString());
    }

    private Path file(String json) throws IOException {
        return Files.writeString(root.resolve("schema.json"), json);
    }
}
