package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.ProcessLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The exclusive right to create or remove a socket's file. A writer holds this right only briefly. Without the right,
 * two writers might both find the socket of a killed writer. The second of them could then delete the socket that the
 * first one has just created, because the second writer cannot detect that the file was replaced.
 *
 * <pre>
 *   train_0          the socket
 *   .train_0.lock    exists while a writer creates or removes the socket
 * </pre>
 */
final class SocketName implements Closeable {

    /**
     * A check that is called before each attempt to take the name, including the first. If the check throws an
     * exception, no further attempt is made.
     */
    interface MayTry {
        void check() throws IOException;
    }

    private static final long LOOK_NANOS = 2_000_000;

    private final Path socket;
    private final Path lockFile;
    private final ProcessLock lock;

    private SocketName(Path socket, Path lockFile, ProcessLock lock) {
        this.socket = socket;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    static SocketName take(Path socket, MayTry mayTry) throws IOException {
        Path lockFile = socket.resolveSibling("." + socket.getFileName() + ".lock");
        while (true) {
            mayTry.check();
            ProcessLock lock = tryTake(lockFile);
            if (lock != null) {
                return new SocketName(socket, lockFile, lock);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static @Nullable ProcessLock tryTake(Path lockFile) throws IOException {
        try {
            return ProcessLock.tryTake(lockFile);
        } catch (NoSuchFileException e) {
            Path directory = lockFile.toAbsolutePath().getParent();
            if (directory == null || !Files.isDirectory(directory)) {
                throw e;
            }
            return null; // the process that held the lock has removed the file in the meantime
        }
    }

    /**
     * Returns an object that identifies the file that currently has the socket's name. If no file has this name,
     * returns {@code this}.
     */
    Object identity() throws IOException {
        try {
            Object key = Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
            return key == null ? socket : key;
        } catch (NoSuchFileException e) {
            return this;
        }
    }

    /**
     * Releases the right to the name. The lock file is removed before its lock is released. If another process then
     * locks the removed lock file, that process tries again with a new file.
     */
    @Override
    public void close() throws IOException {
        try {
            if (lock.isAt(lockFile)) {
                Files.deleteIfExists(lockFile);
            }
        } finally {
            lock.close();
        }
    }
}
