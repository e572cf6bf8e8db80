package io.pipeflux.samples.training.container;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.job.HyperparametersConfig;
import io.pipeflux.core.job.InputDataConfig;
import io.pipeflux.core.job.ResourceConfig;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import io.pipeflux.samples.training.input.Printable;
import io.pipeflux.samples.training.input.RecordFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory with the layout of {@code /opt/ml} in a SageMaker training container.
 *
 * <pre>
 *   input/config/inputdataconfig.json    the channels and their modes
 *   input/config/hyperparameters.json    names and values, all strings
 *   input/config/resourceconfig.json     the names of all hosts and of this host
 *   input/data/...                       the data
 *   model/                               the trained model
 *   checkpoints/                         the state from which a restarted job continues
 *   output/failure                       the reason for a failure
 * </pre>
 */
public final class MlRoot {

    private static final Duration CONFIG_PATIENCE = Duration.ofSeconds(30);

    private final Path root;

    private MlRoot(Path root) {
        this.root = root;
    }

    /** Returns an instance for a directory, without reading anything. */
    public static MlRoot at(Path root) {
        return new MlRoot(root);
    }

    /**
     * Returns whether the directory seems to contain a job. This is the case if {@code input/config} exists, or if
     * {@code input/config}, {@code input} or the directory itself is a broken symbolic link.
     */
    public boolean isConfigured() {
        return !Files.notExists(config())
                || Stream.of(config(), root.resolve("input"), root).anyMatch(MlRoot::leadsNowhere);
    }

    private static boolean leadsNowhere(Path path) {
        return Files.isSymbolicLink(path) && Files.notExists(path);
    }

    /** Returns the directory. */
    public Path path() {
        return root;
    }

    /** Returns the directory for the model. */
    public Path model() {
        return root.resolve("model");
    }

    /** Returns the directory for checkpoints. */
    public Path checkpoints() {
        return root.resolve("checkpoints");
    }

    /**
     * Returns the job's channels. Waits up to half a minute for the channels' configuration, because an agent that was
     * started together with the trainer may not have written the configuration yet.
     *
     * @throws PipeException if there is no configuration, or it is invalid
     */
    public InputChannels channels() throws InterruptedException {
        InputDataConfig config =
                InputDataConfig.await(config(), Files.isDirectory(root) ? CONFIG_PATIENCE : Duration.ZERO);
        // an agent writes the hosts' file before the channels' configuration, so the hosts' file exists by now
        ResourceConfig hosts = hosts();
        boolean several = hosts != null && hosts.hosts().size() > 1;
        Map<String, InputMode> modes = new LinkedHashMap<>();
        Set<String> shares = new HashSet<>();
        config.channels().forEach((channel, settings) -> {
            modes.put(channel, mode(config, channel));
            if (several && "ShardedByS3Key".equalsIgnoreCase(settings.get("S3DistributionType"))) {
                shares.add(channel);
            }
        });
        return InputChannels.of(root, modes, shares);
    }

    /**
     * Returns a channel's mode. If the configuration does not state a mode, returns {@link InputMode#FILE} if the
     * channel has a directory of files, and otherwise {@link InputMode#PIPE}.
     */
    private InputMode mode(InputDataConfig config, String channel) {
        boolean given = config.channels().getOrDefault(channel, Map.of()).containsKey("TrainingInputMode");
        return given
                ? InputMode.of(config.mode(channel))
                : Files.isDirectory(root.resolve("input/data").resolve(channel)) ? InputMode.FILE : InputMode.PIPE;
    }

    /**
     * Returns a map from each channel's name to the channel's settings as text. The text is part of a job's
     * fingerprint, because the settings determine the channel's bytes.
     */
    public Map<String, String> channelSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        InputDataConfig.read(config()).channels().forEach((channel, its) -> settings.put(channel, its.toString()));
        return settings;
    }

    /** Returns the record format that a channel's settings declare. */
    public RecordFormat declaredFormat(String channel) {
        return RecordFormat.declared(InputDataConfig.read(config()).channels().getOrDefault(channel, Map.of()));
    }

    /**
     * Returns the job's hyperparameters.
     *
     * @param report receives a message if there is no hyperparameter file. All hyperparameters then have their defaults
     * @throws PipeException if the file exists but could not be read
     */
    public Hyperparameters hyperparameters(Consumer<String> report) {
        HyperparametersConfig given = HyperparametersConfig.find(config());
        if (given == null) {
            report.accept("there is no hyperparameters.json in " + config() + ": every hyperparameter has its default");
            return Hyperparameters.of(Map.of());
        }
        return Hyperparameters.of(given.values());
    }

    /** Returns the hosts of the job, or null if there is no file that names them. */
    public @Nullable ResourceConfig hosts() {
        return ResourceConfig.find(config());
    }

    /** Deletes the failure file of an earlier run, so that it is not mistaken for a failure of this run. */
    public void begin() throws IOException {
        Files.deleteIfExists(failure());
    }

    private Path failure() {
        return root.resolve("output/failure");
    }

    /**
     * Writes the reason for a failure to the file {@code output/failure}. SageMaker reads the first 1024 characters of
     * this file. This method does not create the root directory, because if the directory is missing, its name was
     * probably misspelled.
     */
    public void fail(String reason, @Nullable Throwable cause) {
        if (!Files.isDirectory(root)) {
            return;
        }
        StringWriter text = new StringWriter();
        PrintWriter lines = new PrintWriter(text);
        lines.println(reason);
        if (cause != null) {
            cause.printStackTrace(lines);
        }
        try {
            Files.createDirectories(root.resolve("output"));
            // if the old file is a symbolic link, only the link is removed, and its target is not overwritten
            Files.deleteIfExists(failure());
            Files.writeString(failure(), Printable.lines(text.toString()), CREATE_NEW, WRITE); // does not follow a link
        } catch (IOException e) {
            throw new UncheckedIOException("the reason of the failure could not be written: " + reason, e);
        }
    }

    private Path config() {
        return root.resolve("input/config");
    }
}
