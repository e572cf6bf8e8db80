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
abstract class Fifos {

    /** What a pipe's buffer is enlarged to where the kernel lets us: the default limit of an unprivileged process. */
    static final int PIPE_BYTES = 1 << 20;

    private static final Logger log = Loggers.getLogger(Fifos.class);
    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_FIFO = 0010000;
    private static final int TYPE_DIRECTORY = 0040000;
    private static final int TYPE_REGULAR = 0100000;

    /** Makes a FIFO; fails if there is anything at that path. */
    abstract void create(Path fifo) throws IOException;

    abstract FifoEnd readEnd(Path fifo);

    abstract FifoEnd writeEnd(Path fifo);

    /** Locks a file, made if need be, until the result is closed; null if another process has locked it. */
    abstract @Nullable Closeable tryLock(Path file) throws IOException;

    static Fifos ofThisMachine() {
        return Holder.FIFOS;
    }

    private static Fifos choose() {
        String system = System.getProperty("os.name", "unknown");
        if (!system.equals("Linux")) {
            throw PipeException.of("named pipes need Linux, and this is " + system, null, null, null);
        }
        try {
            Class.forName("com.sun.jna.Native");
            Posix.closeQuietly(-1); // loads the C library
            if (Files.isDirectory(Path.of("/proc/self/fd"))) {
                return new PosixFifos();
            }
            log.info("/proc is not there: named pipes keep their default size");
        } catch (ClassNotFoundException | LinkageError e) {
            log.info("JNA is not there ({}): named pipes keep their default size", e.toString());
        }
        return new PlainFifos();
    }

    /** Fails unless the path is a FIFO; a missing one fails with NoSuchFileException. */
    static void requireFifo(Path path) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode") & TYPE_MASK;
        if (mode != TYPE_FIFO) {
            String kind = mode == TYPE_DIRECTORY ? "a directory" : mode == TYPE_REGULAR ? "a regular file" : "no FIFO";
            throw new IOException(path + " is " + kind + ", expected a named pipe");
        }
    }

    private static final class Holder {
        static final Fifos FIFOS = choose();
    }
}
