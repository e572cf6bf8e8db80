package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.Denied;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds and checks a pipe that is given by its path and has no report. */
class SinglePipe implements PipeSource {

    private final Path path;
    private @Nullable FoundPipe found; // used by the pipe's thread only; holds no file open

    SinglePipe(Path path) {
        this.path = path;
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public @Nullable Path find() throws IOException {
        return Denied.orExists(path) ? path : null;
    }

    @Override
    public PipeSide side(Path pipe) throws IOException {
        PathKind.FIFO.require(pipe);
        found = FoundPipe.at(pipe, null);
        return FifoSystem.ofThisMachine().readSide(pipe);
    }

    @Override
    public void opened(@Nullable Path opened) throws IOException {
        if (found != null) {
            found.opened(opened);
        }
    }

    @Override
    public void waiting() throws IOException {
        if (found != null) {
            found.failIfReplaced();
        }
    }

    @Override
    public boolean mayOpen() {
        return true;
    }

    @Override
    public void verifyEnd(long bytes) {}

    @Override
    public void release() {}
}
