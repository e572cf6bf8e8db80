package io.pipeflux.core.pipe;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The two sides of a pipe over a Unix domain socket. The writer listens for one reader. */
final class UnixSockets {

    private static final long LOOK_NANOS = 5_000_000;
    private static final int MAX_PATH_BYTES = 106; // the JDK's limit

    private UnixSockets() {}

    static PipeSide readSide(Path path) {
        return new ReadSide(path);
    }

    static PipeSide writeSide(Path path) {
        return new WriteSide(path);
    }

    /** Returns a channel that is connected to the listening process, or null if none listens. */
    static @Nullable SocketChannel connect(Path path) throws IOException {
        Object before = identity(path);
        SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean connected = false;
        try {
            connected = socket.connect(UnixDomainSocketAddress.of(path));
            return socket;
        } catch (ConnectException e) { // refused
            return null;
        } catch (SocketException e) {
            // "No such file" is no type of its own: a socket that was made or replaced meanwhile is tried again
            if (before != null && before.equals(identity(path))) {
                throw e;
            }
            return null;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** Fails if the path is too long for any socket: a reader would wait for it in vain. */
    static Path require(Path path) {
        int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PATH_BYTES) {
            throw new IllegalArgumentException("expected the path of a socket, which has at most " + MAX_PATH_BYTES
                    + " bytes, but got " + bytes + " bytes: use a shorter path (" + path + ")");
        }
        return path;
    }

    /** Returns a value that differs for another file of the same name; null if no file has the name. */
    private static @Nullable Object identity(Path path) throws IOException {
        try {
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return List.of(file.fileKey(), file.lastModifiedTime());
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static final class ReadSide extends PipeSide {

        private final Path path;

        ReadSide(Path path) {
            this.path = path;
        }

        @Override
        ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            while (true) {
                failIfClosed();
                SocketChannel socket = connect(path);
                if (socket != null) {
                    SocketFrames frames = opened(new SocketFrames(socket, path.toString()));
                    if (!onPeer.mayOpen()) {
                        throw new AsynchronousCloseException();
                    }
                    frames.sayHello();
                    return frames;
                }
                if (deadline.hasPassed()) {
                    throw new InterruptedIOException("no writer");
                }
                LockSupport.parkNanos(LOOK_NANOS); // the next writer replaces the socket of a killed one
            }
        }

        @Override
        void release() {
            // nothing to do: the opening thread checks every few milliseconds
        }
    }

    private static final class WriteSide extends PipeSide {

        private final Path path;
        private @Nullable ServerSocketChannel listening;
        private @Nullable SocketFrames frames;

        WriteSide(Path path) {
            this.path = path;
        }

        @Override
        ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            removeLeftOver();
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try (server) {
                server.bind(UnixDomainSocketAddress.of(path));
                try {
                    releaseBy(server);
                    SocketFrames reader = accept(server);
                    if (!onPeer.mayOpen()) {
                        throw new AsynchronousCloseException();
                    }
                    frames = reader;
                    return reader;
                } finally {
                    Files.deleteIfExists(path); // a pipe has one reader
                }
            }
        }

        private SocketFrames accept(ServerSocketChannel server) throws IOException {
            while (true) {
                SocketFrames reader = opened(new SocketFrames(server.accept(), path.toString()));
                if (reader.hearsHello()) {
                    return reader;
                }
                reader.close(); // it was another writer, which checked whether this one is alive
                failIfClosed();
            }
        }

        /** Removes the socket of a killed writer, which no process listens at. Fails if another writer listens. */
        private void removeLeftOver() throws IOException {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
            PathKind.SOCKET.require(path);
            SocketChannel alive = connect(path);
            if (alive != null) {
                alive.close();
                throw new IOException("another writer waits for a reader at " + path);
            }
            Files.deleteIfExists(path);
        }

        @Override
        boolean finish(@Nullable Throwable error) throws IOException {
            SocketFrames reader = frames;
            if (reader == null || isClosed()) {
                return true;
            }
            try {
                reader.writeEnd(error);
                return true;
            } catch (ReaderLeftException e) {
                failIfClosed();
                return false; // nobody is left to notify
            }
        }

        @Override
        boolean readerHasLeft() throws IOException {
            SocketFrames reader = frames;
            return reader != null && reader.readerHasLeft();
        }

        private synchronized void releaseBy(ServerSocketChannel server) throws IOException {
            listening = server;
            if (isClosed()) {
                server.close();
            }
        }

        @Override
        void release() throws IOException {
            ServerSocketChannel server = listening;
            if (server != null) {
                server.close();
            }
        }
    }
}
