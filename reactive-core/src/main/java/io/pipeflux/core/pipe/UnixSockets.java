package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.internal.FileAccess;
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
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Opens the two sides of a pipe over a Unix domain socket. The writer listens for one reader. */
final class UnixSockets {

    private static final long LOOK_NANOS = 5_000_000;
    private static final int MAX_PATH_BYTES = 106; // the maximum that the JDK allows

    private UnixSockets() {}

    static PipeSide readSide(Path path) {
        return new ReadSide(path);
    }

    static PipeSide writeSide(Path path, FileAccess access) {
        return new WriteSide(path, access);
    }

    /**
     * Fails if the path is too long for a writer. A writer needs a shorter path than a reader, because it first creates
     * the socket under a longer path in a neighboring directory.
     */
    static Path requireForWriter(Path path) {
        int more = bytes(made(path)) - bytes(path);
        return require(path, MAX_PATH_BYTES - more);
    }

    /** Returns the path at which a socket is created before it is renamed to its final name. */
    private static Path made(Path socket) {
        return socket.resolveSibling("." + socket.getFileName() + ".new").resolve("s");
    }

    private enum Attempt {
        CONNECTED,
        /** A process listens, but the kernel's queue of waiting connections is full. */
        BUSY,
        /** No socket exists, or the process that created the socket has ended. */
        NOBODY
    }

    /** Tries to connect, without waiting. */
    private static Attempt connect(SocketChannel socket, Path path) throws IOException {
        // in blocking mode, connect would wait while the queue of connections is full
        socket.configureBlocking(false);
        try {
            return socket.connect(UnixDomainSocketAddress.of(path)) ? Attempt.CONNECTED : Attempt.BUSY;
        } catch (ConnectException e) { // connection refused
            return Attempt.NOBODY;
        } catch (SocketException e) {
            return whyNot(path, e);
        }
    }

    /**
     * Determines why connecting failed. Because the JDK throws the same exception for EAGAIN, EACCES and ENOENT, this
     * method distinguishes these errors by checking whether the file now exists and is writable.
     */
    private static Attempt whyNot(Path path, SocketException e) throws IOException {
        try {
            path.getFileSystem().provider().checkAccess(path, AccessMode.WRITE);
            return Attempt.BUSY; // the queue is full, or the socket was created after the attempt
        } catch (NoSuchFileException removed) {
            return Attempt.NOBODY;
        } catch (AccessDeniedException denied) {
            denied.addSuppressed(e);
            throw denied;
        }
    }

    /** Returns a channel that is connected to the listening process, or null if no connection is currently possible. */
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

    /**
     * Fails if the path is too long to be the path of a socket. Without this check, a reader would wait for a socket
     * that cannot exist.
     */
    static Path require(Path path) {
        return require(path, MAX_PATH_BYTES);
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(UTF_8).length;
    }

    private static Path require(Path path, int most) {
        int bytes = bytes(path);
        if (bytes > most) {
            throw new IllegalArgumentException("expected the path of a socket, which has at most " + most
                    + " bytes, but got " + bytes + " bytes: use a shorter path (" + path + ")");
        }
        return path;
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
                // waits even if a socket of a killed writer exists, because the next writer will replace it
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }

        @Override
        void release() {
            // Does nothing, because the thread that opens this side checks every few milliseconds for a close.
        }
    }

    private static final class WriteSide extends PipeSide {

        private final Path path;
        private final FileAccess access;
        private @Nullable SocketLobby lobby;
        private @Nullable SocketFrames frames;

        WriteSide(Path path, FileAccess access) {
            this.path = path;
            this.access = access;
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
                    // removes the file so that no second reader can connect
                    remove(socketFile);
                }
            }
        }

        /**
         * Listens on a socket at the path.
         *
         * @return an object that identifies the socket's file
         */
        private Object listen(ServerSocketChannel server, Deadline deadline) throws IOException {
            try (SocketName name = SocketName.take(path, () -> {
                failIfClosed();
                if (deadline.hasPassed()) {
                    throw new InterruptedIOException("other writers use the name");
                }
            })) {
                removeLeftOver();
                bind(server);
                return name.identity();
            }
        }

        /** Creates the socket. No process can connect to the socket before its group and mode are set. */
        private void bind(ServerSocketChannel server) throws IOException {
            Path made = made(path);
            removeMade(made);
            FileAccess.createDirectory(directoryOf(made));
            AllSteps steps = new AllSteps(null);
            steps.run(() -> {
                server.bind(UnixDomainSocketAddress.of(made));
                access.grant(made);
                Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
            });
            steps.run(() -> removeMade(made));
            steps.rethrow();
        }

        /**
         * Removes the temporary directory of a socket, and the socket if it is still in this directory. Does nothing if
         * the directory does not exist or is a symbolic link.
         */
        private static void removeMade(Path made) throws IOException {
            if (Files.isDirectory(directoryOf(made), LinkOption.NOFOLLOW_LINKS)) {
                Files.deleteIfExists(made);
                Files.delete(directoryOf(made));
            }
        }

        private static Path directoryOf(Path made) {
            return Objects.requireNonNull(made.getParent(), "the socket's own directory");
        }

        private SocketLobby releasedByClose(SocketLobby waiting) throws IOException {
            synchronized (this) {
                lobby = waiting;
            }
            // if this side was closed before the field `lobby` was set, close() has not released the lobby
            if (isClosed()) {
                waiting.release();
            }
            return waiting;
        }

        /**
         * Removes this writer's socket file, unless a different file now has its name. Must be called before the server
         * is closed.
         */
        private void remove(Object socketFile) throws IOException {
            try (SocketName name = SocketName.take(path, () -> {})) {
                if (socketFile.equals(name.identity())) {
                    Files.deleteIfExists(path);
                }
            } catch (NoSuchFileException e) {
                // The directory was removed, and the socket with it.
            }
        }

        /**
         * Removes a socket on which no process listens any longer, because its writer was killed. Fails if another
         * writer listens on the socket.
         */
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
                return false; // the reader has left, so there is no reader to notify
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
