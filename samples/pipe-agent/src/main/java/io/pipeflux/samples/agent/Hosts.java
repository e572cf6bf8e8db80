package io.pipeflux.samples.agent;

import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.job.ResourceConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which share of the objects is this host's, and which hosts the trainer is told of.
 *
 * @param shard null if no host has a share of its own
 * @param told how the agent tells them
 * @param config what the directory's file says, or null if the options say it
 */
record Hosts(
        @Nullable Share shard,
        UnaryOperator<PipeAgent> told,
        @Nullable ResourceConfig config) {

    private static final Pattern SHARE = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

    /** Object i of an epoch is this host's if {@code i % count == index}. */
    record Share(int index, int count) {}

    /**
     * What the options say.
     *
     * @param shard {@code i/n}, {@code auto} or null
     * @param names all hosts; may be none
     * @param configDirectory where {@code resourceconfig.json} is looked for, if there are no names
     */
    static Hosts of(@Nullable String shard, List<String> names, @Nullable String current, Path configDirectory) {
        if (names.isEmpty() != (current == null)) {
            throw new InputException("--hosts and --current-host are required together");
        }
        if ("auto".equals(shard) && current == null) {
            ResourceConfig config = ResourceConfig.read(configDirectory);
            return new Hosts(shareOf(config), PipeAgent::keepHosts, config);
        }
        if (shard == null && current == null) {
            return new Hosts(null, UnaryOperator.identity(), null);
        }
        if (shard == null || shard.equals("auto")) {
            List<String> sorted = names.stream().sorted().toList();
            int index = sorted.indexOf(current);
            UnaryOperator<PipeAgent> told = agent -> agent.hosts(String.valueOf(current), names);
            return new Hosts(shard == null ? null : new Share(index, sorted.size()), told, null);
        }
        return ofShare(share(shard), names, current);
    }

    private static Share shareOf(ResourceConfig config) {
        return new Share(config.index(), config.hosts().size());
    }

    /** Returns whether this host has a channel: if the channel names instance groups, whether it is in one of them. */
    boolean have(ChannelSpec channel) {
        return channel.instanceGroups().isEmpty()
                || inGroups(channel, config -> config.isInGroups(channel.instanceGroups()));
    }

    /** Returns this host's share of a channel that it has, or null if no host has a share of its own. */
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
        throw new InputException("--shard auto or i/n with 0 <= i < n required but it was '" + shard + "'");
    }

    private static Hosts ofShare(Share share, List<String> names, @Nullable String current) {
        List<String> all = names.isEmpty()
                ? IntStream.rangeClosed(1, share.count)
                        .mapToObj(n -> "algo-" + n)
                        .sorted()
                        .toList()
                : names.stream().sorted().toList();
        String here = share.index < all.size() ? all.get(share.index) : null;
        if (all.size() != share.count || (current != null && !current.equals(here))) {
            throw new InputException("--shard " + share.index + "/" + share.count + " does not fit --current-host "
                    + current + " of --hosts " + all);
        }
        return new Hosts(share, agent -> agent.hosts(String.valueOf(here), all), null);
    }
}
