package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;

/**
 * Reads or writes a FIFO through a non-blocking descriptor, and waits with poll(2). This class is used in a process
 * that has permission only to read the FIFO, or only to write it. In such a process, opening a blocking channel might
 * wait forever. A read or write makes one system call if it can proceed immediately, and three if it has to wait.
 *
 * <p>One thread reads or writes, and any thread may close the channel. The reading or writing thread also waits for an
 * event, which {@link #close} raises. The descriptors are closed only after the last call that uses them has returned,
 * because the kernel reuses the numbers of closed descriptors.
 */
final class HeldFifo implements ByteChannel {

    private static final int WITHOUT_LIMIT = -1;

    private final int fifo;
    private final int closing; // the descriptor of the event that close() raises
    private final boolean ownsFifo;
    private boolean busy;
    private boolean closed;

    private HeldFifo(int fifo, int closing, boolean ownsFifo) {
        this.fifo = fifo;
        this.closing = closing;
        this.ownsFifo = ownsFifo;
    }

    /**
     * Returns a channel that reads a FIFO that a writer has opened. Closing the channel closes the descriptors of the
     * FIFO and of the event.
     *
     * @param closing an event that has not been raised
     */
    static HeldFifo reading(int fifo, int closing) {
        return new HeldFifo(fifo, closing, true);
    }

    /**
     * Returns a channel that writes into a FIFO. Closing the channel closes the event, but not the FIFO's descriptor.
     * The caller must close the FIFO's descriptor after this channel was closed and all calls on it have returned.
     *
     * @param closing an event that has not been raised
     */
    static HeldFifo writing(int fifo, int closing) {
        return new HeldFifo(fifo, closing, false);
    }

    @Override
    public int read(ByteBuffer chunk) throws IOException {
        if (!chunk.hasRemaining()) {
            return 0;
        }
        begin();
        try {
            int count = Posix.read(fifo, chunk);
            while (count == Posix.NOT_NOW) {
                await(Posix.POLLIN);
                count = Posix.read(fifo, chunk);
            }
            return count == 0 ? -1 : count;
        } finally {
            end();
        }
    }

    @Override
    public int write(ByteBuffer chunk) throws IOException {
        if (!chunk.hasRemaining()) {
            return 0;
        }
        begin();
        try {
            int count = Posix.write(fifo, chunk);
            while (count == Posix.NOT_NOW) {
                await(Posix.POLLOUT);
                count = Posix.write(fifo, chunk);
            }
            return count;
        } catch (Posix.ErrnoException e) {
            throw e.errno() == Posix.EPIPE ? new ReaderLeftException(e) : e;
        } finally {
            end();
        }
    }

    private void await(short events) throws IOException {
        Posix.await(fifo, events, closing, WITHOUT_LIMIT);
        if (!isOpen()) {
            throw new AsynchronousCloseException();
        }
    }

    private synchronized void begin() throws AsynchronousCloseException {
        if (closed) {
            throw new AsynchronousCloseException();
        }
        busy = true;
    }

    private synchronized void end() {
        busy = false;
        if (closed) {
            free();
        }
    }

    @Override
    public synchronized boolean isOpen() {
        return !closed;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (busy) {
            Posix.raise(closing);
        } else {
            free();
        }
    }

    private void free() {
        Posix.closeQuietly(closing);
        if (ownsFifo) {
            Posix.closeQuietly(fifo);
        }
    }
}
