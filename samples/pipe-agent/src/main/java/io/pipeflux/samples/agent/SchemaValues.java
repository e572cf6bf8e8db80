package io.pipeflux.samples.agent;

import io.pipeflux.records.batch.DType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the kinds of values that occur both in the features of a {@link SchemaFile} and in its text fields, such as
 * shapes and numbers.
 */
final class SchemaValues {

    private SchemaValues() {}

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

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
