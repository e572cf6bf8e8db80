package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

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

    private enum Attempt {
        CONNECTED,
        /** Somebody listens, and as many wait as the kernel lets wait. */
        BUSY,
        /** No socket, or one of a process that has ended. */
        NOBODY
    }

    /** Tries to connect, without waiting. */
    private static Attempt connect(SocketChannel socket, Path path) throws IOException {
        socket.configureBlocking(false); // otherwise it waits while too many others wait
        Object before = identity(path);
        try {
            return socket.connect(UnixDomainSocketAddress.of(path)) ? Attempt.CONNECTED : Attempt.BUSY;
        } catch (ConnectException e) { // refused
            return Attempt.NOBODY;
        } catch (SocketException e) {
            if (Files.isWritable(path)) {
                return Attempt.BUSY; // EAGAIN, which JDK 17 throws; or the socket was made after the attempt
            }
            if (before != null && before.equals(identity(path))) {
                throw e; // otherwise, the socket was removed or replaced meanwhile
            }
            return Attempt.NOBODY;
        }
    }

    /** Returns a channel that is connected to whoever listens, or null if none can be connected now. */
    static @Nullable SocketChannel connected(Path path) throws IOException {
        SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean connected = false;
        try {
            connected = connect(socket, path) == Attempt.CONNECTED;
            if (connected) {
                socket.configureBlocking(true);
            }
            return connected ? socket : null;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** Fails if the path is too long for any socket: a reader would wait for it in vain. */
    static Path require(Path path) {
        int bytes = path.toString().getBytes(UTF_8).length;
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

    private static boolean isListenedAt(Path path) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return connect(probe, path) != Attempt.NOBODY;
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
                SocketChannel socket = connected(path);
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
        private @Nullable SocketLobby lobby;
        private @Nullable SocketFrames frames;

        WriteSide(Path path) {
            this.path = path;
        }

        @Override
        ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                Object socketFile = listen(server, deadline);
                try (SocketLobby waiting = releasedByClose(new SocketLobby(server))) {
                    SocketFrames reader = opened(new SocketFrames(waiting.awaitReader(), path.toString()));
                    if (!onPeer.mayOpen()) {
                        throw new AsynchronousCloseException();
                    }
                    frames = reader;
                    return reader;
                } finally {
                    remove(socketFile); // a pipe has one reader
                }
            }
        }

        /**
         * Listens at the path.
         *
         * @return what identifies the socket's file
         */
        private Object listen(ServerSocketChannel server, Deadline deadline) throws IOException {
            try (SocketName name = SocketName.take(path, () -> {
                failIfClosed();
                if (deadline.hasPassed()) {
                    throw new InterruptedIOException("other writers use the name");
                }
            })) {
                removeLeftOver();
                server.bind(UnixDomainSocketAddress.of(path));
                return name.identity();
            }
        }

        private SocketLobby releasedByClose(SocketLobby waiting) throws IOException {
            synchronized (this) {
                lobby = waiting;
            }
            if (isClosed()) { // closed before the lobby was known
                waiting.release();
            }
            return waiting;
        }

        /** Removes this writer's socket, while it is still listened at, unless another file has its name. */
        private void remove(Object socketFile) throws IOException {
            try (SocketName name = SocketName.take(path, () -> {})) {
                if (socketFile.equals(name.identity())) {
                    Files.deleteIfExists(path);
                }
            } catch (NoSuchFileException e) {
                // the directory is gone, and the socket with it
            }
        }

        /** Removes the socket of a killed writer, which no process listens at. Fails if another writer listens. */
        private void removeLeftOver() throws IOException {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
            PathKind.SOCKET.requireItself(path);
            if (isListenedAt(path)) {
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

        @Override
        void release() {
            SocketLobby waiting = lobby;
            if (waiting != null) {
                waiting.release();
            }
        }
    }
}
