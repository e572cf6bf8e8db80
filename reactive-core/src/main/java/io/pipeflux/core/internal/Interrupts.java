package io.pipeflux.core.internal;

import java.io.IOException;

/**
 * Protects file operations on a user's thread from interrupts. The threads of Pipeflux are {@link ShieldedThread}s and
 * need no such protection.
 */
public final class Interrupts {

    private Interrupts() {}

    /** An operation that an interrupt would abort. */
    public interface Work {
        void run() throws IOException;
    }

    /**
     * Runs a short operation with the interrupt flag cleared, and restores the flag afterwards. Without this, the JDK
     * would close a {@code FileChannel} that an interrupted thread uses.
     */
    public static void keep(Work work) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            work.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
