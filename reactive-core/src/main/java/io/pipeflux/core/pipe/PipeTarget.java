package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Prepares and removes the pipe of one write. Each method is called on the pipe's thread, unless the method's Javadoc
 * names a different thread.
 */
interface PipeTarget {

    /**
     * Signals that the write was subscribed to. Called on the subscriber's thread. After this call, {@link #closed} is
     * always called at some point.
     */
    default void begin() {}

    /** Returns the name to use for the pipe in messages that are created before the pipe is prepared. */
    default String name() {
        return "pipe";
    }

    /** Returns the path of the pipe. A target that creates its pipe does so in this method. */
    Path prepare() throws IOException;

    /** Returns the writing side of the pipe. Fails if the file is not a pipe of the expected kind. */
    default PipeSide side(Path pipe) throws IOException {
        PathKind.FIFO.require(pipe);
        return FifoSystem.ofThisMachine().writeSide(pipe);
    }

    /**
     * Reports the progress. Called repeatedly while the pipe is written, at most once per
     * {@link PipeWriter#LOOK_NANOS}. If a call fails, the method is not called again, but the write continues, because
     * a progress report is less important than the epoch.
     */
    default void look() throws IOException {}

    /** Signals that the write was cancelled. Called on the cancelling thread. */
    default void cancelled() {}

    /**
     * Signals that nothing more will be written. Called before the pipe is closed, even if no reader has opened the
     * pipe.
     *
     * @param bytes the number of bytes written into the pipe
     * @param error the reason why the pipe ends early, or null if it does not end early
     */
    void ending(long bytes, @Nullable Throwable error) throws IOException;

    /**
     * Signals that the pipe was closed or was never prepared. Called once, after all other methods. If the pipe's
     * thread was not started, this method is called on the subscriber's thread.
     */
    void closed() throws IOException;

    /** A pipe that already exists. The write neither creates nor removes the pipe, and writes no report about it. */
    class Existing implements PipeTarget {

        private final Path path;

        Existing(Path path) {
            this.path = path;
        }

        @Override
        public Path prepare() {
            return path;
        }

        @Override
        public void ending(long bytes, @Nullable Throwable error) {}

        @Override
        public void closed() {}
    }
}
