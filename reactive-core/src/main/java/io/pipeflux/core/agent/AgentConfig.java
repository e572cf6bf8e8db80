package io.pipeflux.core.agent;

import io.pipeflux.core.job.HyperparametersConfig;
import io.pipeflux.core.job.InputDataConfig;
import io.pipeflux.core.job.ResourceConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files that a trainer expects in {@code input/config}, in SageMaker's format.
 *
 * @param hosts null to leave {@code resourceconfig.json} as it is
 */
record AgentConfig(
        Collection<AgentChannel> channels,
        Map<String, String> hyperparameters,
        @Nullable ResourceConfig hosts) {

    /** Writes {@code inputdataconfig.json} last, so that a trainer that waits for it finds all files. */
    void write(Path directory) throws IOException {
        HyperparametersConfig.of(hyperparameters).write(directory);
        if (hosts != null) {
            hosts.write(directory);
        }
        Map<String, Map<String, String>> described = new LinkedHashMap<>();
        channels.forEach(channel -> described.put(channel.name(), settings(channel.description())));
        InputDataConfig.of(described).write(directory);
    }

    private static Map<String, String> settings(AgentChannel.Description description) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (description.contentType() != null) {
            settings.put("ContentType", description.contentType());
        }
        settings.put("TrainingInputMode", "Pipe");
        settings.put("S3DistributionType", description.sharded() ? "ShardedByS3Key" : "FullyReplicated");
        settings.put("RecordWrapperType", description.wrapped() ? "RecordIO" : "None");
        return settings;
    }
}
