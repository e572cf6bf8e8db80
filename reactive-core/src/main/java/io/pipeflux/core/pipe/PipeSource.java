package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Finds the pipe of one subscription, and checks it. All methods except {@link #release} are called on the pipe's
 * thread.
 *
 * <pre>{@code
 *   find, repeated until it succeeds --> side --> opened --> mayOpen --> the bytes --> verifyEnd
 *    ^                                              |
 *    +---------------PipeRemovedException-----------+
 * }</pre>
 */
interface PipeSource extends PipeSide.OnPeer {

    /** Returns the name of the pipe, for use in messages. */
    String name();

    /** Returns the path of the pipe, or null if the pipe does not exist yet. */
    @Nullable
    Path find() throws IOException;

    /**
     * Returns the reading side of the pipe. Fails if the file is not a pipe of the expected kind, or no longer exists.
     */
    PipeSide side(Path pipe) throws IOException;

    /**
     * Signals that a writer has opened the pipe. A channel then counts the pipe as read: its next subscription reads
     * the next pipe. Returns whether to continue.
     */
    @Override
    boolean mayOpen() throws IOException;

    /**
     * Fails if the writer has reported an error or was lost, or if the writer has reported a different number of bytes
     * than this reader has read. Called when the pipe has ended.
     *
     * @param bytes the number of bytes that this reader has read
     */
    void verifyEnd(long bytes) throws IOException;

    /**
     * Returns the name that the writer of the open pipe has given to the channel's content. Returns null if the writer
     * has not named the content, if the writer is not an agent, or if the pipe is not open yet.
     */
    default @Nullable String content() {
        return null;
    }

    /**
     * Returns the progress of the pipe's writer in reading its source, or null if the writer does not report its
     * progress.
     */
    default @Nullable EpochProgress progress() {
        return null;
    }

    /**
     * Releases this source when the subscription has ended or was cancelled. Any thread may call this method, even
     * repeatedly.
     */
    void release();
}
