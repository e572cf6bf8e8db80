package io.pipeflux.core.job;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the file {@code hyperparameters.json}, which contains the hyperparameters of a job: {@code
 * {"epochs":"3", ...}}. All names and values are strings. Instances are immutable.
 */
public final class HyperparametersConfig {

    private static final String NAME = "hyperparameters.json";

    private final Map<String, String> values;

    private HyperparametersConfig(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values)); // Map.copyOf would lose the order
    }

    /** Returns a configuration of the given names and values, in the order of the map. */
    public static HyperparametersConfig of(Map<String, String> values) {
        return new HyperparametersConfig(values);
    }

    /**
     * Reads {@code hyperparameters.json}. Blocks until the file is read.
     *
     * @param configDirectory the directory of the file, {@code /opt/ml/input/config} in a training container
     * @return null if the file does not exist
     * @throws PipeException if the file could not be read or is not a JSON object
     */
    public static @Nullable HyperparametersConfig find(Path configDirectory) {
        Map<String, @Nullable Object> fields = new JobFile(configDirectory, NAME).find();
        if (fields == null) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        fields.forEach((name, value) -> values.put(name, plain(String.valueOf(value))));
        return new HyperparametersConfig(values);
    }

    /**
     * Removes the quotes of a JSON string. SageMaker's SDK sends each value as JSON, so a string arrives in quotes.
     * Other clients send strings without quotes.
     */
    private static String plain(String value) {
        return JobFile.parsed(value) instanceof String decoded ? decoded : value;
    }

    /**
     * Returns the values by name, in the order of the file. If a value is a JSON string, its quotes have been removed.
     */
    public Map<String, String> values() {
        return values;
    }

    /**
     * Writes {@code hyperparameters.json}. Replaces an existing file atomically.
     *
     * @param configDirectory the directory of the file; created if it does not exist
     */
    public void write(Path configDirectory) throws IOException {
        new JobFile(configDirectory, NAME).write(json -> values.forEach(json::writeStringProperty));
    }

    @Override
    public String toString() {
        return "HyperparametersConfig" + values;
    }
}
