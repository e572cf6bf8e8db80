package io.pipeflux.samples.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
        Files.createDirectories(directory);
        return Files.writeString(directory.resolve(ModelJson.FILE), ModelJson.write(model))
                .toString();
    }

    @Override
    public LogisticModel load() throws IOException {
        return ModelJson.read(Files.readString(directory.resolve(ModelJson.FILE)));
    }
}
