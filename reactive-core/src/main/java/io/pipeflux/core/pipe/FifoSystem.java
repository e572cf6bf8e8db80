package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** How this machine makes and opens FIFOs. */
abstract class FifoSystem {

    /** What a pipe's buffer is enlarged to where the kernel lets us: the default limit of an unprivileged process. */
    static final int PIPE_BYTES = 1 << 20;

    private static final Logger log = Loggers.getLogger(FifoSystem.class);

    /** Makes a FIFO; fails if there is anything at that path. */
    abstract void create(Path fifo) throws IOException;

    abstract PipeSide readSide(Path fifo);

    abstract PipeSide writeSide(Path fifo);

    /** Locks a file, made if need be, until the result is closed; null if another process has locked it. */
    abstract @Nullable Closeable tryLock(Path file) throws IOException;

    /** Returns when a file was made, in nanoseconds since 1970, or null if that is unknown. */
    @Nullable
    Long bornNanos(Path file) throws IOException {
        return null;
    }

    static FifoSystem ofThisMachine() {
        return Holder.FIFOS;
    }

    private static FifoSystem choose() {
        String system = System.getProperty("os.name", "unknown");
        if (!system.equals("Linux")) {
            throw PipeException.of("named pipes need Linux, and this is " + system, null, null, null);
        }
        try {
            Class.forName("com.sun.jna.Native");
            Posix.closeQuietly(-1); // loads the C library
            if (Files.isDirectory(Path.of("/proc/self/fd"))) {
                return new PosixFifoSystem();
            }
            log.info("/proc is not there: named pipes keep their default size");
        } catch (ClassNotFoundException | LinkageError e) {
            log.info("JNA is not there ({}): named pipes keep their default size", e.toString());
        }
        return new PlainFifoSystem();
    }

    private static final class Holder {
        static final FifoSystem FIFOS = choose();
    }
}
