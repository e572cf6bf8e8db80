package io.pipeflux.core.internal;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Tries to lock each of the files that its arguments name, prints what came of it, and keeps what it got until it is
 * killed.
 */
final class ProcessLockMain {

    private ProcessLockMain() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        for (String file : args) {
            ProcessLock lock = ProcessLock.tryTake(Path.of(file));
            if (lock == null) {
                System.out.println("refused: " + ProcessLock.holder(Path.of(file)));
            } else {
                lock.write("another process");
                System.out.println("taken");
            }
        }
        Thread.currentThread().join();
    }
}
