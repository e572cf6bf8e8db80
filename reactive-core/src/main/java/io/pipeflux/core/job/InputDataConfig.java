package io.pipeflux.core.job;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the file {@code inputdataconfig.json}, which contains the channels of a job and their settings:
 * {@code {"train":{"TrainingInputMode":"Pipe", ...}, ...}}. Instances are immutable.
 *
 * <p>These settings are read: {@code TrainingInputMode}, {@code ContentType}, {@code CompressionType},
 * {@code RecordWrapperType} and {@code S3DistributionType}. All of them are optional. A setting that is missing or null
 * has no value, and a channel that is null has no settings. Blanks around values are removed. The case of the settings'
 * names does not matter, and other settings are ignored. The names of channels are kept as they are.
 */
public final class InputDataConfig {

    private static final String NAME = "inputdataconfig.json";
    private static final String MODE = "TrainingInputMode";
    private static final List<String> SETTINGS =
            List.of(MODE, "ContentType", "CompressionType", "RecordWrapperType", "S3DistributionType");
    private static final long LOOK_NANOS = Duration.ofMillis(50).toNanos();

    private final String name; // for messages
    private final Map<String, Map<String, String>> channels;

    private InputDataConfig(String name, Map<String, Map<String, String>> channels) {
        this.name = name;
        Map<String, Map<String, String>> copy = new LinkedHashMap<>(); // Map.copyOf would lose the order
        channels.forEach(
                (channel, settings) -> copy.put(channel, Collections.unmodifiableMap(new LinkedHashMap<>(settings))));
        this.channels = Collections.unmodifiableMap(copy);
    }

    /**
     * Returns the configuration of the given channels.
     *
     * @param channels the settings of each channel, by the channel's name; the file lists the channels in the order of
     *     this map
     */
    public static InputDataConfig of(Map<String, Map<String, String>> channels) {
        return new InputDataConfig("the configuration", channels);
    }

    /**
     * Reads {@code inputdataconfig.json}. Blocks until the file is read.
     *
     * @param configDirectory the directory of the file, {@code /opt/ml/input/config} in a training container
     * @throws PipeException if the file does not exist, could not be read or is not a JSON object
     */
    public static InputDataConfig read(Path configDirectory) {
        JobFile file = new JobFile(configDirectory, NAME);
        Map<String, @Nullable Object> fields = file.find();
        if (fields == null) {
            throw file.failed(
                    "does not exist: expected the configuration of the job's channels (to read pipes without one:"
                            + " PipeOptions.directory)",
                    null);
        }
        return of(file, fields);
    }

    /**
     * Reads {@code inputdataconfig.json}, which an agent may be about to write. Blocks until the file is read.
     *
     * @param configDirectory the directory of the file
     * @return null if the file does not exist, is empty, or is not valid JSON
     * @throws PipeException if the file could not be read, or contains a JSON value that is not an object
     */
    public static @Nullable InputDataConfig find(Path configDirectory) {
        JobFile file = new JobFile(configDirectory, NAME);
        Map<String, @Nullable Object> fields = file.findWhole();
        return fields == null ? null : of(file, fields);
    }

    /**
     * Waits for {@code inputdataconfig.json} and reads it. Blocks the calling thread. Use this method in a trainer that
     * starts together with its agent. The agent writes this file last.
     *
     * @param configDirectory the directory of the file
     * @param patience the time after which a missing or incomplete file is an error
     * @throws PipeException in the same cases as {@link #read}
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public static InputDataConfig await(Path configDirectory, Duration patience) throws InterruptedException {
        long start = System.nanoTime();
        // returns at most Long.MAX_VALUE, whereas Duration.toNanos() would throw for a longer duration
        long limit = TimeUnit.NANOSECONDS.convert(patience);
        InputDataConfig config = find(configDirectory);
        while (config == null && System.nanoTime() - start < limit) {
            LockSupport.parkNanos(LOOK_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for " + configDirectory.resolve(NAME));
            }
            config = find(configDirectory);
        }
        return config == null ? read(configDirectory) : config;
    }

    private static InputDataConfig of(JobFile file, Map<String, @Nullable Object> fields) {
        Map<String, Map<String, String>> channels = new LinkedHashMap<>();
        fields.forEach((channel, described) -> channels.put(channel, settings(file, channel, described)));
        return new InputDataConfig(file.toString(), channels);
    }

    private static Map<String, String> settings(JobFile file, String channel, @Nullable Object described) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (described != null && !(described instanceof Map)) {
            throw file.failed(
                    "is wrong: expected the settings of channel \"" + channel + "\", an object, but got " + described,
                    null);
        }
        if (described instanceof Map<?, ?> fields) {
            for (String setting : SETTINGS) {
                String value = file.text(fields, setting);
                if (value != null) {
                    settings.put(setting, value.strip());
                }
            }
        }
        return settings;
    }

    /** Returns the settings of each channel, by the channel's name. The class description lists the settings' names. */
    public Map<String, Map<String, String>> channels() {
        return channels;
    }

    /**
     * Returns a channel's {@code TrainingInputMode}, exactly as in the file.
     *
     * @throws PipeException if the channel does not exist, or if it has no mode
     */
    public String mode(String channel) {
        Map<String, String> settings = channels.get(channel);
        if (settings == null) {
            throw failed("expected channel \"" + channel + "\" in " + name + ", but got "
                    + new TreeMap<>(channels).keySet());
        }
        String mode = settings.get(MODE);
        if (mode == null) {
            throw failed("expected a " + MODE + " of channel \"" + channel + "\" in " + name + ", but got " + settings);
        }
        return mode;
    }

    /**
     * Checks that a channel is in Pipe mode.
     *
     * @throws PipeException if the channel is in a different mode, has no mode, or does not exist
     */
    public void requirePipe(String channel) {
        String mode = mode(channel);
        if (!mode.equalsIgnoreCase("Pipe")) {
            Map<String, String> modes = new TreeMap<>();
            channels.forEach((other, settings) -> modes.put(other, settings.getOrDefault(MODE, "none")));
            throw failed("expected channel \"" + channel + "\" in Pipe mode, but got " + MODE + " " + mode + " in "
                    + name + ", whose channels are " + modes);
        }
    }

    private static PipeException failed(String what) {
        return CoreAccess.exception(PipeException.class, ErrorKind.JOB_FILE, what, null, null, null);
    }

    /**
     * Writes {@code inputdataconfig.json}. Replaces an existing file atomically.
     *
     * @param configDirectory the directory of the file; created if it does not exist
     * @throws IOException if the file could not be written
     */
    public void write(Path configDirectory) throws IOException {
        new JobFile(configDirectory, NAME)
                .write(json -> channels.forEach((channel, settings) -> {
                    json.writeObjectPropertyStart(channel);
                    settings.forEach(json::writeStringProperty);
                    json.writeEndObject();
                }));
    }

    @Override
    public String toString() {
        return "InputDataConfig" + channels;
    }
}
