package io.pipeflux.samples.training.container;

import io.pipeflux.core.ResumePoint;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Keeps a training's state in a directory: the last checkpoint in one file, {@code checkpoint.json}, which is replaced
 * whole. So the model and the place in the data that it has seen cannot differ, whenever the process is killed.
 *
 * <pre>
 *   {"step":300,"resumeAt":"{\"epoch\":1, ...}","weights":[...],"squares":[...]}
 * </pre>
 */
public final class Checkpoints {

    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;

    private Checkpoints(Path directory) {
        this.file = directory.resolve("checkpoint.json");
    }

    /** Those in a directory, which is made when it is needed. */
    public static Checkpoints in(Path directory) {
        return new Checkpoints(directory);
    }

    /**
     * A training's state.
     *
     * @param step how many batches it has seen
     * @param resumeAt where the next one begins
     * @param weights of the model
     * @param squares of the optimiser
     */
    @SuppressWarnings("ArrayRecordComponent") // read and written, never compared
    public record Checkpoint(int step, ResumePoint resumeAt, double[] weights, double[] squares) {}

    /** Replaces the last checkpoint. */
    public void save(Checkpoint checkpoint) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeNumberProperty("step", checkpoint.step());
            json.writeStringProperty("resumeAt", checkpoint.resumeAt().toJson());
            write(json, "weights", checkpoint.weights());
            write(json, "squares", checkpoint.squares());
            json.writeEndObject();
        }
        Path whole = Files.createDirectories(file.toAbsolutePath().getParent()).resolve(".checkpoint.json.new");
        Files.writeString(whole, text.toString());
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void write(JsonGenerator json, String name, double[] values) {
        json.writeName(name);
        json.writeArray(values, 0, values.length);
    }

    /** The last checkpoint, or null if there is none. */
    public @Nullable Checkpoint last() throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        Map<String, @Nullable Object> fields = JsonFile.readObject(file);
        try {
            return new Checkpoint(
                    Integer.parseInt(String.valueOf(fields.get("step"))),
                    ResumePoint.fromJson(String.valueOf(fields.get("resumeAt"))),
                    numbers(fields.get("weights")),
                    numbers(fields.get("squares")));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a checkpoint required in " + file + " but it is none: " + e, e);
        }
    }

    private static double[] numbers(@Nullable Object values) {
        if (values instanceof List<?> list) {
            return list.stream()
                    .mapToDouble(value -> Double.parseDouble(String.valueOf(value)))
                    .toArray();
        }
        throw new IllegalArgumentException("numbers required but there is " + values);
    }

    /** Where they are. */
    @Override
    public String toString() {
        return file.toString();
    }
}
