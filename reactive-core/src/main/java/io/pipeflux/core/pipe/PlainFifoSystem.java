package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.KeyText;
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
 * Creates and opens FIFOs with the JDK only. This approach has three limitations:
 *
 * <ul>
 *   <li>Opening a FIFO blocks until the other side has opened it, and the JDK cannot interrupt this wait. Therefore, a
 *       daemon thread opens the FIFO. When the deadline has passed or the side is closed, the FIFO is opened by its
 *       name in both directions, which releases the daemon thread. This release is impossible if this process has
 *       permission only to read or only to write the FIFO, or if the name no longer exists. In that case, the daemon
 *       thread is abandoned: it ends when the other side opens the FIFO, and then closes its own channel. No thread
 *       waits for it.
 *   <li>The reason why a write failed is unknown, because the JDK reports the kernel's error only as a text in the
 *       system's language. Therefore, a write fails even if its reader has merely left early.
 *   <li>The pipes are created by the command {@code mkfifo}, and keep their default size.
 * </ul>
 */
final class PlainFifoSystem extends FifoSystem {

    private static final long LOOK_NANOS = 20_000_000;
    private static final int RELEASES = 50;
    private static final int FIRST_BYTES = 4096; // not larger than the smallest allowed chunk size

    @Override
    void create(Path fifo) throws IOException {
        Process mkfifo = new ProcessBuilder("mkfifo", "-m", "600", fifo.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(mkfifo.getInputStream().readAllBytes(), Charset.defaultCharset());
        if (exitCode(mkfifo) != 0) {
            throw new IOException(said.strip());
        }
    }

    /**
     * Waits for the process to end. This wait is short, because the process has already closed its output. If the
     * thread is interrupted during the wait, its interrupt flag is set again afterwards.
     */
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
        private @Nullable FileChannel held; // used only by the thread that opens this side

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
                    throw new InterruptedIOException(
                            "no " + (direction == StandardOpenOption.WRITE ? "reader" : "writer"));
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
            onPeer.opened(null); // the JDK does not expose a channel's descriptor
            boolean writes = direction == StandardOpenOption.WRITE;
            ByteChannel bytes = writes ? new DoubtfulWrites(channel) : begin(channel, onPeer);
            held = writes ? held() : null;
            if (!onPeer.mayOpen()) {
                throw new AsynchronousCloseException();
            }
            return bytes;
        }

        /**
         * Waits for the first bytes. If the pipe ends without any bytes, the other side may have been only a program
         * that removes the pipe, so this method calls {@link OnPeer#left}.
         */
        private static ByteChannel begin(FileChannel channel, OnPeer onPeer) throws IOException {
            ByteBuffer first = ByteBuffer.allocate(FIRST_BYTES);
            if (channel.read(first) < 0) {
                onPeer.left();
            }
            return new BegunReads(channel, first.flip());
        }

        /**
         * Opens a second writing channel on the FIFO. The reader sees the end only after both channels are closed, and
         * the second channel is closed only after the report is complete. Opening a writing channel could block until a
         * reader opens the FIFO. To prevent this, the FIFO is also opened in both directions until the second channel
         * is open. Returns null if the FIFO cannot be opened in both directions.
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
            // Does nothing, because the thread that opens this side regularly checks for a close.
        }
    }

    /** Opens a FIFO on a dedicated thread, because the call that opens it may block indefinitely. */
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
            Thread thread = new Thread(this, "pipeflux-open-" + KeyText.printable(String.valueOf(fifo.getFileName())));
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

        /**
         * Stops waiting for the thread that opens the FIFO. Called if a different FIFO now has the name, while the
         * thread still waits for the other side of the old FIFO.
         */
        void abandon() {
            CompletableFuture<Void> unused = opened.thenAccept(Opening::close);
        }

        /**
         * Releases the thread, which then closes its channel. The release is repeated, because the thread may not have
         * begun to wait yet.
         */
        void giveUp() {
            CompletableFuture<Void> unused = opened.thenAccept(Opening::close);
            for (int i = 0; i < RELEASES && !isDone(); i++) {
                try {
                    PipeSide.touch(fifo);
                } catch (IOException e) {
                    return; // the name no longer exists, or opening is not permitted, so the thread is abandoned
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }

        private static void close(FileChannel channel) {
            try {
                channel.close();
            } catch (IOException e) {
                // nothing was read or written, so nothing is lost
            }
        }
    }

    /** A writing channel that cannot determine why a write has failed. */
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
                                + "; without JNA, a reader that closed the pipe early cannot be distinguished from"
                                + " other failures: add net.java.dev.jna:jna to the class path",
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
