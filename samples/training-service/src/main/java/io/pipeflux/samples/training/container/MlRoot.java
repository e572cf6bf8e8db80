package io.pipeflux.samples.training.container;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.pipe.ResourceConfig;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
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
    private static final List<String> SETTINGS =
            List.of("TrainingInputMode", "ContentType", "CompressionType", "RecordWrapperType", "S3DistributionType");

    private final Path root;

    private MlRoot(Path root) {
        this.root = root;
    }

    /** That of a directory; nothing is read yet. */
    public static MlRoot at(Path root) {
        return new MlRoot(root);
    }

    /** Returns whether a job may have been laid out in the directory: false only if there is none. */
    public boolean isConfigured() {
        return !Files.notExists(config())
                || Stream.of(config(), root.resolve("input"), root).anyMatch(MlRoot::leadsNowhere);
    }

    private static boolean leadsNowhere(Path path) {
        return Files.isSymbolicLink(path) && Files.notExists(path);
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
        Map<String, @Nullable Object> channels = await(file);
        Map<String, InputMode> modes = new LinkedHashMap<>();
        channels.forEach((channel, described) -> modes.put(channel, mode(file, channel, described)));
        return InputChannels.of(root, modes);
    }

    /** What is configured of each channel that decides which bytes it has, as text. */
    public Map<String, String> channelSettings() throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        JsonFile.readObject(config().resolve("inputdataconfig.json")).forEach((channel, described) -> {
            Map<Object, @Nullable Object> known = new LinkedHashMap<>();
            if (described instanceof Map<?, ?> fields) {
                SETTINGS.stream().filter(fields::containsKey).forEach(name -> known.put(name, fields.get(name)));
            }
            settings.put(channel, known.toString());
        });
        return settings;
    }

    private static InputMode mode(Path file, String channel, @Nullable Object described) {
        if (described instanceof Map<?, ?> fields && fields.get("TrainingInputMode") instanceof String mode) {
            return InputMode.of(mode);
        }
        throw new IllegalArgumentException(
                "expected a TrainingInputMode of channel \"" + channel + "\" in " + file + ", but got " + described);
    }

    private Map<String, @Nullable Object> await(Path file) throws IOException, InterruptedException {
        for (long left = Files.isDirectory(root) ? CONFIG_GRACE.dividedBy(LOOK) : 0; ; left--) {
            Map<String, @Nullable Object> channels = JsonFile.readIfThere(file);
            if (channels != null) {
                return channels;
            }
            if (left <= 0) {
                throw new IllegalArgumentException("expected the job's channels in " + file + ", but it is not there");
            }
            Thread.sleep(LOOK.toMillis());
        }
    }

    /**
     * The job's hyperparameters; values that are JSON strings are returned without quotes.
     *
     * @param told is given a sentence if there is no file of them, so that all have their defaults
     * @throws IOException if there is one that cannot be read
     */
    public Hyperparameters hyperparameters(Consumer<String> told) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        Path file = config().resolve("hyperparameters.json");
        Map<String, @Nullable Object> given = JsonFile.readIfThere(file);
        if (given == null) {
            told.accept("there is no " + file + ": every hyperparameter has its default");
        } else {
            given.forEach((name, value) -> values.put(name, plain(String.valueOf(value))));
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

    /** The hosts of the job, or null if there is no file of them. */
    public @Nullable ResourceConfig hosts() {
        try {
            return ResourceConfig.read(config());
        } catch (PipeException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return null;
            }
            throw e;
        }
    }

    /** Removes the reason that an earlier run left: it must not be taken for this one's. */
    public void begin() throws IOException {
        Files.deleteIfExists(failure());
    }

    private Path failure() {
        return root.resolve("output/failure");
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
            Files.createDirectories(root.resolve("output"));
            Files.deleteIfExists(failure()); // a link, too: what it leads to is not this job's
            Files.writeString(failure(), text.toString(), CREATE_NEW, WRITE); // which follows no link
        } catch (IOException e) {
            throw new UncheckedIOException("the reason of the failure could not be written: " + reason, e);
        }
    }

    private Path config() {
        return root.resolve("input/config");
    }
}
