package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What one writing does with its pipe beside writing; called on the pipe's thread, unless it says otherwise. */
interface PipeTarget {

    /** The writing was subscribed to: from now on {@link #closed} will be called. On the subscriber's thread. */
    default void begin() {}

    /** What messages call the pipe before it is made. */
    default String name() {
        return "pipe";
    }

    /** The pipe, made if need be. */
    Path prepare() throws IOException;

    /** Returns the writing side of what was prepared; fails if it is no pipe of this kind. */
    default PipeSide side(Path pipe) throws IOException {
        PathKind.FIFO.require(pipe);
        return FifoSystem.ofThisMachine().writeSide(pipe);
    }

    /**
     * The writing is about to close the pipe, or gives up waiting for a reader.
     *
     * @param error what ended it before its end, or null
     */
    void ending(long bytes, @Nullable Throwable error) throws IOException;

    /**
     * The pipe is closed, or never was made; called once, last, also on the subscriber's thread if it was not begun.
     */
    void closed() throws IOException;

    /** A pipe that is not made, nor removed, and whose end nobody reports. */
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
