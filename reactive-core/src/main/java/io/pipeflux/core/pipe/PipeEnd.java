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
 * One end of a pipe: opened and used by one thread, the pipe's, and closed by any, which releases that thread from
 * whatever it waits for.
 *
 * <pre>
 *   new --open--&gt; waiting for the other side --&gt; open: a blocking channel
 *    |                    |                        |
 *    +------close---------+--------close-----------+--&gt; closed: every call fails with AsynchronousCloseException
 * </pre>
 */
abstract class PipeEnd implements Closeable {

    /**
     * What an end that is being opened asks of its owner, on the opening thread; any method may end the opening by
     * throwing.
     */
    interface OnPeer {

        /**
         * The pipe is open, and the other side may not have come.
         *
         * @param opened leads to the file that was opened, or null if only its name is known
         */
        default void opened(@Nullable Path opened) throws IOException {}

        /** Called several times a second while the other side is awaited. */
        default void waiting() throws IOException {}

        /** The other side came and has left without a byte, or the pipe was opened by whoever removed it. */
        default void left() throws IOException {}

        /** The other side has come: returns whether to go on. */
        boolean mayOpen() throws IOException;
    }

    /** The JDK closes a file only when the thread that reads or writes it has left it, and waits for that. */
    private static final ChannelThread CLOSING = new ChannelThread("close");

    private boolean closed;
    private @Nullable Channel channel;

    /**
     * Waits for the other side and opens this one.
     *
     * @param deadline when to give up
     * @param onPeer called once when the other side is there, before anything is read or written
     * @throws AsynchronousCloseException if the end was closed, or must not go on
     * @throws InterruptedIOException if the deadline has passed
     */
    abstract ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException;

    /**
     * Nothing more will be written, since everything is, or for an error; notifies the reader, if this kind of pipe
     * can.
     *
     * @param error what ended it before its end, or null
     * @return false if the reader has left without it
     */
    boolean finish(@Nullable Throwable error) throws IOException {
        return true;
    }

    /**
     * Returns whether the reader is known to have left; of an open writing end, by the thread that writes, between
     * writes.
     */
    boolean readerHasLeft() throws IOException {
        return false;
    }

    /** Releases the opening thread; called with the lock held, once, also when nothing waits; does not block. */
    abstract void release() throws IOException;

    /**
     * The opening thread is done with this end: closes it, and what is held so that {@link #close} ends nothing early.
     */
    void free() throws IOException {
        close();
    }

    /** Makes the channel this end's, to be closed with it. */
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
     * Does not wait on a thread that must not block, such as a timer's that cancels: there another thread closes the
     * channel.
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
     * Opens a FIFO for reading and writing at once, which never waits, and closes it: a thread that waits for the other
     * side then goes on.
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
