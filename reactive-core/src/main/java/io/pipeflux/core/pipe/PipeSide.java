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
 * The reading or the writing side of a pipe. The pipe's thread opens and uses this side. Any thread may close the side.
 * Closing it ends every wait of the pipe's thread.
 *
 * <pre>{@code
 *   new --open--> waiting for the other side --> open: a blocking channel
 *    |                    |                        |
 *    +------close---------+--------close-----------+--> closed: every call fails with AsynchronousCloseException
 * }</pre>
 */
abstract class PipeSide implements Closeable {

    /**
     * Receives notifications while a side is being opened, on the thread that opens it. Each method may abort the
     * opening by throwing an exception.
     */
    interface OnPeer {

        /**
         * Signals that this side of the pipe is open. The other side might not be open yet.
         *
         * @param opened a path to the file that was opened, or null if only its name is known
         */
        default void opened(@Nullable Path opened) throws IOException {}

        /** Signals, several times a second, that this side still waits for the other side. */
        default void waiting() throws IOException {}

        /**
         * Signals that the other side has closed the pipe without writing a byte. The other side may have been only a
         * program that opens the pipe briefly in order to remove it.
         */
        default void left() throws IOException {}

        /** Signals that the other side has opened the pipe. Returns whether to continue. */
        boolean mayOpen() throws IOException;
    }

    /**
     * Closes files on behalf of threads that must not block. Such threads cannot close a file themselves, because
     * closing waits until no thread reads or writes the file.
     */
    private static final ChannelThread CLOSING = new ChannelThread("close");

    private boolean closed;
    private @Nullable Channel channel;

    /**
     * Opens this side, and waits until the other side is open.
     *
     * @param deadline the time at which to give up
     * @param onPeer is notified while this side is being opened. Its method {@code mayOpen} is called once: after the
     *     other side has opened the pipe, and before this side is used for reading or writing
     * @throws AsynchronousCloseException if this side was closed, or if {@code onPeer} does not allow it to continue
     * @throws InterruptedIOException if the deadline has passed
     */
    abstract ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException;

    /**
     * Notifies the reader of the end of the bytes, if this kind of pipe can do so. Called when nothing more will be
     * written, because all bytes were written or because of an error.
     *
     * @param error the reason why the pipe ends early, or null if it does not end early
     * @return false if the reader had already left
     */
    boolean finish(@Nullable Throwable error) throws IOException {
        return true;
    }

    /**
     * Returns whether the reader is known to have left. Called by the writing thread, between its writes, while this
     * side is open.
     */
    boolean readerHasLeft() throws IOException {
        return false;
    }

    /** Releases the thread that waits for the pipe to open, if any. Called once, with the lock held. Never blocks. */
    abstract void release() throws IOException;

    /**
     * Closes this side, and also releases the resources that {@link #close} must keep because the thread that opened
     * this side may be using them. Called when that thread no longer uses this side.
     */
    void free() throws IOException {
        close();
    }

    /** Attaches a channel to this side. The channel is closed when this side is closed. */
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
     * Closes this side. If the calling thread must not block (for example, a timer thread), a different thread closes
     * the channel, and this method returns immediately.
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
     * Opens a FIFO for both reading and writing, and closes it again. Opening a FIFO this way never blocks, and
     * releases any thread that waits for the other side to open the FIFO.
     */
    static void touch(Path fifo) throws IOException {
        FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)
                .close();
    }

    /** Does the same as {@link #touch}, but fails if the file is a symbolic link. */
    static void touchItself(Path fifo) throws IOException {
        FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)
                .close();
    }
}
