package io.pipeflux.samples.agent;

import io.pipeflux.core.internal.Failed;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes a text file under a temporary name, and renames it when it is complete. A file with the final name is never
 * incomplete.
 */
final class ResultFile implements AutoCloseable {

    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;
    private final Path unfinished;
    private final BufferedWriter writer;

    /** Opens a temporary file in the directory of {@code file}. */
    ResultFile(Path file) {
        this.file = file.toAbsolutePath();
        this.unfinished = this.file.resolveSibling("." + file.getFileName() + ".unfinished");
        try {
            this.writer = Files.newBufferedWriter(unfinished, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InputException(file + " could not be written: " + Failed.reason(e));
        }
    }

    void write(String text) {
        try {
            writer.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be written", e);
        }
    }

    /** Writes a JSON value. */
    void writeJson(Consumer<JsonGenerator> value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            value.accept(json);
        }
        write(text.toString());
    }

    /** Closes the file and gives it its final name. */
    void finish() throws IOException {
        writer.close();
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Closes the file. Deletes the temporary file unless {@link #finish} was called. */
    @Override
    public void close() throws IOException {
        try {
            writer.close();
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }
}
