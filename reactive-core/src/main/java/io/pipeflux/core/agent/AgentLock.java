package io.pipeflux.core.agent;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.ProcessLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps a second agent out of a directory: a lock on the file {@code input/.agent.lock}, which holds the agent's
 * process id. The kernel takes the lock back when the process ends, however it ends; the file stays. An agent of the
 * same process is refused as one of another is.
 */
final class AgentLock implements Closeable {

    private static final String FILE = ".agent.lock";

    private final ProcessLock lock;

    private AgentLock(ProcessLock lock) {
        this.lock = lock;
    }

    /**
     * Takes the lock.
     *
     * @throws PipeException if another agent has it
     */
    static AgentLock take(Path mlRoot) throws IOException {
        Path path = Files.createDirectories(mlRoot.resolve("input")).resolve(FILE);
        ProcessLock lock = ProcessLock.tryTake(path);
        if (lock == null) {
            throw PipeException.of(
                    "another agent fills this directory: process " + ProcessLock.holder(path),
                    mlRoot.toString(),
                    null,
                    null);
        }
        try {
            lock.write(Long.toString(ProcessHandle.current().pid()));
            return new AgentLock(lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
