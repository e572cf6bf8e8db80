package io.pipeflux.core.internal;

import java.io.IOException;

/**
 * Work with files on a user's thread, which may be interrupted. The library's own threads are {@link ShieldedThread}s.
 */
public final class Interrupts {

    private Interrupts() {}

    /** Work that an interrupt would end. */
    public interface Work {
        void run() throws IOException;
    }

    /**
     * Runs some quick work with the interrupt flag cleared, and restores the flag afterwards: a {@code FileChannel} is
     * closed when an interrupted thread uses it.
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
