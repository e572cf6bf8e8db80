package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Prepares and removes the pipe of one write. Unless its Javadoc names a different thread, each method is called on the
 * pipe's thread.
 */
interface PipeTarget {

    /** Signals the subscription, on the subscriber's thread. After this call, {@link #closed} is always called. */
    default void begin() {}

    /** Returns the name of the pipe for messages, before the pipe is prepared. */
    default String name() {
        return "pipe";
    }

    /** Returns the path of the pipe. If this target creates pipes, creates the pipe first. */
    Path prepare() throws IOException;

    /** Returns the writing side of the pipe. Fails if the file is not a pipe of the expected kind. */
    default PipeSide side(Path pipe) throws IOException {
        PathKind.FIFO.require(pipe);
        return FifoSystem.ofThisMachine().writeSide(pipe);
    }

    /**
     * Reports the progress. Called repeatedly while the pipe is written, at most once per
     * {@link PipeWriter#LOOK_NANOS}. If a call fails, the method is not called again, but the write continues: a
     * progress report is less important than the epoch.
     */
    default void look() throws IOException {}

    /** Signals that the write was cancelled. Called on the thread that cancels. */
    default void cancelled() {}

    /**
     * Signals the end of the write, before the pipe is closed or before the writer stops waiting for a reader.
     *
     * @param bytes the number of bytes written into the pipe
     * @param error the reason if the pipe ends early, otherwise null
     */
    void ending(long bytes, @Nullable Throwable error) throws IOException;

    /**
     * Signals that the pipe is closed, or was never prepared. Called once, after all other methods. If the pipe's
     * thread was not started, this method is called on the subscriber's thread.
     */
    void closed() throws IOException;

    /** An existing pipe. The write neither creates nor removes the pipe, and does not report its end. */
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
