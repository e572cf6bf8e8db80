package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.internal.ProcessLock;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Creates and opens FIFOs with system calls. Opening a FIFO this way never blocks, so every wait can be ended, even if
 * the FIFO's name no longer exists.
 *
 * <p>While a side waits for the other side, it holds a non-blocking descriptor. After the wait, the channel for reading
 * or writing is opened through {@code /proc/self/fd}. If this process has permission only to read the FIFO, or only to
 * write it, no such channel is opened. Instead, the held descriptor itself is polled and read or written.
 */
final class PosixFifoSystem extends FifoSystem {

    private final boolean mayBlock;

    PosixFifoSystem() {
        this(true);
    }

    /**
     * @param mayBlock whether to open blocking channels. If false, each side polls a non-blocking descriptor, just as
     *     it would in a process that has no permission to open the FIFO in both directions
     */
    PosixFifoSystem(boolean mayBlock) {
        this.mayBlock = mayBlock;
    }

    @Override
    void create(Path fifo) throws IOException {
        Posix.makeFifo(fifo);
    }

    /**
     * Opens the file first, and then sets the access permissions of the open file. Therefore, no other file is
     * affected, even if a link or a different file replaces the file in the meantime.
     */
    @Override
    void grant(Path file, FileAccess access) throws IOException {
        int fd = Posix.openItself(file);
        try {
            access.grantOpened(Posix.path(fd), file);
        } finally {
            Posix.closeQuietly(fd);
        }
    }

    @Override
    PipeSide readSide(Path fifo) {
        return new ReadSide(fifo, mayBlock);
    }

    @Override
    PipeSide writeSide(Path fifo) {
        return new WriteSide(fifo, mayBlock);
    }

    @Override
    @Nullable
    Long bornNanos(Path file) throws IOException {
        return Posix.bornNanos(file);
    }

    /**
     * Locks the file with flock(2), as the other programs that use the file do. The locks of the JDK are of another
     * kind and are independent of these locks.
     */
    @Override
    @Nullable
    Closeable tryLock(Path file) throws IOException {
        return ProcessLock.tryTake(file, PosixFifoSystem::flock);
    }

    private static @Nullable Closeable flock(Path file) throws IOException {
        int fd;
        try {
            fd = Posix.openLockFile(file);
        } catch (Posix.ErrnoException e) {
            throw e.errno() == Posix.EACCES ? ProcessLock.denied(file) : e;
        }
        boolean locked = false;
        try {
            locked = Posix.tryFlock(fd);
            return locked ? () -> Posix.closeQuietly(fd) : null;
        } finally {
            if (!locked) {
                Posix.closeQuietly(fd);
            }
        }
    }

    /**
     * Opens a blocking channel on the FIFO to which a descriptor refers, because such a channel is faster than polling
     * the descriptor. If the other side has already left, opening the channel could wait forever. To prevent this, the
     * FIFO is also opened in both directions while the channel is opened.
     *
     * @return null if the FIFO cannot be opened in both directions, for example because this process has permission
     *     only to read it or only to write it. In that case, the caller uses the descriptor itself, see
     *     {@link HeldFifo}
     */
    private static @Nullable FileChannel blocking(int fd, OpenOption direction) {
        Path fifo = Posix.path(fd);
        try (FileChannel both = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return both.isOpen() ? FileChannel.open(fifo, direction) : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static final class ReadSide extends PipeSide {

        private static final int LOOK_MILLIS = 100;
        private static final int WITHOUT_LIMIT = -1;
        private static final int FIRST_BYTES = 4096; // not larger than the smallest allowed chunk size

        private final Path fifo;
        private final boolean mayBlock;
        // the descriptor of the event that is raised if this side is closed while it waits, or -1 if there is no event
        private int event = -1;

        ReadSide(Path fifo, boolean mayBlock) {
            this.fifo = fifo;
            this.mayBlock = mayBlock;
        }

        @Override
        ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            int held = openWithoutWaiting();
            int closing = -1;
            boolean reading = false; // whether the held descriptor itself is read
            try {
                closing = Posix.newEvent();
                releaseBy(closing);
                Posix.enlarge(held, PIPE_BYTES);
                onPeer.opened(Posix.path(held));
                ByteBuffer first = ByteBuffer.allocate(FIRST_BYTES);
                if (awaitWriter(held, closing, deadline, onPeer, first)) {
                    awaitBytes(held, closing);
                }
                if (first.flip().limit() == 0 && !Posix.hasBytes(held)) {
                    onPeer.left();
                }
                if (!onPeer.mayOpen()) {
                    throw new AsynchronousCloseException();
                }
                FileChannel blocking = !mayBlock ? null : blocking(held, StandardOpenOption.READ);
                if (blocking != null) {
                    return opened(begun(blocking, first));
                }
                reading = true;
                return opened(begun(HeldFifo.reading(held, closing), first));
            } finally {
                releaseBy(-1);
                if (!reading) {
                    Posix.closeQuietly(closing);
                    Posix.closeQuietly(held);
                }
            }
        }

        /**
         * Waits until a writer has opened the pipe, even if that writer has already left again. poll(2) reports that
         * bytes have arrived or that writers have left, but not that a writer has the pipe open. Therefore, this method
         * also tries to read.
         *
         * @param first receives the bytes that the read may return
         * @return true if a writer has opened the pipe but has not written yet
         */
        private boolean awaitWriter(int held, int closing, Deadline deadline, OnPeer onPeer, ByteBuffer first)
                throws IOException {
            while (!Posix.await(held, Posix.POLLIN, closing, Math.min(LOOK_MILLIS, deadline.remainingMillis()))) {
                failIfClosed();
                int count = Posix.read(held, first);
                if (count != 0) {
                    return count == Posix.NOT_NOW;
                }
                if (deadline.hasPassed()) {
                    throw new InterruptedIOException("no writer");
                }
                onPeer.waiting();
            }
            failIfClosed();
            return false;
        }

        /**
         * Waits for bytes. This wait has no time limit, because a writer that has the pipe open may write nothing for
         * hours.
         */
        private void awaitBytes(int held, int closing) throws IOException {
            while (!Posix.await(held, Posix.POLLIN, closing, WITHOUT_LIMIT)) {
                failIfClosed(); // a signal has interrupted the wait
            }
            failIfClosed();
        }

        private static ByteChannel begun(ByteChannel channel, ByteBuffer first) {
            return first.hasRemaining() ? new BegunReads(channel, first) : channel;
        }

        private int openWithoutWaiting() throws IOException {
            try {
                return Posix.openForReading(fifo);
            } catch (Posix.ErrnoException e) {
                if (e.errno() == Posix.ENOENT) {
                    throw new NoSuchFileException(fifo.toString());
                }
                throw e.errno() == Posix.EACCES ? new AccessDeniedException(fifo.toString()) : e;
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

    private static final class WriteSide extends PipeSide {

        private static final long FIRST_PAUSE_NANOS = 1_000_000;
        private static final long LAST_PAUSE_NANOS = 10_000_000;

        private final Path fifo;
        private final boolean mayBlock;
        private int held = -1; // used only by the thread that opens this side

        WriteSide(Path fifo, boolean mayBlock) {
            this.fifo = fifo;
            this.mayBlock = mayBlock;
        }

        @Override
        ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            held = awaitReader(deadline);
            if (!onPeer.mayOpen()) {
                throw new AsynchronousCloseException();
            }
            Posix.enlarge(held, PIPE_BYTES);
            FileChannel blocking = !mayBlock ? null : blocking(held, StandardOpenOption.WRITE);
            if (blocking != null) {
                return opened(new BlockingWrites(blocking, held));
            }
            return opened(HeldFifo.writing(held, Posix.newEvent()));
        }

        /**
         * Closes the last descriptor. Only then does the reader see the end of the pipe. Therefore the report must be
         * complete before this method is called.
         */
        @Override
        void free() throws IOException {
            close();
            if (held >= 0) {
                Posix.closeQuietly(held);
                held = -1;
            }
        }

        @Override
        boolean readerHasLeft() throws IOException {
            return held >= 0 && Posix.hasNoReader(held);
        }

        private int awaitReader(Deadline deadline) throws IOException {
            long pause = FIRST_PAUSE_NANOS;
            while (true) {
                failIfClosed();
                try {
                    return Posix.openForWriting(fifo);
                } catch (Posix.ErrnoException e) {
                    if (e.errno() == Posix.EACCES) {
                        throw new AccessDeniedException(fifo.toString());
                    }
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
            // Does nothing, because the thread that opens this side checks every few milliseconds for a close.
        }
    }

    /**
     * A blocking channel for writing. If a write fails, poll(2) on the descriptor {@code held} shows whether the reader
     * has left.
     */
    private record BlockingWrites(FileChannel channel, int held) implements WritingChannel {

        @Override
        public int write(ByteBuffer chunk) throws IOException {
            try {
                return channel.write(chunk);
            } catch (IOException e) {
                if (channel.isOpen() && Posix.hasNoReader(held)) {
                    throw new ReaderLeftException(e);
                }
                throw e;
            }
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
