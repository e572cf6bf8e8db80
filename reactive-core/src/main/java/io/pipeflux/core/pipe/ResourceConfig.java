package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The hosts of a job and the one this is, as {@code resourceconfig.json} tells them:
 * {@code {"current_host":"algo-1","hosts":["algo-1","algo-2"], ...}}. Other fields may be there or not. A host's share
 * of a channel is {@code channel.shard(config.hosts().size(), config.index())}.
 */
public final class ResourceConfig {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final List<String> hosts;
    private final String currentHost;

    private ResourceConfig(List<String> hosts, String currentHost) {
        this.hosts = hosts;
        this.currentHost = currentHost;
    }

    /**
     * Reads {@code resourceconfig.json}; blocks for as long as that takes.
     *
     * @param configDirectory the directory it is in, {@code /opt/ml/input/config} in a training container
     * @throws PipeException if it is not there, is no legal JSON, or tells no hosts or none that is the current one
     */
    public static ResourceConfig read(Path configDirectory) {
        Path file = configDirectory.resolve("resourceconfig.json");
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), Files.readAllBytes(file))) {
            return read(file, json);
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        } catch (IOException e) {
            throw failed(file + " cannot be read: " + e, e);
        } catch (JacksonException e) {
            throw failed(file + " is no legal JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static PipeException missing(Path file, NoSuchFileException found) {
        try {
            Missing.prove(file, found);
            return failed(file + " is not there: expected the job's hosts", found);
        } catch (IOException e) {
            return failed(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static ResourceConfig read(Path file, JsonParser json) {
        TreeSet<String> hosts = new TreeSet<>();
        String current = null;
        if (json.nextToken() == JsonToken.START_OBJECT) {
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (name.equals("hosts") && value == JsonToken.START_ARRAY) {
                    while (json.nextToken() == JsonToken.VALUE_STRING) {
                        hosts.add(json.getString());
                    }
                } else if (name.equals("current_host") && value == JsonToken.VALUE_STRING) {
                    current = json.getString();
                } else {
                    json.skipChildren();
                }
            }
        }
        if (current == null || !hosts.contains(current)) {
            throw failed(
                    "expected \"hosts\" with the \"current_host\" among them in " + file + ", found hosts " + hosts
                            + " and current host " + current,
                    null);
        }
        return new ResourceConfig(List.copyOf(hosts), current);
    }

    private static PipeException failed(String what, @Nullable Throwable cause) {
        return PipeException.of(what, null, null, cause);
    }

    /** The names of all hosts, in the order of {@link String#compareTo}: {@code algo-10} comes before {@code algo-2}. */
    public List<String> hosts() {
        return hosts;
    }

    /** The name of the host this is. */
    public String currentHost() {
        return currentHost;
    }

    /** Where in {@link #hosts} the current host is, counted from 0. */
    public int index() {
        return hosts.indexOf(currentHost);
    }

    @Override
    public String toString() {
        return "ResourceConfig[" + currentHost + " of " + hosts + "]";
    }
}
