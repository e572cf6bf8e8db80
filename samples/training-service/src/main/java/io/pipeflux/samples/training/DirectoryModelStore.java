package io.pipeflux.samples.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Stores a model in a directory, as {@code model.json}. */
final class DirectoryModelStore implements ModelStore {

    private final Path directory;

    private DirectoryModelStore(Path directory) {
        this.directory = directory;
    }

    static DirectoryModelStore in(Path directory) {
        return new DirectoryModelStore(directory);
    }

    @Override
    public String save(LogisticModel model) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
        }
        Path file = directory.resolve(ModelJson.FILE);
        // Write to a temporary file and then rename it, so that a reader never sees an incomplete model. The temporary
        // file gets the default permissions (umask), and is never a symbolic link.
        Path whole = directory.resolve("." + ModelJson.FILE + "." + UUID.randomUUID() + ".tmp");
        try {
            Files.writeString(whole, ModelJson.write(model), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException | Error e) {
            try {
                Files.deleteIfExists(whole);
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
        return file.toString();
    }

    @Override
    public LogisticModel load() throws IOException {
        return ModelJson.read(Files.readString(directory.resolve(ModelJson.FILE)));
    }
}
