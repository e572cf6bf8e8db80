package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The channels of a job and their modes, as {@code inputdataconfig.json} tells them:
 * {@code {"train":{"TrainingInputMode":"Pipe", ...}, ...}}. Other fields may be there or not.
 */
final class InputDataConfig {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final Map<String, String> modes;

    private InputDataConfig(Path file, Map<String, String> modes) {
        this.file = file;
        this.modes = modes;
    }

    private static Path file(Path configDirectory) {
        return configDirectory.resolve("inputdataconfig.json");
    }

    /**
     * Reads the configuration.
     *
     * @param mayBeIncomplete whether an agent may be about to write it
     * @return null if it may be incomplete, and is: missing, or cut
     */
    static @Nullable InputDataConfig read(Path configDirectory, boolean mayBeIncomplete) throws IOException {
        Path file = file(configDirectory);
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            Missing.prove(file, e);
            if (mayBeIncomplete) {
                return null;
            }
            throw PipeException.of(
                    file + " is not there: expected the channels' configuration (for pipes without one:"
                            + " PipeOptions.directory)",
                    null,
                    null,
                    e);
        }
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            return new InputDataConfig(file, modes(json));
        } catch (JacksonException e) {
            if (mayBeIncomplete) {
                return null;
            }
            throw PipeException.of(file + " is no legal JSON: " + e.getOriginalMessage(), null, null, e);
        }
    }

    private static Map<String, String> modes(JsonParser json) {
        Map<String, String> modes = new TreeMap<>();
        json.nextToken();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String channel = json.currentName();
            json.nextToken();
            modes.put(channel, mode(json));
        }
        return modes;
    }

    private static String mode(JsonParser json) {
        String mode = "none";
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return mode;
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean isMode = json.currentName().equals("TrainingInputMode");
            json.nextToken();
            if (isMode && json.currentToken() == JsonToken.VALUE_STRING) {
                mode = json.getString();
            } else {
                json.skipChildren();
            }
        }
        return mode;
    }

    /** Fails unless the channel is there and in Pipe mode. */
    void requirePipe(String channel) {
        String mode = modes.get(channel);
        if (mode == null) {
            throw PipeException.of(
                    "channel \"" + channel + "\" is not in " + file + ", which has " + modes.keySet(),
                    null,
                    null,
                    null);
        }
        if (!mode.equalsIgnoreCase("Pipe")) {
            throw PipeException.of(
                    "channel \"" + channel + "\" is not in Pipe mode: TrainingInputMode is " + mode + " in " + file
                            + ", whose channels are " + modes,
                    null,
                    null,
                    null);
        }
    }
}
