package io.pipeflux.samples.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Keeps a model in a directory, as {@code model.json}. */
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
        Path whole = Files.createTempFile(directory, "." + ModelJson.FILE, ".tmp"); // half a model would be a model
        try {
            Files.writeString(whole, ModelJson.write(model));
            Files.setPosixFilePermissions(whole, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(whole);
        }
        return file.toString();
    }

    @Override
    public LogisticModel load() throws IOException {
        return ModelJson.read(Files.readString(directory.resolve(ModelJson.FILE)));
    }
}
