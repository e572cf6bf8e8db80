package io.pipeflux.core.agent;

import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.job.HyperparametersConfig;
import io.pipeflux.core.job.InputDataConfig;
import io.pipeflux.core.job.ResourceConfig;
import io.pipeflux.core.pipe.PipeAccess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files that a trainer expects in {@code input/config}, in SageMaker's format.
 *
 * @param hosts the hosts, or null to leave {@code resourceconfig.json} as it is
 */
record AgentConfig(
        Collection<AgentChannel> channels,
        Map<String, String> hyperparameters,
        @Nullable ResourceConfig hosts) {

    /**
     * The name of the directory in which the configuration files are created before they are moved to their final
     * location. Only the owner may enter this directory.
     */
    private static final String MADE = ".new";

    /**
     * Writes the files. Each file appears atomically, with its final permissions. {@code inputdataconfig.json} appears
     * last, so a trainer that waits for this file finds all files.
     */
    void write(Path directory, PipeAccess access) throws IOException {
        Path made = directory.resolve(MADE);
        remove(made);
        FileAccess.createDirectory(made);
        try {
            write(made, directory, access);
        } catch (IOException | RuntimeException | Error e) {
            try {
                remove(made);
            } catch (IOException | RuntimeException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
        remove(made);
    }

    private void write(Path made, Path directory, PipeAccess access) throws IOException {
        HyperparametersConfig.of(hyperparameters).write(made);
        if (hosts != null) {
            hosts.write(made);
        }
        publish(made, directory, access);
        Map<String, Map<String, String>> described = new LinkedHashMap<>();
        channels.forEach(channel -> described.put(channel.name(), settings(channel.description())));
        InputDataConfig.of(described).write(made);
        publish(made, directory, access);
    }

    private static void publish(Path made, Path directory, PipeAccess access) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(made)) {
            for (Path file : files) {
                access.grant(file);
                Files.move(file, directory.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /**
     * Removes what a killed agent may have left at the path {@code made}. Normally, this is a directory, but any other
     * kind of file is removed, too.
     */
    private static void remove(Path made) throws IOException {
        if (Files.isDirectory(made, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(made)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
        }
        Files.deleteIfExists(made);
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
