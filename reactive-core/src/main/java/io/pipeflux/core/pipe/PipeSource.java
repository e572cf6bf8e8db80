package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where one reading finds its pipe, and what it knows of it; called on the pipe's thread except for {@link #release}.
 *
 * <pre>
 *   find, as often as need be --&gt; end --&gt; opened --&gt; mayOpen --&gt; the bytes --&gt; verifyEnd
 *    ^                                      |
 *    +---------- PipeRemovedException ------+
 * </pre>
 */
interface PipeSource extends PipeSide.OnPeer {

    /** What messages call the pipe. */
    String name();

    /** The pipe, or null if it is not there yet. */
    @Nullable
    Path find() throws IOException;

    /** Returns the reading side of what was found; fails if that is not a pipe of this kind, or no longer exists. */
    PipeSide side(Path pipe) throws IOException;

    /** A writer had the pipe open: it is used up from now on. Returns whether this reading still may read it. */
    @Override
    boolean mayOpen() throws IOException;

    /** The pipe has ended after this many bytes: fails if its writer reports otherwise, or was lost. */
    void verifyEnd(long bytes) throws IOException;

    /**
     * What the writer of the open pipe named as the channel's content, the same in every epoch and after a restart of
     * the writer; null if it named nothing, or is another program. Known from the opening on.
     */
    default @Nullable String content() {
        return null;
    }

    /** The reading is over, or cancelled; from any thread, more than once. */
    void release();
}
