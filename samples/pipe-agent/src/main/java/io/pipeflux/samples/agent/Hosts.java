package io.pipeflux.samples.agent;

import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.job.ResourceConfig;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The hosts of a job. They determine which objects this host reads, and which host configuration the agent writes for
 * the trainer.
 *
 * @param shard this host's share of the objects, or null if each host reads all objects
 * @param withHosts a function that takes an agent, and returns a copy of it with these hosts
 * @param config the content of {@code resourceconfig.json}, or null if the hosts were not read from this file
 */
record Hosts(
        @Nullable Share shard,
        UnaryOperator<PipeAgent> withHosts,
        @Nullable ResourceConfig config) {

    private static final Pattern SHARE = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

    /**
     * The part of a channel's objects that one host reads.
     *
     * @param index the index of the host, from 0
     * @param count the number of hosts
     * @param by how the objects are divided. With {@link ShareBy#count}, the host reads object i of an epoch if {@code
     *     i % count == index}
     */
    record Share(int index, int count, ShareBy by) {

        Share(int index, int count) {
            this(index, count, ShareBy.count);
        }

        Share by(ShareBy other) {
            return new Share(index, count, other);
        }
    }

    /**
     * Returns the hosts that the options describe. If {@code names} is empty, the hosts depend on {@code shard}: with
     * {@code auto}, they are read from {@code resourceconfig.json}, and with {@code i/n}, they are called {@code
     * algo-1} to {@code algo-n}.
     *
     * @param shard {@code i/n}, {@code auto}, or null if each host reads all objects
     * @param names the names of all hosts, or an empty list
     * @param current the name of this host, or null if {@code names} is empty
     * @param configDirectory the directory of {@code resourceconfig.json}
     */
    static Hosts of(@Nullable String shard, List<String> names, @Nullable String current, Path configDirectory) {
        if (names.isEmpty() != (current == null)) {
            throw new InputException("--hosts and --current-host are required together");
        }
        ResourceConfig given = current == null ? null : job(current, names);
        if ("auto".equals(shard) && given == null) {
            ResourceConfig config = ResourceConfig.read(configDirectory);
            return new Hosts(shareOf(config), PipeAgent::keepHosts, config);
        }
        if (shard == null) {
            return given == null ? new Hosts(null, UnaryOperator.identity(), null) : of(null, given);
        }
        if (given != null && shard.equals("auto")) {
            return of(shareOf(given), given);
        }
        Share share = share(shard);
        ResourceConfig job = given == null ? job(share) : given;
        if (!share.equals(shareOf(job))) {
            throw new InputException("--shard " + share.index + "/" + share.count + " does not fit --current-host "
                    + current + " of --hosts " + job.hosts());
        }
        return of(share, job);
    }

    /**
     * Checks the options and returns the job's hosts. All agents and trainers of the job must be given the same list of
     * hosts. Otherwise, some objects might not be read by any host.
     */
    private static ResourceConfig job(String current, List<String> names) {
        List<String> hosts = names.stream().map(String::strip).toList();
        if (hosts.contains("")) {
            throw new InputException("expected names of hosts as --hosts, but got " + names);
        }
        if (new HashSet<>(hosts).size() < hosts.size()) {
            throw new InputException("expected each host once in --hosts, but got " + hosts);
        }
        try {
            return ResourceConfig.of(current.strip(), hosts);
        } catch (IllegalArgumentException e) {
            throw new InputException("--current-host: " + e.getMessage());
        }
    }

    private static ResourceConfig job(Share share) {
        List<String> sorted = IntStream.rangeClosed(1, share.count)
                .mapToObj(n -> "algo-" + n)
                .sorted()
                .toList();
        return ResourceConfig.of(sorted.get(share.index), sorted);
    }

    private static Hosts of(@Nullable Share share, ResourceConfig job) {
        return new Hosts(share, agent -> agent.hosts(job.currentHost(), job.hosts()), null);
    }

    private static Share shareOf(ResourceConfig config) {
        return new Share(config.index(), config.hosts().size());
    }

    /**
     * Returns whether this host reads a channel. If the channel names instance groups, only hosts in these groups read
     * it.
     */
    boolean have(ChannelSpec channel) {
        return channel.instanceGroups().isEmpty()
                || inGroups(channel, config -> config.isInGroups(channel.instanceGroups()));
    }

    /** Returns this host's share of a channel, or null if each host reads all objects. */
    @Nullable
    Share shareOf(ChannelSpec channel) {
        return channel.instanceGroups().isEmpty()
                ? shard
                : inGroups(channel, config -> shareOf(config.inGroups(channel.instanceGroups())));
    }

    private <T> T inGroups(ChannelSpec channel, Function<ResourceConfig, T> answer) {
        String names = "channel " + channel.name() + ": InstanceGroupNames " + channel.instanceGroups() + ": ";
        if (config == null) {
            throw new InputException(
                    names + "expected --shard auto, and instance_groups in the directory's resourceconfig.json");
        }
        try {
            return answer.apply(config);
        } catch (IllegalArgumentException e) {
            throw new InputException(names + e.getMessage());
        }
    }

    private static Share share(String shard) {
        Matcher parts = SHARE.matcher(shard);
        if (parts.matches()) {
            Share share = new Share(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
            if (share.index < share.count) {
                return share;
            }
        }
        throw new InputException("expected --shard auto or i/n with 0 <= i < n, but got '" + shard + "'");
    }
}
