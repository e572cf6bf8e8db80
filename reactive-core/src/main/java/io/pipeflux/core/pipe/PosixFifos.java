package io.pipeflux.core.pipe;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * FIFOs by system calls: no open ever blocks, so every wait can be released, also when the FIFO's name is gone.
 *
 * <p>A descriptor opened without blocking is held while this end waits; the channel that reads or writes is then opened
 * through {@code /proc/self/fd}.
 */
final class PosixFifos extends Fifos {

    @Override
    void create(Path fifo) throws IOException {
        Posix.makeFifo(fifo);
    }

    @Override
    PipeEnd readEnd(Path fifo) {
        return new ReadEnd(fifo);
    }

    @Override
    PipeEnd writeEnd(Path fifo) {
        return new WriteEnd(fifo);
    }

    /** By flock(2), as other programs do: it knows nothing of the locks that the JDK takes. */
    @Override
    @Nullable
    Closeable tryLock(Path file) throws IOException {
        int fd = Posix.openLockFile(file);
        if (Posix.tryFlock(fd)) {
            return () -> Posix.closeQuietly(fd);
        }
        Posix.closeQuietly(fd);
        return null;
    }

    private static Path path(int fd) {
        return Path.of("/proc/self/fd/" + fd);
    }

    /**
     * Opens a channel on the FIFO behind a descriptor. Waiting here would be for ever if the other side has come and gone
     * already; while both directions are open it does not wait.
     */
    private static FileChannel channel(int fd, OpenOption direction) throws IOException {
        Path fifo = path(fd);
        FileChannel both;
        try {
            both = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (AccessDeniedException e) {
            return FileChannel.open(fifo, direction); // one direction is all we may
        }
        try {
            return FileChannel.open(fifo, direction);
        } finally {
            both.close();
        }
    }

    private static final class ReadEnd extends PipeEnd {

        private final Path fifo;
        private int event = -1; // says that this end was closed, while it waits

        ReadEnd(Path fifo) {
            this.fifo = fifo;
        }

        @Override
        FileChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            int held = Posix.openForReading(fifo);
            int closing = -1;
            try {
                closing = Posix.newEvent();
                releaseBy(closing);
                Posix.enlarge(held, PIPE_BYTES);
                // poll tells "no writer yet" (nothing) from "bytes" and from "a writer came and went"
                while (!Posix.await(held, closing, deadline.remainingMillis())) {
                    if (deadline.hasPassed()) {
                        throw new InterruptedIOException("no writer");
                    }
                }
                failIfClosed();
                if (!onPeer.mayOpen()) {
                    throw new AsynchronousCloseException();
                }
                return opened(channel(held, StandardOpenOption.READ));
            } finally {
                releaseBy(-1);
                Posix.closeQuietly(closing);
                Posix.closeQuietly(held);
            }
        }

        private synchronized void releaseBy(int event) {
            this.event = event;
            if (isClosed()) {
                release();
            }
        }

        @Override
        void release() {
            if (event >= 0) {
                Posix.raise(event);
            }
        }
    }

    private static final class WriteEnd extends PipeEnd {

        private static final long FIRST_PAUSE_NANOS = 1_000_000;
        private static final long LAST_PAUSE_NANOS = 10_000_000;

        private final Path fifo;
        private int held = -1; // of the opening thread

        WriteEnd(Path fifo) {
            this.fifo = fifo;
        }

        @Override
        FileChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            held = awaitReader(deadline);
            if (!onPeer.mayOpen()) {
                throw new AsynchronousCloseException();
            }
            Posix.enlarge(held, PIPE_BYTES);
            return opened(channel(held, StandardOpenOption.WRITE));
        }

        /** The reader sees the end of the pipe when the last descriptor is closed, so the report is there by then. */
        @Override
        void free() throws IOException {
            close();
            if (held >= 0) {
                Posix.closeQuietly(held);
                held = -1;
            }
        }

        private int awaitReader(Deadline deadline) throws IOException {
            long pause = FIRST_PAUSE_NANOS;
            while (true) {
                failIfClosed();
                try {
                    return Posix.openForWriting(fifo);
                } catch (Posix.ErrnoException e) {
                    if (e.errno() != Posix.ENXIO) {
                        throw e;
                    }
                }
                if (deadline.hasPassed()) {
                    throw new InterruptedIOException("no reader");
                }
                LockSupport.parkNanos(pause);
                pause = Math.min(LAST_PAUSE_NANOS, pause + pause / 4);
            }
        }

        @Override
        void release() {
            // the opening thread looks every few milliseconds
        }
    }
}
