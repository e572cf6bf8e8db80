package io.pipeflux.core.job;

import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.internal.Missing;
import io.pipeflux.core.internal.ProcessLock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the newest checkpoint in a directory, as the file {@code checkpoint}.
 *
 * <pre>{@code
 *   .checkpoint.<random>.tmp --fsync of the file, rename--> checkpoint --fsync of the directory--> durable
 * }</pre>
 *
 * Each write creates a new temporary file in the same directory, and never writes through a link. If a killed process
 * has left such a file, the first write of the next process removes it.
 *
 * <p>Only one store at a time can use the directory, from its first {@link #read} until {@link #close} or the end of
 * the process. The store holds a lock on the file {@code .checkpoint.lock}, which contains the process id and is never
 * removed. If the lock file was removed or replaced, the store does not overwrite an existing checkpoint.
 */
final class DirectoryStore implements CheckpointStore {

    static final String FILE = "checkpoint";

    private static final String LOCK = ".checkpoint.lock";
    // the maximum number of bytes per write; there is a limit because the JDK copies the bytes of each write
    private static final int CHUNK = 1 << 20;
    private static final String TEMPORARY = ".checkpoint.*.tmp";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path directory;
    private final Path file;
    private boolean leftoversRemoved;
    private @Nullable ProcessLock lock;

    DirectoryStore(Path directory) {
        this.directory = directory.toAbsolutePath();
        this.file = this.directory.resolve(FILE);
    }

    /**
     * Reads the checkpoint. Locks the directory first, so that no other job can replace the checkpoint after it was
     * read.
     */
    @Override
    public synchronized Optional<byte[]> read() throws IOException {
        makeDirectory();
        if (hasLostLock()) {
            // Gives up the lock whose file was removed or replaced, so that takeLock() takes a new one. If another job
            // has saved a checkpoint and ended in the meantime, readFile() then reads that job's checkpoint.
            close();
        }
        boolean mine = lock != null;
        takeLock();
        try {
            return readFile();
        } catch (IOException | RuntimeException | Error e) {
            if (!mine) {
                close();
            }
            throw e;
        }
    }

    private void makeDirectory() throws IOException {
        try {
            // follows links, so a link to a directory is accepted
            if (Files.readAttributes(directory, BasicFileAttributes.class).isDirectory()) {
                return;
            }
        } catch (NoSuchFileException e) {
            Missing.prove(directory, e);
        }
        Files.createDirectories(directory);
        synchronise(directory.resolveSibling("."));
    }

    private void takeLock() throws IOException {
        if (lock != null) {
            return;
        }
        Path path = directory.resolve(LOCK);
        ProcessLock taken = ProcessLock.tryTake(path);
        if (taken == null) {
            throw new IOException("another job uses this directory of checkpoints: process " + ProcessLock.holder(path)
                    + "; expected one job at a time: wait until that job ends, close its Checkpoints, or use another"
                    + " directory");
        }
        try {
            taken.write(Long.toString(ProcessHandle.current().pid()));
        } catch (IOException | RuntimeException | Error e) {
            taken.close();
            throw e;
        }
        lock = taken;
    }

    private boolean hasLostLock() throws IOException {
        return lock != null && !lock.isAt(directory.resolve(LOCK));
    }

    private void requireLock() throws IOException {
        if (hasLostLock()) {
            throw new IOException("expected the lock file " + directory.resolve(LOCK)
                    + " that this job locked, but it was removed or replaced: another job may have saved here since."
                    + " Nothing was replaced; make sure that only one job uses the directory, and start again");
        }
    }

    @Override
    public synchronized void close() throws IOException {
        ProcessLock taken = lock;
        lock = null;
        if (taken != null) {
            taken.close();
        }
    }

    private Optional<byte[]> readFile() throws IOException {
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
                throw new IOException("expected a regular file, but got another kind of file");
            }
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            Missing.prove(file, e);
            return Optional.empty();
        }
    }

    @Override
    public synchronized void write(byte[] checkpoint) throws IOException {
        makeDirectory();
        // notExists returns false if it cannot determine whether the file exists
        if (hasLostLock() && Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            close(); // the directory was emptied or removed, so this write cannot replace the checkpoint of another job
        }
        takeLock();
        requireLock();
        removeLeftovers();
        byte[] random = new byte[8];
        RANDOM.nextBytes(random);
        Path temporary = directory.resolve(TEMPORARY.replace("*", HexFormat.of().formatHex(random)));
        try {
            writeDurably(temporary, checkpoint);
            requireLock(); // checks again, because writing may have taken a long time
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (Throwable e) {
            FileAccess.removeAfter(e, temporary);
            throw e;
        }
        synchronise(directory);
    }

    /**
     * Writes a file and synchronizes it to the disk. This method does not use a {@code FileChannel}, because an
     * interrupt would close the channel, and an interrupted training must still be able to save its state.
     */
    private static void writeDurably(Path temporary, byte[] bytes) throws IOException {
        // never follows a link
        Files.createFile(temporary);
        try (RandomAccessFile out = FileAccess.openCreated(temporary)) {
            for (int from = 0; from < bytes.length; from += CHUNK) {
                out.write(bytes, from, Math.min(CHUNK, bytes.length - from));
            }
            out.getFD().sync();
        }
    }

    /**
     * Synchronizes a directory to the disk. Only a {@code FileChannel} can open a directory, and an interrupt closes
     * the channel. So this method tries again after an interrupt.
     */
    private static void synchronise(Path directory) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (!trySynchronise(directory)) {
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean trySynchronise(Path directory) throws IOException {
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
            return true;
        } catch (ClosedByInterruptException e) {
            return false;
        }
    }

    private void removeLeftovers() throws IOException {
        if (leftoversRemoved) {
            return;
        }
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, TEMPORARY)) {
            for (Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        }
        leftoversRemoved = true;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
