package io.pipeflux.benchmarks.pipe;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A FIFO with a buffer of 1 MiB, or of another size that the caller chooses. This object holds the FIFO open, because
 * the kernel keeps the buffer's size for other processes only while the FIFO is open.
 */
final class BigFifo implements AutoCloseable {

    private static final int O_RDONLY_NONBLOCK = 0x800;
    private static final int F_SETPIPE_SZ = 1031;
    private static final C C_LIBRARY = Native.load("c", C.class);

    /** The functions of the C library that this class needs. */
    interface C extends Library {
        int mkfifo(String path, int mode);

        int open(String path, int flags);

        int fcntl(int fd, int command, int argument);

        int close(int fd);
    }

    private final Path path;
    private final int held;

    private BigFifo(Path path, int held) {
        this.path = path;
        this.held = held;
    }

    static BigFifo at(Path path) throws IOException {
        return at(path, 1 << 20);
    }

    static BigFifo at(Path path, int bytes) throws IOException {
        int made = C_LIBRARY.mkfifo(path.toString(), 0600);
        int held = C_LIBRARY.open(path.toString(), O_RDONLY_NONBLOCK);
        if (made < 0 || held < 0 || C_LIBRARY.fcntl(held, F_SETPIPE_SZ, bytes) < 0) {
            throw new IOException("could not create a FIFO of " + bytes + " bytes at " + path);
        }
        return new BigFifo(path, held);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        C_LIBRARY.close(held);
    }
}
