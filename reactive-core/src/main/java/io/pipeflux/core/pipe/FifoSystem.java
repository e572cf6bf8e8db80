package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.FileAccess;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Creates and opens FIFOs, with JNA if it is available, otherwise with the JDK only. */
abstract class FifoSystem {

    /**
     * The size to which a pipe's buffer is enlarged, if the kernel allows it. This size is the kernel's default limit
     * for unprivileged processes.
     */
    static final int PIPE_BYTES = 1 << 20;

    private static final Logger log = Loggers.getLogger(FifoSystem.class);

    /** Creates a FIFO that only its owner may open. Fails if the path already exists. */
    abstract void create(Path fifo) throws IOException;

    /** Applies access permissions to a file that this process has created. */
    void grant(Path file, FileAccess access) throws IOException {
        access.grant(file);
    }

    abstract PipeSide readSide(Path fifo);

    abstract PipeSide writeSide(Path fifo);

    /**
     * Locks a file until the returned {@code Closeable} is closed. Creates the file if it does not exist.
     *
     * @return null if another process has locked the file
     */
    abstract @Nullable Closeable tryLock(Path file) throws IOException;

    /** Returns a file's creation time in nanoseconds since 1970, or null if it is unknown. */
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
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.NO_LINUX,
                    "expected Linux for named pipes, but got " + system,
                    null,
                    null,
                    null);
        }
        try {
            Class.forName("com.sun.jna.Native");
            Posix.closeQuietly(-1); // has no effect except that it loads the C library
            if (Files.isDirectory(Path.of("/proc/self/fd"))) {
                return new PosixFifoSystem();
            }
            log.info("/proc is not available: named pipes keep their default size");
        } catch (ClassNotFoundException | LinkageError e) {
            log.info("JNA is not available ({}): named pipes keep their default size", e.toString());
        }
        return new PlainFifoSystem();
    }

    private static final class Holder {
        static final FifoSystem FIFOS = choose();
    }
}
