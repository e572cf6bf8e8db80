package io.pipeflux.samples.agent;

import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;

/** Reads the features of a {@link SchemaFile}. */
final class FeatureFile {

    private static final String[] TYPES = {
        "float32",
        "float64",
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "float16",
        "bfloat16",
        "bool",
        "bytes",
        "utf8"
    };

    private final JsonObject json;
    private final String name;
    private final DType source; // the type that the values have in the record, before any conversion

    private FeatureFile(JsonObject json) {
        this.json = json;
        this.name = json.string("name");
        this.source = dtype("dtype");
    }

    static Feature feature(JsonObject json) {
        return new FeatureFile(json).feature();
    }

    private Feature feature() {
        Feature feature = changed(
                switch (json.oneOf("kind", "fixed", "raw", "ragged", "padded", "sparse", "raggedRaw", "paddedRaw")) {
                    case "raw" -> ordered(Feature.decodeRaw(name, source, SchemaValues.shape(json)));
                    case "ragged" -> parted(Feature.ragged(name, source));
                    case "padded" -> masked(padded());
                    case "sparse" -> sparse();
                    case "raggedRaw" -> ordered(Feature.raggedRaw(name, source));
                    case "paddedRaw" -> masked(ordered(Feature.paddedRaw(name, source, SchemaValues.shape(json))));
                    default -> fixed();
                });
        return json.has("default") ? withDefault(feature) : feature;
    }

    private DType dtype(String field) {
        return DType.valueOf(json.oneOf(field, TYPES).toUpperCase(Locale.ROOT));
    }

    private DType column() {
        return json.has("castTo") ? dtype("castTo") : source;
    }

    /**
     * Applies the JSON fields that every kind of feature may have: {@code from}, {@code castTo} and {@code scale}.
     * Returns the changed feature.
     */
    private Feature changed(Feature feature) {
        Feature changed = json.has("from") ? feature.from(json.string("from")) : feature;
        changed = json.has("castTo") ? changed.castTo(dtype("castTo")) : changed;
        return json.has("scale") ? changed.scaledBy(SchemaValues.decimal(json, "scale", DType.FLOAT64)) : changed;
    }

    private Feature fixed() {
        int[] shape = SchemaValues.shape(json);
        return switch (source) {
            case FLOAT32 -> Feature.float32(name, shape);
            case FLOAT64 -> Feature.float64(name, shape);
            case INT32 -> Feature.int32(name, shape);
            case INT64 -> Feature.int64(name, shape);
            case BYTES -> Feature.bytes(name, shape);
            case UTF8 -> Feature.utf8(name, shape);
            default ->
                throw json.wrong(
                        "dtype",
                        "a type that records have (" + source.name().toLowerCase(Locale.ROOT)
                                + " is for kind raw, and for castTo)");
        };
    }

    private Feature ordered(Feature raw) {
        return json.oneOf("order", "little", "big").equals("big") ? raw.order(ByteOrder.BIG_ENDIAN) : raw;
    }

    private Feature parted(Feature ragged) {
        if (json.has("rowSplits")) {
            return ragged.withRowSplits(json.string("rowSplits"));
        }
        return json.has("rowLengths") ? ragged.withRowLengths(json.string("rowLengths")) : ragged;
    }

    private Feature masked(Feature padded) {
        return json.flag("mask", false) ? padded.withMask() : padded;
    }

    private Feature padded() {
        int[] shape = SchemaValues.shape(json);
        boolean padded = json.has("pad");
        return switch (source) {
            case FLOAT32 ->
                Feature.paddedFloat32(name, padded ? SchemaValues.decimal(json, "pad", column()) : 0, shape);
            case INT64 -> Feature.paddedInt64(name, padded ? SchemaValues.integer(json, "pad") : 0, shape);
            case BYTES, UTF8 -> {
                String text = json.stringOrNull("pad");
                yield Feature.paddedBytes(name, SchemaValues.bytes(text == null ? "" : text), shape)
                        .castTo(source);
            }
            default -> throw json.wrong("dtype", "float32, int64, bytes or utf8");
        };
    }

    private Feature sparse() {
        if (!json.has("indexKey")) {
            return Feature.sparse(name, source, json.integer("size"));
        }
        List<String> keys = json.strings("indexKey");
        return Feature.sparse(name, keys, json.string("valueKey"), source, json.integers("size"));
    }

    /** Applies the default value. The column's type determines how the value is read. */
    private Feature withDefault(Feature feature) {
        DType column = column();
        return switch (column) {
            case BYTES, UTF8 ->
                feature.withDefault(json.strings("default").stream()
                        .map(SchemaValues::bytes)
                        .toArray(byte[][]::new));
            case FLOAT32, FLOAT64 -> feature.withDefault(json.decimals("default", column == DType.FLOAT32));
            case FLOAT16, BFLOAT16 -> feature.withDefault(json.decimals("default", false));
            case BOOL -> feature.withDefault(flags());
            default -> feature.withDefault(json.integers("default"));
        };
    }

    private long[] flags() {
        return json.array("default").stream()
                .mapToLong(value -> {
                    if (!(value instanceof Boolean flag)) {
                        throw json.wrong("default", "true and false");
                    }
                    return flag ? 1 : 0;
                })
                .toArray();
    }
}
