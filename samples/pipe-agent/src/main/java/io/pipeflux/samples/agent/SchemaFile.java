package io.pipeflux.samples.agent;

import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * A schema in a JSON file; its form is in {@code docs/agent.md}:
 *
 * <pre>{@code
 * {"records": "example",
 *  "features": [{"name": "data", "kind": "raw", "dtype": "float64", "shape": [1024]},
 *               {"name": "labels", "dtype": "int64", "default": -1}]}
 * }</pre>
 */
final class SchemaFile {

    private SchemaFile() {}

    /** How records of the file's schema become a batch. */
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

    /** The file's text, which identifies the schema. */
    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new InputException(file + " cannot be read: " + e);
        }
    }

    private static List<Feature> features(JsonObject root, String name, List<JsonObject> parts) {
        return all(root, name, "feature", parts, SchemaFile::feature);
    }

    private static <T> List<T> all(
            JsonObject root, String name, String each, List<JsonObject> parts, Function<JsonObject, T> builder) {
        List<JsonObject> objects = root.objects(name, each);
        parts.addAll(objects);
        return objects.stream().map(object -> object.build(builder)).toList();
    }

    private static Feature feature(JsonObject json) {
        String name = json.string("name");
        DType dtype = dtype(json);
        return switch (json.oneOf("kind", "fixed", "raw", "ragged", "padded", "sparse")) {
            case "raw" -> withDefault(raw(json, name, dtype), json, dtype);
            case "ragged" -> Feature.ragged(name, dtype);
            case "padded" -> padded(json, name, dtype);
            case "sparse" ->
                json.has("indexKey")
                        ? Feature.sparse(
                                name, json.string("indexKey"), json.string("valueKey"), dtype, json.integer("size"))
                        : Feature.sparse(name, dtype, json.integer("size"));
            default -> withDefault(fixed(json, name, dtype), json, dtype);
        };
    }

    private static DType dtype(JsonObject json) {
        return DType.valueOf(json.oneOf("dtype", "float32", "float64", "int32", "int64", "uint8", "bytes")
                .toUpperCase(Locale.ROOT));
    }

    static int[] shape(JsonObject json) {
        return Arrays.stream(json.integers("shape"))
                .mapToInt(dimension -> {
                    if (dimension != (int) dimension) {
                        throw json.wrong("shape", "dimensions of at most 2147483647");
                    }
                    return (int) dimension;
                })
                .toArray();
    }

    private static Feature fixed(JsonObject json, String name, DType dtype) {
        int[] shape = shape(json);
        return switch (dtype) {
            case FLOAT32 -> Feature.float32(name, shape);
            case FLOAT64 -> Feature.float64(name, shape);
            case INT32 -> Feature.int32(name, shape);
            case INT64 -> Feature.int64(name, shape);
            case BYTES -> Feature.bytes(name, shape);
            default ->
                throw json.wrong(
                        "dtype",
                        "a type that records have (" + dtype.name().toLowerCase(Locale.ROOT) + " is for kind raw)");
        };
    }

    private static Feature raw(JsonObject json, String name, DType dtype) {
        Feature raw = Feature.decodeRaw(name, dtype, shape(json));
        return json.oneOf("order", "little", "big").equals("big") ? raw.order(ByteOrder.BIG_ENDIAN) : raw;
    }

    private static Feature padded(JsonObject json, String name, DType dtype) {
        int[] shape = shape(json);
        boolean padded = json.has("pad");
        return switch (dtype) {
            case FLOAT32 -> Feature.paddedFloat32(name, padded ? (float) decimal(json, "pad", dtype) : 0, shape);
            case INT64 -> Feature.paddedInt64(name, padded ? integer(json, "pad") : 0, shape);
            case BYTES -> {
                String text = json.stringOrNull("pad");
                yield Feature.paddedBytes(name, bytes(text == null ? "" : text), shape);
            }
            default -> throw json.wrong("dtype", "float32, int64 or bytes");
        };
    }

    private static Feature withDefault(Feature feature, JsonObject json, DType dtype) {
        if (!json.has("default")) {
            return feature;
        }
        return switch (dtype) {
            case BYTES ->
                feature.withDefault(
                        json.strings("default").stream().map(SchemaFile::bytes).toArray(byte[][]::new));
            case FLOAT32, FLOAT64 -> feature.withDefault(json.decimals("default", dtype == DType.FLOAT32));
            default -> feature.withDefault(json.integers("default"));
        };
    }

    static long integer(JsonObject json, String name) {
        long[] one = json.integers(name);
        if (one.length != 1) {
            throw json.wrong(name, "one integer");
        }
        return one[0];
    }

    static double decimal(JsonObject json, String name, DType dtype) {
        double[] one = json.decimals(name, dtype == DType.FLOAT32);
        if (one.length != 1) {
            throw json.wrong(name, "one number");
        }
        return one[0];
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
