package io.pipeflux.samples.training.service;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A column of the batches, and the feature of {@code tf.train.Example} that it is read from.
 *
 * @param type of raw bytes, the type of their numbers; else null
 * @param shape the shape of a row's values; empty for a single one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ColumnSpec(String name, Kind kind, @Nullable String type, List<Integer> shape) {

    /** How a feature holds its values, named as in JSON. */
    public enum Kind {
        /** Bytes of little-endian numbers. */
        raw,
        /** A list of int64. */
        int64,
        /** A list of float. */
        float32
    }

    /** Returns the column of a name, or null if there is none. */
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

    /** Returns the number of bytes that a row's values take. */
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
