package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where one reading finds its pipe, and what it tells about it; called on the pipe's thread but for {@link #release}. */
interface PipeSource {

    /** What messages call the pipe. */
    String name();

    /** The pipe, or null if it is not there yet. */
    @Nullable
    Path find() throws IOException;

    /** The reading end of what was found; fails if it is no pipe of this kind. */
    default PipeEnd end(Path pipe) throws IOException {
        PathKind.FIFO.require(pipe);
        return Fifos.ofThisMachine().readEnd(pipe);
    }

    /** A writer had the pipe open: it is used up from now on. Says whether this reading still may read it. */
    boolean use() throws IOException;

    /** The pipe has ended after this many bytes: fails if its writer says otherwise. */
    void verifyEnd(long bytes) throws IOException;

    /** The reading is over, or cancelled; from any thread, more than once. */
    void release();
}
