package io.pipeflux.core.agent;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.ProcessLock;
import io.pipeflux.core.pipe.PipeAccess;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Prevents a second agent, in this process or in another one, from using a directory. The lock is on the file
 * {@code input/.agent.lock}, which contains the agent's process id. The kernel releases the lock when the process ends,
 * even if the process is killed. The file is not removed.
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
     * Takes the lock. Creates the directory if it does not exist.
     *
     * @param access defines who may enter the directory. Regardless of it, only the owner may access the lock file
     * @throws PipeException if another agent holds the lock
     */
    static AgentLock take(Path mlRoot, PipeAccess access) throws IOException {
        Path path = access.createDirectories(mlRoot.resolve("input")).resolve(FILE);
        ProcessLock lock = ProcessLock.tryTake(path);
        if (lock == null) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.SECOND_AGENT,
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
     * Checks that no second agent can have started in this directory.
     *
     * @throws PipeException if the lock file or its directory was removed or replaced, or could not be checked
     */
    void require() {
        try {
            if (lock.isAt(path)) {
                return;
            }
        } catch (IOException e) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.AGENT_DIRECTORY,
                    "could not check the agent's lock file: " + Failed.reason(e),
                    path.toString(),
                    null,
                    e);
        }
        throw CoreAccess.exception(
                PipeException.class,
                ErrorKind.AGENT_DIRECTORY,
                "expected the file that this agent locked, but it was removed or replaced: a second agent may fill"
                        + " this directory. Leave the file alone, and start the agent again",
                path.toString(),
                null,
                null);
    }

    /** Releases the lock. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
