package io.pipeflux.core.agent;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.pipe.PipeAccess;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Takes the lock of the directory that its argument names, prints {@code taken} or why not, and keeps it until it is
 * killed.
 */
final class AgentLockMain {

    private AgentLockMain() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            AgentLock.take(Path.of(args[0]), PipeAccess.owner());
            System.out.println("taken");
        } catch (PipeException e) {
            System.out.println(e.getMessage());
        }
        Thread.currentThread().join();
    }
}
