package io.pipeflux.samples.agent;

import io.pipeflux.core.codec.Compression;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A file that describes channels in the format of CreateTrainingJob. The file contains either the {@code
 * InputDataConfig} or a whole request. If it is a request, its {@code HyperParameters} are also read. Field names and
 * enumerated values such as {@code S3Prefix} are not case-sensitive, because AWS logs spell them differently. Fields
 * that do not concern the agent are ignored and reported.
 *
 * @param ignored the paths of ignored fields
 */
record InputDataConfigFile(
        Path file, List<ChannelSpec> channels, Map<String, String> hyperparameters, List<String> ignored) {

    private static final String CHANNELS = "InputDataConfig";

    /** Returns a line about the ignored fields, or an empty Optional if there are none. */
    Optional<String> note() {
        if (ignored.isEmpty()) {
            return Optional.empty();
        }
        String prefix = file + ": ";
        String fields = ignored.stream()
                .map(field -> field.startsWith(prefix) ? field.substring(prefix.length()) : field)
                .collect(Collectors.joining("; "));
        return Optional.of("ignored fields of " + file + ": " + fields + ". The agent does not use them. If one of them"
                + " should have an effect, compare its name with the table in docs/agent.md");
    }

    static InputDataConfigFile read(Path file) {
        JsonObject root = JsonObject.read(file, CHANNELS);
        List<ChannelSpec> channels = new ArrayList<>();
        List<String> ignored = new ArrayList<>();
        for (JsonObject channel : root.objects(CHANNELS, "channel")) {
            channels.add(channel(channel, ignored));
        }
        if (channels.isEmpty()) {
            throw new InputException(file + ": " + CHANNELS + ": expected at least one channel, but got none");
        }
        Map<String, String> hyperparameters =
                root.has("HyperParameters") ? root.object("HyperParameters").asStrings() : Map.of();
        ignored.addAll(root.unknown());
        return new InputDataConfigFile(file, channels, hyperparameters, ignored);
    }

    private static ChannelSpec channel(JsonObject channel, List<String> ignored) {
        if (!channel.oneOf("InputMode", "Pipe", "File", "FastFile").equals("Pipe")) {
            throw channel.wrong("InputMode", "Pipe, because an agent fills pipes");
        }
        JsonObject dataSource = channel.object("DataSource");
        JsonObject s3 = dataSource.object("S3DataSource");
        ChannelSpec spec = new ChannelSpec(
                channel.string("ChannelName"),
                Kind.valueOf(s3.oneOf("S3DataType", "S3Prefix", "ManifestFile", "AugmentedManifestFile")),
                s3.string("S3Uri"),
                s3.strings("AttributeNames"),
                s3.strings("InstanceGroupNames"),
                s3.oneOf("S3DataDistributionType", "FullyReplicated", "ShardedByS3Key")
                        .equals("ShardedByS3Key"),
                channel.oneOf("RecordWrapperType", "None", "RecordIO").equals("RecordIO"),
                channel.oneOf("CompressionType", "None", "Gzip").equals("Gzip") ? Compression.GZIP : Compression.NONE,
                seed(channel, ignored),
                channel.stringOrNull("ContentType"));
        ignored.addAll(s3.unknown());
        ignored.addAll(dataSource.unknown());
        ignored.addAll(channel.unknown());
        return spec;
    }

    private static @Nullable Long seed(JsonObject channel, List<String> ignored) {
        if (!channel.has("ShuffleConfig")) {
            return null;
        }
        JsonObject shuffle = channel.object("ShuffleConfig");
        long seed = shuffle.integer("Seed");
        ignored.addAll(shuffle.unknown());
        return seed;
    }
}
