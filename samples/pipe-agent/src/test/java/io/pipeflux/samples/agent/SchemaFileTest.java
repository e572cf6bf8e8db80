package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

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
                {"features": [
                  {"name": "image", "kind": "raw", "dtype": "uint8", "shape": [2], "castTo": "float32",
                   "scale": 0.00392156862745098, "default": [0.5, 0.25]},
                  {"name": "half", "kind": "raw", "dtype": "float16", "default": 0.5},
                  {"name": "flag", "dtype": "int64", "castTo": "bool", "default": true},
                  {"name": "word", "dtype": "utf8", "default": "none"},
                  {"name": "again", "kind": "ragged", "dtype": "utf8", "from": "word"},
                  {"name": "pcm", "kind": "paddedRaw", "dtype": "int16", "order": "big", "mask": true, "from": "wave"},
                  {"name": "ids", "kind": "raggedRaw", "dtype": "uint32", "castTo": "int64"},
                  {"name": "tokens", "kind": "padded", "dtype": "int64", "mask": true, "castTo": "int32"},
                  {"name": "text", "kind": "padded", "dtype": "utf8", "pad": "-"},
                  {"name": "steps", "kind": "ragged", "dtype": "float32", "rowSplits": "ends", "castTo": "float64"},
                  {"name": "more", "kind": "ragged", "dtype": "float32", "rowLengths": "lengths"},
                  {"name": "matrix", "kind": "sparse", "dtype": "float32", "indexKey": ["i", "j"], "valueKey": "v",
                   "size": [9, 10]}]}""", """
                {"records": "sequence", "context": [{"name": "id", "dtype": "int64"}],
                 "steps": [{"name": "x", "dtype": "float32", "shape": [3]}]}""", """
                {"records": "tensors", "features": [{"name": "values", "dtype": "float32", "shape": [784]}],
                 "labels": [{"name": "values", "dtype": "float32"}]}""", """
                {"records": "csv", "delimiter": ";", "naValue": "NA", "quotes": false,
                 "fields": [{"name": "id", "dtype": "int32", "default": 0}, {"name": "text", "dtype": "bytes"}]}""", """
                {"records": "csv", "header": "names",
                 "fields": [{"name": "id", "dtype": "uint32"}, {"name": "sold", "dtype": "bool", "default": true},
                  {"name": "text", "dtype": "utf8", "default": ""}, {"name": "age", "dtype": "int8", "default": -1}]}""", """
                {"records": "json",
                 "fields": [{"name": "price", "path": "$.item.price", "default": 0.5},
                  {"name": "id", "path": "$.id", "dtype": "int64", "default": 1},
                  {"name": "tags", "path": "$.tags[*]", "dtype": "utf8"},
                  {"name": "point", "path": "$.point", "dtype": "float64", "shape": [2]},
                  {"name": "sold", "path": "$.sold", "dtype": "bool", "default": false}]}"""})
    void knowsSchemasOfAllRecords(String json) throws IOException {
        assertThat(SchemaFile.read(file(json))).isNotNull();
    }

    /** As defaults are, and not of the record's type. */
    @Test
    void paddingIsOfTheColumnsType() throws IOException {
        RecordSchema schema = SchemaFile.read(file("""
                [{"name": "x", "kind": "padded", "dtype": "float32", "pad": 0.1, "castTo": "float64"}]"""));
        ColumnBatch batch = Objects.requireNonNull(Flux.just(example(1, 2), example(1))
                .transform(TfRecords.encode())
                .transform(TfRecords.decode())
                .collect(schema.batches())
                .block());
        double[] values = new double[4];
        batch.column("x").copyTo(values);
        assertThat(values).containsExactly(1, 2, 1, 0.1);
    }

    private static ByteBuffer example(float... values) {
        FloatList.Builder floats = FloatList.newBuilder();
        for (float value : values) {
            floats.addValue(value);
        }
        Feature feature = Feature.newBuilder().setFloatList(floats).build();
        return ByteBuffer.wrap(Example.newBuilder()
                .setFeatures(Features.newBuilder().putFeature("x", feature))
                .build()
                .toByteArray());
    }

    @Test
    void saysWhatIsWrongAndWhere() throws IOException {
        assertWrong("[{\"dtype\": \"int64\"}]", "feature 1: name is missing");
        assertWrong("[{\"name\": \"a\", \"dtype\": \"int17\"}]", "feature 1 ('a'): dtype: expected one of [float32, ");
        assertWrong(
                "[{\"name\": \"a\", \"dtype\": \"int16\"}]",
                "feature 1 ('a'): dtype: expected a type that records have");
        assertWrong("[{\"name\": \"a\", \"dtype\": \"int64\", \"defualt\": 1}]", "no such field: ");
        assertWrong("[{\"name\": \"a\", \"dtype\": \"int64\", \"default\": [1, 2]}]", "def_value.shape() == [2]");
        assertWrong("{\"features\": []}", "at least one feature");
        assertWrong("{\"features\": [}", "is not valid JSON");
        assertWrong("{\"features\": [", "is not valid JSON: ");
        assertThatThrownBy(() -> SchemaFile.read(file("{\"features\": [")))
                .as("without the parser's settings")
                .hasMessageNotContaining("[Source: ");
        assertWrong("[{\"name\": \"a\", \"dtype\": \"bytes\", \"default\": \"\\ud800\"}]", "half a surrogate pair");
        assertWrong("[{\"name\": \"\\udc00\", \"dtype\": \"int64\"}]", "half a surrogate pair");
        assertWrong("[{\"\\ud800\": 1}]", "surrogate pair");
    }

    @Test
    void saysWhatIsWrongWithTextAndWhere() throws IOException {
        assertWrong(
                "{\"records\": \"csv\", \"header\": \"yes\", \"fields\": [{\"name\": \"a\"}]}",
                "one of [none, skip, names]");
        assertWrong(
                "{\"records\": \"csv\", \"fields\": [{\"name\": \"a\", \"dtype\": \"float16\"}]}",
                "field 1 ('a'): dtype");
        assertWrong("{\"records\": \"json\", \"fields\": [{\"name\": \"a\"}]}", "field 1 ('a'): path is missing");
        assertWrong(
                "{\"records\": \"json\", \"fields\": [{\"name\": \"a\", \"path\": \"b\"}]}",
                "field 1 ('a'): expected a path");
        assertWrong(
                "{\"records\": \"json\", \"header\": \"skip\", \"fields\": [{\"name\": \"a\", \"path\": \"$\"}]}",
                "no such field");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'name': 'a', 'dtype': 'float32', 'shape': 4.9",
                "'name': 'a', 'dtype': 'float32', 'shape': [2147483648]",
                "'name': 'a', 'dtype': 'float32', 'shape': [4294967298]",
                "'name': 'a', 'dtype': 'int64', 'default': 1.9",
                "'name': 'a', 'dtype': 'int64', 'default': 18446744073709551617",
                "'name': 'a', 'dtype': 'int64', 'default': 1e30",
                "'name': 'a', 'kind': 'raw', 'dtype': 'uint8', 'default': 300",
                "'name': 'a', 'kind': 'raw', 'dtype': 'uint8', 'default': 4294967297",
                "'name': 'a', 'kind': 'raw', 'dtype': 'int32', 'default': 4294967297",
                "'name': 'a', 'dtype': 'float32', 'default': 1e300",
                "'name': 'a', 'dtype': 'float64', 'default': 1e400",
                "'name': 'a', 'dtype': 'float64', 'default': 9007199254740993",
                "'name': 'a', 'dtype': 'float32', 'default': 16777217",
                "'name': 'a', 'dtype': 'float32', 'default': []",
                "'name': 'a', 'dtype': 'bytes', 'default': []",
                "'name': 'a', 'kind': 'padded', 'dtype': 'int64', 'pad': 0.5",
                "'name': 'a', 'kind': 'padded', 'dtype': 'int64', 'pad': 18446744073709551617",
                "'name': 'a', 'kind': 'padded', 'dtype': 'float32', 'pad': 1e300",
                "'name': 'a', 'kind': 'padded', 'dtype': 'float32', 'pad': 16777217",
                "'name': 'a', 'kind': 'sparse', 'dtype': 'float32', 'size': 2.5",
                "'name': 'a', 'kind': 'sparse', 'dtype': 'float32', 'indexKey': ['i', 'j'], 'valueKey': 'v', 'size': 2",
                "'name': 'a', 'dtype': 'int64', 'castTo': 'int8', 'default': 128",
                "'name': 'a', 'dtype': 'int64', 'castTo': 'float32', 'default': 16777217",
                "'name': 'a', 'dtype': 'int64', 'castTo': 'bool', 'default': 2",
                "'name': 'a', 'dtype': 'int64', 'castTo': 'bool', 'default': [true, false]",
                "'name': 'a', 'dtype': 'float32', 'castTo': 'int64'",
                "'name': 'a', 'dtype': 'int64', 'scale': 2",
                "'name': 'a', 'dtype': 'float32', 'scale': 0",
                "'name': 'a', 'dtype': 'float32', 'scale': [1, 2]",
                "'name': 'a', 'kind': 'paddedRaw', 'dtype': 'bytes'",
                "'name': 'a', 'kind': 'sparse', 'dtype': 'float32', 'indexKey': 'i', 'valueKey': 'v', 'size': 9, 'from': 'b'",
                "'name': 'a', 'kind': 'sparse', 'dtype': 'float32', 'size': 18446744073709551617"
            })
    void noNumberOfAFeatureIsChanged(String feature) throws IOException {
        assertWrong("[{" + feature.replace('\'', '"') + "}]", "feature 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'name': 'a', 'dtype': 'float32', 'default': []",
                "'name': 'a', 'dtype': 'float32', 'default': [1, 2]",
                "'name': 'a', 'dtype': 'float32', 'default': 1e300",
                "'name': 'a', 'dtype': 'float64', 'default': 9007199254740993",
                "'name': 'a', 'dtype': 'int32', 'default': 2147483648",
                "'name': 'a', 'dtype': 'int64', 'default': []",
                "'name': 'a', 'dtype': 'int64', 'default': 1.9"
            })
    void noNumberOfAFieldIsChanged(String field) throws IOException {
        assertWrong("{'records': 'csv', 'fields': [{".replace('\'', '"') + field.replace('\'', '"') + "}]}", "field 1");
    }

    /** What belongs to another kind of feature has no meaning there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'dtype': 'int64', 'mask': true",
                "'kind': 'ragged', 'dtype': 'int64', 'mask': true",
                "'kind': 'padded', 'dtype': 'int64', 'rowSplits': 'x'",
                "'kind': 'ragged', 'dtype': 'int64', 'rowSplits': 'x', 'rowLengths': 'y'",
                "'kind': 'ragged', 'dtype': 'int64', 'order': 'big'"
            })
    void whatAKindDoesNotHaveIsRefused(String feature) throws IOException {
        assertWrong("[{" + ("'name': 'a', " + feature).replace('\'', '"') + "}]", "no such field: ");
    }

    @Test
    void wholeNumbersMayBeWrittenWithAPointOrAnExponent() throws IOException {
        assertThat(SchemaFile.read(file("""
                [{"name": "a", "dtype": "int64", "shape": 2.0, "default": [1e3, -9223372036854775808]},
                 {"name": "b", "dtype": "float32", "default": 0.1}]"""))).isNotNull();
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
