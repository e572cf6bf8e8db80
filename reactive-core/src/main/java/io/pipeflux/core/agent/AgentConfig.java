package io.pipeflux.core.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The files that a trainer finds under {@code input/config}, as SageMaker writes them. */
final class AgentConfig {

    private static final JsonFactory JSON = new JsonFactory();

    private final Path directory;
    private final Collection<AgentChannel> channels;
    private final Map<String, String> hyperparameters;
    private final @Nullable AgentHosts hosts;

    /** The files of a directory; without hosts {@code resourceconfig.json} stays as it is. */
    AgentConfig(
            Path directory,
            Collection<AgentChannel> channels,
            Map<String, String> hyperparameters,
            @Nullable AgentHosts hosts) {
        this.directory = directory;
        this.channels = channels;
        this.hyperparameters = hyperparameters;
        this.hosts = hosts;
    }

    /** Writes them, the channels last: a trainer that waits for those finds all. */
    void write() throws IOException {
        Path config = Files.createDirectories(directory);
        write(config.resolve("hyperparameters.json"), json -> hyperparameters.forEach(json::writeStringProperty));
        if (hosts != null) {
            write(config.resolve("resourceconfig.json"), json -> resources(hosts, json));
        }
        write(config.resolve("inputdataconfig.json"), json -> channels.forEach(channel -> describe(channel, json)));
    }

    private static void resources(AgentHosts hosts, JsonGenerator json) {
        json.writeStringProperty("current_host", hosts.current());
        json.writeArrayPropertyStart("hosts");
        hosts.all().forEach(json::writeString);
        json.writeEndArray();
        json.writeStringProperty("network_interface_name", "eth0");
    }

    private static void describe(AgentChannel channel, JsonGenerator json) {
        json.writeObjectPropertyStart(channel.name());
        AgentChannel.Description description = channel.description();
        String contentType = description.contentType();
        if (contentType != null) {
            json.writeStringProperty("ContentType", contentType);
        }
        json.writeStringProperty("TrainingInputMode", "Pipe");
        json.writeStringProperty("S3DistributionType", description.sharded() ? "ShardedByS3Key" : "FullyReplicated");
        json.writeStringProperty("RecordWrapperType", description.wrapped() ? "RecordIO" : "None");
        json.writeEndObject();
    }

    private static void write(Path file, Consumer<JsonGenerator> properties) throws IOException {
        Path whole = file.resolveSibling("." + file.getFileName() + ".new");
        Files.deleteIfExists(whole); // never through a link or a pipe that has this name
        try (OutputStream out = Files.newOutputStream(whole, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
            json.writeStartObject();
            properties.accept(json);
            json.writeEndObject();
        }
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE); // a trainer that polls sees all of it or nothing
    }
}
