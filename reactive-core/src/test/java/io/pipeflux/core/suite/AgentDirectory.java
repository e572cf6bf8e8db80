package io.pipeflux.core.suite;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The directory that an agent fills, as a trainer of another vendor sees it. */
public final class AgentDirectory {

    private final Path root;

    public AgentDirectory(Path root) {
        this.root = root;
    }

    /** Waits for the job's configuration, which the agent writes last. */
    public Path awaitConfig() {
        await().until(() -> Files.exists(root.resolve("input/config/inputdataconfig.json")));
        return root;
    }

    /** Waits for a pipe such as {@code train_0}, and returns its path. */
    public Path awaitPipe(String name) {
        Path pipe = root.resolve("input/data").resolve(name);
        await().until(() -> Files.exists(pipe));
        return pipe;
    }

    /** Waits for a pipe, and opens it as any program would. */
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(awaitPipe(name));
    }

    /** Reads a pipe to its end. */
    public byte[] cat(String name) throws IOException {
        try (InputStream pipe = open(name)) {
            return pipe.readAllBytes();
        }
    }

    /** Returns the report of a pipe, or an empty text if there is none. */
    public String endOf(String pipe) throws IOException {
        Path end = root.resolve("input/data/." + pipe + ".end");
        return Files.exists(end) ? Files.readString(end) : "";
    }

    /** Returns the names of all pipes. */
    public List<String> pipes() throws IOException {
        Path data = root.resolve("input/data");
        if (!Files.exists(data)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(data)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".end"))
                    .toList();
        }
    }
}
