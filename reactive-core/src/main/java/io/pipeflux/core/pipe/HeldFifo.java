package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;

/**
 * Reads or writes, by poll(2), a descriptor that was opened without blocking. It is for a process that may only read
 * the FIFO, or only write it: opening a blocking channel might then wait for ever. A read costs one system call if
 * bytes are available, and three if it has to wait; so does a write.
 *
 * <p>One thread uses it, any thread may close it: {@link #close} raises an event that is polled as well. The
 * descriptors are closed only when no call uses them, since the kernel would reuse their numbers.
 */
final class HeldFifo implements ByteChannel {

    private static final int WITHOUT_LIMIT = -1;

    private final int fifo;
    private final int closing; // an event
    private final boolean ownsFifo;
    private boolean busy;
    private boolean closed;

    private HeldFifo(int fifo, int closing, boolean ownsFifo) {
        this.fifo = fifo;
        this.closing = closing;
        this.ownsFifo = ownsFifo;
    }

    /**
     * Reads a FIFO that has had a writer; closes both descriptors at the end.
     *
     * @param closing an event that has not been raised
     */
    static HeldFifo reading(int fifo, int closing) {
        return new HeldFifo(fifo, closing, true);
    }

    /**
     * Writes a FIFO; its descriptor is closed by the caller, once this is closed and no call of it is running.
     *
     * @param closing an event that has not been raised; it is closed by this channel
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
