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

    private final Path path;
    private final ProcessLock lock;

    private AgentLock(Path path, ProcessLock lock) {
        this.path = path;
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
            return new AgentLock(path, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Fails if a second agent could have begun here.
     *
     * @throws PipeException if the lock's file, or its directory, was removed or replaced
     */
    void require() {
        try {
            if (lock.isAt(path)) {
                return;
            }
        } catch (IOException e) {
            throw PipeException.of("could not look at the agent's lock: " + e, path.toString(), null, e);
        }
        throw PipeException.of(
                "expected the file as this agent locked it, but it was removed or replaced: a second agent may fill"
                        + " this directory. Leave the file alone, and start the agent again",
                path.toString(),
                null,
                null);
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
