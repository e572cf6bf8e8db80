package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.ChannelThread;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * One side of a pipe. The pipe's thread opens and uses it. Any thread may close it, which releases the pipe's thread
 * from any wait.
 *
 * <pre>
 *   new --open--&gt; waiting for the other side --&gt; open: a blocking channel
 *    |                    |                        |
 *    +------close---------+--------close-----------+--&gt; closed: every call fails with AsynchronousCloseException
 * </pre>
 */
abstract class PipeSide implements Closeable {

    /** Callbacks of a side that is being opened, on the opening thread. Each method may end the opening by throwing. */
    interface OnPeer {

        /**
         * Called when the pipe is open, perhaps before the other side has opened it.
         *
         * @param opened a path to the file that was opened, or null if only its name is known
         */
        default void opened(@Nullable Path opened) throws IOException {}

        /** Called several times a second while this side waits for the other one. */
        default void waiting() throws IOException {}

        /**
         * Called when the other side has closed the pipe without a byte, or when a program that removes the pipe has
         * opened and closed it.
         */
        default void left() throws IOException {}

        /** Called when the other side has opened the pipe. Returns whether to continue. */
        boolean mayOpen() throws IOException;
    }

    /** Closes files for threads that must not block: {@code close} waits until no thread reads or writes the file. */
    private static final ChannelThread CLOSING = new ChannelThread("close");

    private boolean closed;
    private @Nullable Channel channel;

    /**
     * Waits for the other side and opens this one.
     *
     * @param deadline the time at which to give up
     * @param onPeer called once when the other side has opened the pipe, before anything is read or written
     * @throws AsynchronousCloseException if this side was closed, or if {@code onPeer} does not allow it to continue
     * @throws InterruptedIOException if the deadline has passed
     */
    abstract ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException;

    /**
     * Called when nothing more will be written, at the end or after an error. Notifies the reader if this kind of pipe
     * can do so.
     *
     * @param error the reason if the pipe ends early, otherwise null
     * @return false if the reader had left before
     */
    boolean finish(@Nullable Throwable error) throws IOException {
        return true;
    }

    /**
     * Returns whether the reader is known to have left. Called for an open writing side, between writes, by the thread
     * that writes.
     */
    boolean readerHasLeft() throws IOException {
        return false;
    }

    /** Releases the opening thread. Called once, with the lock held, even if no thread waits. Does not block. */
    abstract void release() throws IOException;

    /**
     * Closes this side when the opening thread no longer uses it, and releases everything that {@link #close} had to
     * keep.
     */
    void free() throws IOException {
        close();
    }

    /** Attaches the channel to this side, so that both are closed together. */
    final synchronized <C extends Channel> C opened(C channel) throws IOException {
        this.channel = channel;
        if (closed) {
            channel.close();
            throw new AsynchronousCloseException();
        }
        return channel;
    }

    final synchronized boolean isClosed() {
        return closed;
    }

    final void failIfClosed() throws AsynchronousCloseException {
        if (isClosed()) {
            throw new AsynchronousCloseException();
        }
    }

    /**
     * Closes this side. On a thread that must not block, such as that of a timer, it does not wait: another thread then
     * closes the channel.
     */
    @Override
    public final void close() throws IOException {
        Channel open;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            open = channel;
            release();
        }
        if (open == null) {
            return;
        }
        if (Schedulers.isInNonBlockingThread()) {
            CLOSING.execute(() -> closeUnchecked(open));
        } else {
            open.close();
        }
    }

    private static void closeUnchecked(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Opens a FIFO for both reading and writing, which never waits, and closes it. This releases a thread that waits
     * for the other side.
     */
    static void touch(Path fifo) throws IOException {
        FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)
                .close();
    }

    /** As {@link #touch}, but fails at a symbolic link. */
    static void touchItself(Path fifo) throws IOException {
        FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)
                .close();
    }
}
