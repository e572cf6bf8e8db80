package io.pipeflux.core.job;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the names of a job's hosts and of the current host, the file {@code resourceconfig.json}:
 * {@code {"current_host":"algo-1","hosts":["algo-1","algo-2"], ...}}. Other fields are ignored. This host's share of a
 * channel is {@code channel.shard(config.hosts().size(), config.index())}. Immutable.
 */
public final class ResourceConfig {

    private static final String NAME = "resourceconfig.json";

    private final List<String> hosts;
    private final String currentHost;

    private ResourceConfig(List<String> hosts, String currentHost) {
        this.hosts = hosts;
        this.currentHost = currentHost;
    }

    /**
     * Returns the configuration of these hosts.
     *
     * @param currentHost this host, one of the hosts
     * @param hosts all hosts, in any order
     * @throws IllegalArgumentException if the current host is not among the hosts
     */
    public static ResourceConfig of(String currentHost, Collection<String> hosts) {
        List<String> sorted = hosts.stream().distinct().sorted().toList();
        if (!sorted.contains(currentHost)) {
            throw new IllegalArgumentException(
                    "expected one of the hosts " + sorted + " as the current one, but got '" + currentHost + "'");
        }
        return new ResourceConfig(sorted, currentHost);
    }

    /**
     * Reads {@code resourceconfig.json}; blocks for as long as that takes.
     *
     * @param configDirectory the directory of the file, {@code /opt/ml/input/config} in a training container
     * @throws PipeException if the file does not exist, could not be read, is not a JSON object, or does not have the
     *     current host among its hosts
     */
    public static ResourceConfig read(Path configDirectory) {
        ResourceConfig found = find(configDirectory);
        if (found == null) {
            throw new JobFile(configDirectory, NAME).failed("does not exist: expected the job's hosts", null);
        }
        return found;
    }

    /**
     * Reads {@code resourceconfig.json} if it exists; blocks for as long as that takes.
     *
     * @param configDirectory the directory of the file
     * @return null if the file does not exist
     * @throws PipeException as {@link #read}, except for a missing file
     */
    public static @Nullable ResourceConfig find(Path configDirectory) {
        JobFile file = new JobFile(configDirectory, NAME);
        Map<String, @Nullable Object> fields = file.find();
        if (fields == null) {
            return null;
        }
        List<String> hosts = new ArrayList<>();
        if (fields.get("hosts") instanceof List<?> all) {
            all.forEach(host -> hosts.add(String.valueOf(host)));
        }
        if (!(fields.get("current_host") instanceof String current) || !hosts.contains(current)) {
            throw file.failed(
                    "is wrong: expected the \"current_host\" among the \"hosts\", but got hosts " + hosts
                            + " and current host " + fields.get("current_host"),
                    null);
        }
        return of(current, hosts);
    }

    /**
     * Writes {@code resourceconfig.json}, and replaces an existing file as a whole.
     *
     * @param configDirectory the directory of the file; created if it does not exist
     * @throws IOException if the file could not be written
     */
    public void write(Path configDirectory) throws IOException {
        new JobFile(configDirectory, NAME).write(json -> {
            json.writeStringProperty("current_host", currentHost);
            json.writeArrayPropertyStart("hosts");
            hosts.forEach(json::writeString);
            json.writeEndArray();
            json.writeStringProperty("network_interface_name", "eth0");
        });
    }

    /**
     * Returns the names of all hosts, in the order of {@link String#compareTo}: {@code algo-10} before {@code algo-2}.
     */
    public List<String> hosts() {
        return hosts;
    }

    /** Returns the name of this host. */
    public String currentHost() {
        return currentHost;
    }

    /** Returns the index of the current host in {@link #hosts}, counted from 0. */
    public int index() {
        return hosts.indexOf(currentHost);
    }

    @Override
    public String toString() {
        return "ResourceConfig[" + currentHost + " of " + hosts + "]";
    }
}
