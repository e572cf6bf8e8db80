package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Transfers bytes over a socket in frames, so that the reader can distinguish the end of the bytes from the loss of the
 * writer. First the reader sends a greeting: the 4 bytes {@code PFX1}. Then the writer sends these frames, in which all
 * integers are big-endian:
 *
 * <pre>{@code
 *                               +--------------+---------- ... -+
 *   any number of chunks        |  n (int32)   |  n bytes       |   n > 0
 *                               +--------------+---------- ... -+
 *   then the end                |  0 (int32)   |
 *                               +--------------+--------------+---------- ... -+
 *   or the error of the writer  | -1 (int32)   |  n (int32)   |  n bytes       |   a message in UTF-8
 *                               +--------------+--------------+---------- ... -+
 * }</pre>
 *
 * <p>After the end or the error, the writer closes the socket. If the socket is closed without an end or an error, the
 * writer was lost.
 */
final class SocketFrames implements ByteChannel {

    private static final byte[] HELLO = {'P', 'F', 'X', '1'};
    static final int HELLO_BYTES = HELLO.length;
    private static final int END = 0;
    private static final int FAILURE = -1;
    private static final int LONGEST_MESSAGE = 64 << 10;

    private final SocketChannel socket;
    private final String name;
    private final ByteBuffer header = ByteBuffer.allocate(Integer.BYTES);
    private int left; // the number of unread bytes of the current frame
    private boolean ended;
    private long total;

    SocketFrames(SocketChannel socket, String name) {
        this.socket = socket;
        this.name = name;
    }

    /** Sends the reader's greeting. Throws {@code WriterLostException} if the writer has closed the socket. */
    void sayHello() throws IOException {
        try {
            writeFully(ByteBuffer.wrap(HELLO));
        } catch (PeerGoneException e) {
            throw new WriterLostException(0, e);
        }
    }

    /** Returns whether the bytes are the greeting of a reader. */
    static boolean isHello(ByteBuffer said) {
        return ByteBuffer.wrap(HELLO).equals(said);
    }

    @Override
    public int read(ByteBuffer chunk) throws IOException {
        if (left == 0 && !ended) {
            beginFrame();
        }
        if (ended) {
            return -1;
        }
        int limit = chunk.limit();
        chunk.limit(chunk.position() + Math.min(chunk.remaining(), left));
        int count;
        try {
            count = receive(chunk);
        } finally {
            chunk.limit(limit);
        }
        left -= count;
        total += count;
        return count;
    }

    private void beginFrame() throws IOException {
        int length = readInt();
        if (length > 0) {
            left = length;
        } else if (length == END) {
            ended = true;
        } else if (length == FAILURE) {
            ByteBuffer message = ByteBuffer.allocate(Math.min(LONGEST_MESSAGE, Math.max(0, readInt())));
            readFully(message);
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.WRITER_FAILED,
                    "the writer ended the pipe after " + total + " bytes: " + StandardCharsets.UTF_8.decode(message),
                    name,
                    null,
                    null);
        } else {
            throw new IOException("expected the length of a frame after " + total + " bytes, but got " + length);
        }
    }

    private int readInt() throws IOException {
        readFully(header.clear());
        return header.getInt();
    }

    private void readFully(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            receive(buffer);
        }
        buffer.flip();
    }

    private int receive(ByteBuffer buffer) throws IOException {
        try {
            int count = socket.read(buffer);
            if (count >= 0) {
                return count;
            }
        } catch (SocketException e) { // connection reset: the other side has not read all bytes
            throw new WriterLostException(total, e);
        }
        throw new WriterLostException(total, null);
    }

    @Override
    public int write(ByteBuffer chunk) throws IOException {
        int count = chunk.remaining();
        if (count > 0) { // an empty chunk is not sent, because a frame without bytes means the end
            writeToReader(header.clear().putInt(count).flip(), chunk);
        }
        return count;
    }

    /**
     * Sends the writer's end frame, or its error frame if there is an error. Throws {@code ReaderLeftException} if the
     * reader has left.
     */
    void writeEnd(@Nullable Throwable error) throws IOException {
        if (error == null) {
            writeToReader(header.clear().putInt(END).flip());
            return;
        }
        byte[] message = PipeReport.reason(error).getBytes(StandardCharsets.UTF_8);
        int length = Math.min(LONGEST_MESSAGE, message.length);
        writeToReader(ByteBuffer.allocate(2 * Integer.BYTES + length)
                .putInt(FAILURE)
                .putInt(length)
                .put(message, 0, length)
                .flip());
    }

    /**
     * Returns whether the reader has closed the socket. Does not wait. The writing thread calls this method between its
     * writes.
     */
    boolean readerHasLeft() throws IOException {
        if (peerIsGone()) {
            return true;
        }
        socket.configureBlocking(true);
        return false;
    }

    private void writeToReader(ByteBuffer... buffers) throws IOException {
        try {
            writeFully(buffers);
        } catch (PeerGoneException e) {
            throw new ReaderLeftException(e);
        }
    }

    private void writeFully(ByteBuffer... buffers) throws IOException {
        try {
            while (buffers[buffers.length - 1].hasRemaining()) {
                socket.write(buffers);
            }
        } catch (IOException e) {
            throw peerIsGone() ? new PeerGoneException(e) : e;
        }
    }

    /**
     * Returns whether the other side has closed the socket. To determine this, tries to read without waiting. The other
     * side has closed the socket if the read returns the end of the stream or fails with a {@code SocketException},
     * because a read throws this exception only for ECONNRESET.
     */
    private boolean peerIsGone() {
        try {
            socket.configureBlocking(false);
            ByteBuffer unexpected = ByteBuffer.allocate(1024);
            int count = 1;
            while (count > 0) {
                count = socket.read(unexpected.clear());
            }
            return count < 0;
        } catch (SocketException e) {
            return true;
        } catch (IOException e) { // thrown if this side has closed the socket
            return false;
        }
    }

    /** Signals that a write failed because the other side has closed the socket. */
    private static final class PeerGoneException extends IOException {
        private static final long serialVersionUID = 1L;

        PeerGoneException(IOException write) {
            super("the other side has closed the socket", write);
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
