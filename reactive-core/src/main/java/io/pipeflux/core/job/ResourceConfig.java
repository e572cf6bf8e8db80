package io.pipeflux.core.job;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.KeyText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Reads and writes the file {@code resourceconfig.json}, which contains the names of a job's hosts and of the current
 * host:
 *
 * <pre>{@code
 * {"current_host":"algo-1","current_group_name":"gpu","hosts":["algo-1","algo-2"],
 *  "instance_groups":[
 *      {"instance_group_name":"gpu","hosts":["algo-1"]},{"instance_group_name":"cpu","hosts":["algo-2"]}]}
 * }</pre>
 *
 * The case of field names does not matter, and other fields are ignored. All fields are optional. A missing field is an
 * error only when its value is needed, and is never replaced by a guess.
 *
 * <p>If all hosts share a channel, this host's share is {@code channel.shard(config.hosts().size(), config.index())}.
 * If only some instance groups have a channel ({@code InstanceGroupNames}), the hosts of these groups share it:
 * {@code ResourceConfig its = config.inGroups(List.of("gpu")); channel.shard(its.hosts().size(), its.index())}. If such
 * a channel were shared among all hosts, no host would read the shares of the hosts outside of the groups. Instances
 * are immutable.
 */
public final class ResourceConfig {

    private static final String NAME = "resourceconfig.json";

    private final String source; // the file's path or another description of the source, for messages
    private final List<String> hosts;
    private final @Nullable String currentHost;
    private final @Nullable String currentGroup;
    private final Map<String, List<String>> groups;

    private ResourceConfig(
            String source,
            List<String> hosts,
            @Nullable String currentHost,
            @Nullable String currentGroup,
            Map<String, List<String>> groups) {
        this.source = source;
        this.hosts = hosts;
        this.currentHost = currentHost;
        this.currentGroup = currentGroup;
        this.groups = Collections.unmodifiableMap(groups);
    }

    /**
     * Returns the configuration of the given hosts, without instance groups.
     *
     * @param currentHost this host, which must be one of the hosts
     * @param hosts all hosts, in any order
     * @throws IllegalArgumentException if the current host is not among the hosts
     */
    public static ResourceConfig of(String currentHost, Collection<String> hosts) {
        List<String> sorted = sorted(hosts);
        if (!sorted.contains(currentHost)) {
            throw new IllegalArgumentException(KeyText.printable(
                    "expected one of the hosts " + sorted + " as the current one, but got '" + currentHost + "'"));
        }
        return new ResourceConfig("the configuration", sorted, currentHost, null, new LinkedHashMap<>());
    }

    /**
     * Reads {@code resourceconfig.json}. Blocks until the file is read.
     *
     * @param configDirectory the directory of the file, {@code /opt/ml/input/config} in a training container
     * @throws PipeException if the file does not exist, could not be read, is not a JSON object, or contradicts itself,
     *     for example if its current host is not among its hosts
     */
    public static ResourceConfig read(Path configDirectory) {
        ResourceConfig found = find(configDirectory);
        if (found == null) {
            throw new JobFile(configDirectory, NAME).failed("does not exist: expected the job's hosts", null);
        }
        return found;
    }

    /**
     * Reads {@code resourceconfig.json} if it exists. Blocks until the file is read.
     *
     * @param configDirectory the directory of the file
     * @return null if the file does not exist
     * @throws PipeException in the same cases as {@link #read}, except that a missing file is not an error
     */
    public static @Nullable ResourceConfig find(Path configDirectory) {
        JobFile file = new JobFile(configDirectory, NAME);
        Map<String, @Nullable Object> fields = file.find();
        if (fields == null) {
            return null;
        }
        Map<String, List<String>> groups = groups(file, fields);
        List<String> grouped =
                sorted(groups.values().stream().flatMap(List::stream).toList());
        Object all = file.member(fields, "hosts");
        List<String> hosts = all == null ? grouped : sorted(names(file, "hosts", all));
        if (!hosts.containsAll(grouped)) {
            throw file.failed(
                    "is wrong: expected the hosts of \"instance_groups\" among the \"hosts\", but got " + grouped
                            + " and hosts " + hosts,
                    null);
        }
        String currentHost = file.text(fields, "current_host");
        if (currentHost != null && (all != null || !grouped.isEmpty()) && !hosts.contains(currentHost)) {
            throw file.failed(
                    "is wrong: expected the \"current_host\" among the \"hosts\", but got hosts " + hosts
                            + " and current host " + currentHost,
                    null);
        }
        if (currentHost == null && hosts.size() == 1) {
            currentHost = hosts.get(0);
        }
        String currentGroup = currentGroup(file, fields, currentHost, groups);
        return new ResourceConfig(file.toString(), hosts, currentHost, currentGroup, groups);
    }

    private static Map<String, List<String>> groups(JobFile file, Map<String, @Nullable Object> fields) {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        for (Object each : list(file, "instance_groups", file.member(fields, "instance_groups"))) {
            String name = each instanceof Map<?, ?> group ? file.text(group, "instance_group_name") : null;
            if (name == null || groups.containsKey(name)) {
                throw file.failed(
                        "is wrong: expected objects in \"instance_groups\", each with a different"
                                + " \"instance_group_name\", but got " + each,
                        null);
            }
            groups.put(name, sorted(names(file, "hosts", file.member((Map<?, ?>) each, "hosts"))));
        }
        return groups;
    }

    /**
     * Returns the name of the current group: the name that the file states or, if it states none, the name of the group
     * that contains the current host. Returns null if there is no such group.
     */
    private static @Nullable String currentGroup(
            JobFile file,
            Map<String, @Nullable Object> fields,
            @Nullable String currentHost,
            Map<String, List<String>> groups) {
        List<String> having = groups.entrySet().stream()
                .filter(group -> currentHost != null && group.getValue().contains(currentHost))
                .map(Map.Entry::getKey)
                .toList();
        String given = file.text(fields, "current_group_name");
        if (having.size() > 1
                || (given != null && !groups.isEmpty() && currentHost != null && !having.contains(given))) {
            throw file.failed(
                    "is wrong: expected current host " + currentHost + " in one of the \"instance_groups\", the"
                            + " \"current_group_name\", but got the groups " + groups + " and the name " + given,
                    null);
        }
        return given != null || having.isEmpty() ? given : having.get(0);
    }

    private static List<String> names(JobFile file, String member, @Nullable Object value) {
        List<String> names = new ArrayList<>();
        for (Object name : list(file, member, value)) {
            if (!(name instanceof String text)) {
                throw file.failed("is wrong: expected names in \"" + member + "\", but got " + value, null);
            }
            names.add(text);
        }
        return names;
    }

    private static List<?> list(JobFile file, String member, @Nullable Object value) {
        if (value != null && !(value instanceof List<?>)) {
            throw file.failed("is wrong: expected an array as \"" + member + "\", but got " + value, null);
        }
        return value == null ? List.of() : (List<?>) value;
    }

    private static List<String> sorted(Collection<String> names) {
        return List.copyOf(new TreeSet<>(names));
    }

    /**
     * Writes {@code resourceconfig.json}. Replaces an existing file atomically.
     *
     * @param configDirectory the directory of the file; created if it does not exist
     * @throws IOException if the file could not be written
     */
    public void write(Path configDirectory) throws IOException {
        new JobFile(configDirectory, NAME).write(json -> {
            if (currentHost != null) {
                json.writeStringProperty("current_host", currentHost);
            }
            if (currentGroup != null) {
                json.writeStringProperty("current_group_name", currentGroup);
            }
            if (!hosts.isEmpty()) {
                writeNames(json, "hosts", hosts);
            }
            if (!groups.isEmpty()) {
                json.writeArrayPropertyStart("instance_groups");
                groups.forEach((name, members) -> {
                    json.writeStartObject();
                    json.writeStringProperty("instance_group_name", name);
                    writeNames(json, "hosts", members);
                    json.writeEndObject();
                });
                json.writeEndArray();
            }
            json.writeStringProperty("network_interface_name", "eth0");
        });
    }

    private static void writeNames(JsonGenerator json, String member, List<String> names) {
        json.writeArrayPropertyStart(member);
        names.forEach(json::writeString);
        json.writeEndArray();
    }

    /**
     * Returns the names of all hosts, in the order of {@link String#compareTo}, in which {@code algo-10} is before
     * {@code algo-2}. Returns an empty list if the file has no hosts.
     */
    public List<String> hosts() {
        return hosts;
    }

    /**
     * Returns the name of this host. If the file does not name this host but lists exactly one host, returns the name
     * of that host.
     *
     * @throws PipeException if the name of this host is unknown
     */
    public String currentHost() {
        if (currentHost == null) {
            throw missing("a \"current_host\"");
        }
        return currentHost;
    }

    /**
     * Returns the index of the current host in {@link #hosts}, counted from 0.
     *
     * @throws PipeException if the file has no hosts, or if the current host is unknown
     */
    public int index() {
        int index = hosts.indexOf(currentHost());
        if (index < 0) {
            throw missing("\"hosts\"");
        }
        return index;
    }

    /** Returns the instance group of this host, or null if the file has none. */
    public @Nullable String currentGroup() {
        return currentGroup;
    }

    /**
     * Returns the hosts of each instance group, in the order of the file. Returns an empty map if the file has no
     * groups.
     */
    public Map<String, List<String>> groups() {
        return groups;
    }

    /**
     * Returns whether this host belongs to one of the given instance groups, and therefore reads the channels of these
     * groups.
     *
     * @param names {@code InstanceGroupNames} of a channel; if empty, all hosts have the channel
     * @throws IllegalArgumentException if the job has no group with one of the names
     * @throws PipeException if the current host is unknown
     */
    public boolean isInGroups(Collection<String> names) {
        return names.isEmpty() || hostsOf(names).contains(currentHost());
    }

    /**
     * Returns a configuration that contains only the hosts of the given instance groups. Use it to divide a channel
     * among these hosts if no other group has the channel.
     *
     * @param names {@code InstanceGroupNames} of a channel; if empty, the result is this configuration
     * @throws IllegalArgumentException if the job has no group with one of the names, or if this host is in none of
     *     these groups
     * @throws PipeException if the current host is unknown
     */
    public ResourceConfig inGroups(Collection<String> names) {
        if (names.isEmpty()) {
            return this;
        }
        List<String> members = hostsOf(names);
        if (!members.contains(currentHost())) {
            throw new IllegalArgumentException(KeyText.printable("expected the current host " + currentHost
                    + " in one of the instance groups " + names + ", but these have the hosts " + members));
        }
        Map<String, List<String>> named = new LinkedHashMap<>(groups);
        named.keySet().retainAll(names);
        return new ResourceConfig(source, members, currentHost, currentGroup, named);
    }

    private List<String> hostsOf(Collection<String> names) {
        if (!groups.keySet().containsAll(names)) {
            throw new IllegalArgumentException(KeyText.printable("expected names of instance groups in " + source
                    + ", which has " + groups.keySet() + ", but got " + names));
        }
        return sorted(groups.entrySet().stream()
                .filter(group -> names.contains(group.getKey()))
                .flatMap(group -> group.getValue().stream())
                .toList());
    }

    private PipeException missing(String what) {
        return CoreAccess.exception(
                PipeException.class,
                ErrorKind.JOB_FILE,
                "expected " + what + " in " + source + ", but it has none",
                null,
                null,
                null);
    }

    @Override
    public String toString() {
        return "ResourceConfig[" + currentHost + " of " + hosts
                + (currentGroup == null ? "" : ", instance group " + currentGroup) + "]";
    }
}
