package io.pipeflux.core.internal;

import java.io.IOException;

/** Work with files on a thread of somebody else's, which may be interrupted; see {@link ShieldedThread} for the library's. */
public final class Interrupts {

    private Interrupts() {}

    /** Work that an interrupt would end. */
    public interface Work {
        void run() throws IOException;
    }

    /**
     * Does some quick work as if the thread were not interrupted, which it is again afterwards: a {@code FileChannel} is
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
