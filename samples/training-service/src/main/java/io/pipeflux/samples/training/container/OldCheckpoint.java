package io.pipeflux.samples.training.container;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.JsonTree;
import io.pipeflux.core.internal.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint in the old format {@code checkpoint.json}, which this program wrote before its checkpoints contained a
 * fingerprint.
 *
 * <pre>
 *   {"step":300,"resumeAt":"{\"epoch\":1, ...}","weights":[...],"squares":[...]}
 * </pre>
 *
 * <p>Such a checkpoint does not identify its job, so the program uses it only on request.
 *
 * @param step the number of batches on which the model was trained
 * @param resumeAt the point at which the next batch begins
 * @param weights the weights of the model
 * @param squares the state of the optimiser
 */
@SuppressWarnings("ArrayRecordComponent") // the arrays are read, but never compared
public record OldCheckpoint(int step, ResumePoint resumeAt, double[] weights, double[] squares) {

    /** Returns the path of the old checkpoint's file in a checkpoint directory. */
    public static Path file(Path directory) {
        return directory.resolve("checkpoint.json");
    }

    /** Reads the checkpoint in a directory. Returns null if there is none. */
    public static @Nullable OldCheckpoint find(Path directory) throws IOException {
        Path file = file(directory);
        @Nullable Object json;
        try {
            json = JsonTree.read(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            Missing.prove(file, e);
            return null;
        } catch (IllegalArgumentException e) {
            throw CheckpointException.of(file + " " + e.getMessage(), null, e);
        }
        try {
            if (!(json instanceof Map<?, ?> fields)) {
                throw new IllegalArgumentException("expected a JSON object, but got " + json);
            }
            return new OldCheckpoint(
                    Integer.parseInt(String.valueOf(fields.get("step"))),
                    ResumePoint.fromJson(String.valueOf(fields.get("resumeAt"))),
                    numbers(fields.get("weights")),
                    numbers(fields.get("squares")));
        } catch (IllegalArgumentException e) {
            throw CheckpointException.of(
                    "expected a checkpoint, but got something else: " + e.getMessage(), file.toString(), e);
        }
    }

    /** Deletes the old checkpoint from a directory. Called after a checkpoint in the new format was saved. */
    public static void remove(Path directory) throws IOException {
        Files.deleteIfExists(file(directory));
    }

    private static double[] numbers(@Nullable Object values) {
        if (values instanceof List<?> list) {
            return list.stream()
                    .mapToDouble(value -> Double.parseDouble(String.valueOf(value)))
                    .toArray();
        }
        throw new IllegalArgumentException("expected numbers, but got " + values);
    }
}
