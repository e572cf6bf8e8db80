package io.pipeflux.core.internal;

import java.io.IOException;

/** Protects work with files on a user's thread from interrupts. The threads of Pipeflux are {@link ShieldedThread}s. */
public final class Interrupts {

    private Interrupts() {}

    /** Work that an interrupt would end. */
    public interface Work {
        void run() throws IOException;
    }

    /**
     * Runs short work with the interrupt flag cleared, and restores the flag afterwards. Otherwise the JDK closes a
     * {@code FileChannel} that an interrupted thread uses.
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
