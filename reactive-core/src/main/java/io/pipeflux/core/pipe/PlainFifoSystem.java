package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.ProcessLock;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * FIFOs with the JDK alone. Its limits:
 *
 * <ul>
 *   <li>Opening blocks until the other side has come, and the JDK cannot end that. So it happens on a thread of its
 *       own, a daemon. Who gives up, at a deadline or by closing, opens the FIFO in both directions by its name, which
 *       releases that thread. Where that is not permitted (this process may only read the FIFO, or only write it), or
 *       where the name is gone, the thread is left alone: it ends when the other side comes, and closes what it has
 *       opened. Giving up itself never waits for it.
 *   <li>Why a write failed is not known: the JDK reports the kernel's error number as a text, in the system's language.
 *       So a reader that leaves early is an error of the writing here, as any failure is.
 *   <li>Pipes keep their default size, and are made by the command {@code mkfifo}.
 * </ul>
 */
final class PlainFifoSystem extends FifoSystem {

    private static final long LOOK_NANOS = 20_000_000;
    private static final int RELEASES = 50;
    private static final int FIRST_BYTES = 4096; // no more than the smallest chunk

    @Override
    void create(Path fifo) throws IOException {
        Process mkfifo = new ProcessBuilder("mkfifo", fifo.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(mkfifo.getInputStream().readAllBytes(), Charset.defaultCharset());
        if (exitCode(mkfifo) != 0) {
            throw new IOException(said.strip());
        }
    }

    /** It has closed its output, so it ends in a moment: an interrupt is kept for whoever waits longer. */
    private static int exitCode(Process process) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    PipeSide readSide(Path fifo) {
        return new NamedSide(fifo, StandardOpenOption.READ);
    }

    @Override
    PipeSide writeSide(Path fifo) {
        return new NamedSide(fifo, StandardOpenOption.WRITE);
    }

    @Override
    @Nullable
    Closeable tryLock(Path file) throws IOException {
        return ProcessLock.tryTake(file);
    }

    private static final class NamedSide extends PipeSide {

        private final Path fifo;
        private final OpenOption direction;
        private @Nullable FileChannel held; // of the opening thread

        NamedSide(Path fifo, OpenOption direction) {
            this.fifo = fifo;
            this.direction = direction;
        }

        @Override
        ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            Opening opening = new Opening(fifo, direction);
            opening.start();
            while (!opening.isDone()) {
                if (isClosed() || deadline.hasPassed()) {
                    opening.giveUp();
                    failIfClosed();
                    throw new InterruptedIOException("nobody at the other side");
                }
                try {
                    onPeer.waiting();
                } catch (PipeRemovedException e) {
                    opening.abandon();
                    throw e;
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
            FileChannel channel = opened(opening.channel());
            onPeer.opened(null); // the JDK does not give a channel's descriptor away
            boolean writes = direction == StandardOpenOption.WRITE;
            ByteChannel bytes = writes ? new DoubtfulWrites(channel) : begin(channel, onPeer);
            held = writes ? held() : null;
            if (!onPeer.mayOpen()) {
                throw new AsynchronousCloseException();
            }
            return bytes;
        }

        /** The first bytes are awaited here: where there are none, whoever removed the pipe may have opened it. */
        private static ByteChannel begin(FileChannel channel, OnPeer onPeer) throws IOException {
            ByteBuffer first = ByteBuffer.allocate(FIRST_BYTES);
            if (channel.read(first) < 0) {
                onPeer.left();
            }
            return new BegunReads(channel, first.flip());
        }

        /**
         * Another channel on the FIFO, so that the reader sees its end when both are closed, and the report is there by
         * then. Opened while both directions are open, or it might wait; null where that is not permitted.
         */
        private @Nullable FileChannel held() {
            try (FileChannel both = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return both.isOpen() ? FileChannel.open(fifo, StandardOpenOption.WRITE) : null;
            } catch (IOException e) {
                return null;
            }
        }

        @Override
        void free() throws IOException {
            close();
            if (held != null) {
                held.close();
                held = null;
            }
        }

        @Override
        void release() {
            // the opening thread looks every few milliseconds
        }
    }

    /** An {@code open} that may block for as long as it likes. */
    private static final class Opening implements Runnable {

        private final Path fifo;
        private final OpenOption direction;
        private final Thread waiting = Thread.currentThread();
        private final CompletableFuture<FileChannel> opened = new CompletableFuture<>();

        Opening(Path fifo, OpenOption direction) {
            this.fifo = fifo;
            this.direction = direction;
        }

        void start() {
            Thread thread = new Thread(this, "pipeflux-open-" + fifo.getFileName());
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void run() {
            try {
                opened.complete(FileChannel.open(fifo, direction));
            } catch (Throwable t) {
                opened.completeExceptionally(t);
            }
            LockSupport.unpark(waiting);
        }

        boolean isDone() {
            return opened.isDone();
        }

        FileChannel channel() throws IOException {
            Throwable failure = opened.handle((channel, t) -> t).join();
            if (failure instanceof IOException e) {
                throw e;
            }
            return opened.join();
        }

        /** The name leads to another FIFO: the thread waits in the old one until the process ends. */
        void abandon() {
            CompletableFuture<Void> unused = opened.thenAccept(Opening::close);
        }

        /** What it opens is closed. It may be about to block when it is released, so that is repeated. */
        void giveUp() {
            CompletableFuture<Void> unused = opened.thenAccept(Opening::close);
            for (int i = 0; i < RELEASES && !isDone(); i++) {
                try {
                    PipeSide.touch(fifo);
                } catch (IOException e) {
                    return; // not permitted, or the name is gone: it is left alone
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }

        private static void close(FileChannel channel) {
            try {
                channel.close();
            } catch (IOException e) {
                // nothing was read or written
            }
        }
    }

    /** A channel for writing that does not know why a write fails. */
    private record DoubtfulWrites(FileChannel channel) implements WritingChannel {

        @Override
        public int write(ByteBuffer chunk) throws IOException {
            try {
                return channel.write(chunk);
            } catch (IOException e) {
                if (!channel.isOpen()) {
                    throw e;
                }
                throw new IOException(
                        e.getMessage()
                                + "; if the reader closed the pipe early, that cannot be known here: add"
                                + " net.java.dev.jna:jna to the class path",
                        e);
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
