package io.pipeflux.samples.training.service;

import static io.pipeflux.samples.training.service.RefusedException.require;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A column of the batches, and the feature of {@code tf.train.Example} from which the column is read.
 *
 * @param type the type of the numbers in a raw feature, or null for other kinds
 * @param shape the shape of a row's values, or empty for a single value
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ColumnSpec(String name, Kind kind, @Nullable String type, List<Integer> shape) {

    /** The kinds of features. The constants' names are the values in JSON. */
    public enum Kind {
        /** A bytes feature that contains little-endian numbers. */
        raw,
        /** A list of int64 values. */
        int64,
        /** A list of float32 values. */
        float32
    }

    private static final int MOST_NAME = 100;
    private static final int MOST_DIMENSIONS = 8;
    private static final int MOST_VALUES = 1 << 20;
    private static final Set<String> RAW_TYPES =
            new TreeSet<>(Set.of("float64", "float32", "int64", "int32", "int16", "uint8"));

    /** Creates a column from JSON, and validates it. */
    @JsonCreator
    static ColumnSpec of(
            @JsonProperty("name") @Nullable String name,
            @JsonProperty("kind") @Nullable Kind kind,
            @JsonProperty("type") @Nullable String type,
            @JsonProperty("shape") @Nullable List<@Nullable Integer> shape) {
        if (name == null || name.length() > MOST_NAME) {
            throw RefusedException.invalid("name", "a text of at most " + MOST_NAME + " characters", name);
        }
        if (kind == null) {
            throw RefusedException.invalid("kind", "one of " + List.of(Kind.values()), null);
        }
        if (kind == Kind.raw) {
            require(type != null && RAW_TYPES.contains(type), "type", "one of " + RAW_TYPES, type);
        } else {
            require(type == null, "type", "a type for columns of kind raw only", type);
        }
        List<@Nullable Integer> given = shape == null ? List.of() : shape;
        require(given.size() <= MOST_DIMENSIONS, "shape", "at most " + MOST_DIMENSIONS + " dimensions", given);
        long values = 1;
        for (int i = 0; i < given.size(); i++) {
            Integer dimension = given.get(i);
            if (dimension == null || dimension < 1 || dimension > MOST_VALUES) {
                throw RefusedException.invalid(
                        "shape[" + i + "]", "a whole number from 1 to " + MOST_VALUES, dimension);
            }
            values *= dimension;
            require(values <= MOST_VALUES, "shape", "at most " + MOST_VALUES + " values in a row", given);
        }
        return new ColumnSpec(
                name, kind, type, given.stream().map(Integer.class::cast).toList());
    }

    /** Returns the column with the given name, or null if there is none. */
    static @Nullable ColumnSpec find(List<ColumnSpec> columns, String name) {
        return columns.stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Returns the schema of these columns. */
    static Schema schema(List<ColumnSpec> columns) {
        return Schema.of(columns.stream().map(ColumnSpec::feature).toArray(Feature[]::new));
    }

    /** Returns the number of values in a row. */
    long size() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /** Returns the number of bytes that the values of a row occupy. */
    long bytes() {
        return size() * Long.BYTES;
    }

    private Feature feature() {
        int[] dimensions = shape.stream().mapToInt(Integer::intValue).toArray();
        return switch (kind) {
            case raw ->
                Feature.decodeRaw(name, DType.valueOf(String.valueOf(type).toUpperCase(Locale.ROOT)), dimensions);
            case int64 -> Feature.int64(name, dimensions);
            case float32 -> Feature.float32(name, dimensions);
        };
    }
}
