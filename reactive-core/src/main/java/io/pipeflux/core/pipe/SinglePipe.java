package io.pipeflux.core.pipe;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A pipe that is read by its path, of which nobody reports the end. */
class SinglePipe implements PipeSource {

    private final Path path;

    SinglePipe(Path path) {
        this.path = path;
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public @Nullable Path find() {
        return Files.exists(path) ? path : null;
    }

    @Override
    public boolean use() {
        return true;
    }

    @Override
    public void verifyEnd(long bytes) {}

    @Override
    public void release() {}
}
