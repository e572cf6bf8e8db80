package io.pipeflux.s3;

import io.pipeflux.core.PipeException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second agent out of a directory: a lock on the file {@code input/.agent.lock}, which holds the agent's process
 * id. The kernel takes the lock back when the process ends, however it ends; the file stays, since one that is removed
 * could be locked twice.
 */
final class AgentLock implements Closeable {

    private static final String FILE = ".agent.lock";

    private final FileChannel file;

    private AgentLock(FileChannel file) {
        this.file = file;
    }

    /**
     * Takes the lock.
     *
     * @throws PipeException if another agent has it
     */
    static AgentLock take(Path mlRoot) throws IOException {
        Path path = Files.createDirectories(mlRoot.resolve("input")).resolve(FILE);
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (lock(file) == null) {
                throw PipeException.of(
                        "another agent fills this directory: process " + Files.readString(path),
                        mlRoot.toString(),
                        null,
                        null);
            }
            ByteBuffer pid = StandardCharsets.US_ASCII.encode(
                    Long.toString(ProcessHandle.current().pid()));
            file.truncate(0);
            file.write(pid, 0);
            return new AgentLock(file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // an agent of this process has it
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
