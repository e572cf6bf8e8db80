package io.pipeflux.samples.agent;

import io.pipeflux.core.internal.Failed;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads a schema from a JSON file. The file's format is documented in {@code docs/agent.md}. An example:
 *
 * <pre>{@code
 * {"records": "example",
 *  "features": [{"name": "data", "kind": "raw", "dtype": "float64", "shape": [1024]},
 *               {"name": "labels", "dtype": "int64", "default": -1}]}
 * }</pre>
 */
final class SchemaFile {

    private SchemaFile() {}

    /** Reads a schema from a file. */
    static RecordSchema read(Path file) {
        JsonObject root = JsonObject.read(file, "features");
        List<JsonObject> parts = new ArrayList<>();
        String records = root.oneOf("records", "example", "sequence", "tensors", "csv", "json");
        RecordSchema schema = root.build(json -> switch (records) {
            case "sequence" ->
                RecordSchema.of(Schema.ofSequences(features(json, "context", parts), features(json, "steps", parts)));
            case "tensors" ->
                RecordSchema.of(Schema.ofTensors(features(json, "features", parts), features(json, "labels", parts)));
            case "csv" -> TextSchemaFile.csv(json, all(json, "fields", "field", parts, TextSchemaFile::csvField));
            case "json" -> TextSchemaFile.json(all(json, "fields", "field", parts, TextSchemaFile::jsonField));
            default ->
                RecordSchema.of(Schema.of(features(json, "features", parts).toArray(Feature[]::new)));
        });
        parts.add(root);
        List<String> unknown =
                parts.stream().flatMap(part -> part.unknown().stream()).toList();
        if (!unknown.isEmpty()) {
            throw new InputException("a schema of " + records + " has no such field: " + unknown.get(0));
        }
        return schema;
    }

    /** Returns the text of a schema file. This text identifies the schema. */
    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new InputException(file + " cannot be read: " + Failed.reason(e));
        }
    }

    private static List<Feature> features(JsonObject root, String name, List<JsonObject> parts) {
        return all(root, name, "feature", parts, FeatureFile::feature);
    }

    private static <T> List<T> all(
            JsonObject root, String name, String each, List<JsonObject> parts, Function<JsonObject, T> builder) {
        List<JsonObject> objects = root.objects(name, each);
        parts.addAll(objects);
        return objects.stream().map(object -> object.build(builder)).toList();
    }
}
