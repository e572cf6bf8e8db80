package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Prepares and removes the pipe of one write. The methods are called on the pipe's thread unless they state another.
 */
interface PipeTarget {

    /** Called on the subscriber's thread at the subscription. From then on, {@link #closed} is sure to be called. */
    default void begin() {}

    /** Returns the name of the pipe in messages before the pipe is prepared. */
    default String name() {
        return "pipe";
    }

    /** Returns the path of the pipe, and creates the pipe if this target does so. */
    Path prepare() throws IOException;

    /** Returns the writing side of the pipe. Fails if the file is not a pipe of this kind. */
    default PipeSide side(Path pipe) throws IOException {
        PathKind.FIFO.require(pipe);
        return FifoSystem.ofThisMachine().writeSide(pipe);
    }

    /**
     * Called now and then while the pipe is written, at most every {@link PipeWriter#LOOK_NANOS}. If it fails, it is
     * not called again: what it reports is not worth the epoch.
     */
    default void look() throws IOException {}

    /** Called when the write is cancelled, on the thread that cancels. */
    default void cancelled() {}

    /**
     * Called before the pipe is closed, or before the wait for a reader is given up.
     *
     * @param bytes the number of bytes written into the pipe
     * @param error the reason if the pipe ends early, otherwise null
     */
    void ending(long bytes, @Nullable Throwable error) throws IOException;

    /**
     * Called once, after all other methods: the pipe is closed, or was never prepared. If the pipe's thread was not
     * started, it is called on the subscriber's thread.
     */
    void closed() throws IOException;

    /** An existing pipe: it is neither created nor removed, and its end is not reported. */
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
