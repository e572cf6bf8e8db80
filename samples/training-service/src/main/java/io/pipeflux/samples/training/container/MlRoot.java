package io.pipeflux.samples.training.container;

import io.pipeflux.core.pipe.ResourceConfig;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A directory laid out as {@code /opt/ml} is in a SageMaker training container.
 *
 * <pre>
 *   input/config/inputdataconfig.json    the channels and their modes
 *   input/config/hyperparameters.json    names and values, all strings
 *   input/config/resourceconfig.json     the hosts, and which of them this is
 *   input/data/...                       the data
 *   model/                               what the job made
 *   checkpoints/                         what a restarted job goes on from
 *   output/failure                       why it failed
 * </pre>
 */
public final class MlRoot {

    private static final Duration CONFIG_GRACE = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(50);

    private final Path root;

    private MlRoot(Path root) {
        this.root = root;
    }

    /** That of a directory; nothing is read yet. */
    public static MlRoot at(Path root) {
        return new MlRoot(root);
    }

    /** Says whether a job has been laid out in the directory. */
    public boolean isConfigured() {
        return Files.isDirectory(config());
    }

    /** The directory. */
    public Path path() {
        return root;
    }

    /** Where the model belongs. */
    public Path model() {
        return root.resolve("model");
    }

    /** Where the model so far belongs. */
    public Path checkpoints() {
        return root.resolve("checkpoints");
    }

    /**
     * The job's channels; waits up to half a minute for their configuration, which an agent started beside the trainer may be
     * about to write.
     *
     * @throws IllegalArgumentException if it is not there, or not legal
     */
    public InputChannels channels() throws IOException, InterruptedException {
        Path file = config().resolve("inputdataconfig.json");
        await(file);
        Map<String, InputMode> modes = new LinkedHashMap<>();
        JsonFile.readObject(file).forEach((channel, described) -> modes.put(channel, mode(file, channel, described)));
        return InputChannels.of(root, modes);
    }

    private static InputMode mode(Path file, String channel, @Nullable Object described) {
        if (described instanceof Map<?, ?> fields && fields.get("TrainingInputMode") instanceof String mode) {
            return InputMode.of(mode);
        }
        throw new IllegalArgumentException(
                "a TrainingInputMode of channel \"" + channel + "\" required in " + file + " but it has " + described);
    }

    private void await(Path file) throws InterruptedException {
        for (long left = Files.isDirectory(root) ? CONFIG_GRACE.dividedBy(LOOK) : 0; !Files.exists(file); left--) {
            if (left <= 0) {
                throw new IllegalArgumentException(file + " required, which tells the channels, but it is not there");
            }
            Thread.sleep(LOOK.toMillis());
        }
    }

    /** The job's hyperparameters, none if the file is not there; values that are JSON strings are told without quotes. */
    public Hyperparameters hyperparameters() throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        Path file = config().resolve("hyperparameters.json");
        if (Files.exists(file)) {
            JsonFile.readObject(file).forEach((name, value) -> values.put(name, plain(String.valueOf(value))));
        }
        return Hyperparameters.of(values);
    }

    /** The SDK sends each value as JSON, other clients as it is. */
    private static String plain(String value) {
        try {
            return JsonFile.parse(value) instanceof String decoded ? decoded : value;
        } catch (JacksonException | IllegalArgumentException e) {
            return value;
        }
    }

    /** The hosts of the job, or null if their file is not there. */
    public @Nullable ResourceConfig hosts() {
        return Files.exists(config().resolve("resourceconfig.json")) ? ResourceConfig.read(config()) : null;
    }

    /** Leaves the reason of a failure, where the platform reads its first 1024 characters. */
    public void fail(String reason, @Nullable Throwable cause) {
        StringWriter text = new StringWriter();
        PrintWriter lines = new PrintWriter(text);
        lines.println(reason);
        if (cause != null) {
            cause.printStackTrace(lines);
        }
        try {
            Files.writeString(Files.createDirectories(root.resolve("output")).resolve("failure"), text.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("the reason of the failure cannot be written: " + reason, e);
        }
    }

    private Path config() {
        return root.resolve("input/config");
    }
}
