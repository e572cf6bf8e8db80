package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Finds the pipe of one reading, and checks it. All methods except {@link #release} are called on the pipe's thread.
 *
 * <pre>
 *   find, until it succeeds --&gt; side --&gt; opened --&gt; mayOpen --&gt; the bytes --&gt; verifyEnd
 *    ^                                     |
 *    +--------- PipeRemovedException ------+
 * </pre>
 */
interface PipeSource extends PipeSide.OnPeer {

    /** Returns the name of the pipe in messages. */
    String name();

    /** Returns the path of the pipe, or null if it does not exist yet. */
    @Nullable
    Path find() throws IOException;

    /** Returns the reading side of the pipe. Fails if the file is not a pipe of this kind, or no longer exists. */
    PipeSide side(Path pipe) throws IOException;

    /** Called when a writer has opened the pipe, which is then used up. Returns whether this reading may continue. */
    @Override
    boolean mayOpen() throws IOException;

    /** Called when the pipe has ended after this number of bytes. Fails if its writer reports otherwise or was lost. */
    void verifyEnd(long bytes) throws IOException;

    /**
     * Returns the name that the writer of the open pipe has given to the channel's content. It is null if the writer
     * has not named the content or is another program, or if the pipe is not open yet.
     */
    default @Nullable String content() {
        return null;
    }

    /**
     * Returns how much of its source the writer of this pipe has read so far, or null if the writer does not report it.
     */
    default @Nullable EpochProgress progress() {
        return null;
    }

    /** Called when the reading has ended or is cancelled. Any thread may call it, and more than once. */
    void release();
}
