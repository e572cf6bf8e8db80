package io.pipeflux.core.pipe;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The system calls that the JDK does not offer, by JNA. The only class that touches JNA, so that the library works
 * without it; the constants are Linux's on x86-64 and ARM64.
 */
final class Posix {

    static final int ENXIO = 6;

    private static final int O_WRONLY = 0x1;
    private static final int O_CREAT = 0x40;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final short POLLIN = 0x1;
    private static final int POLLFD_BYTES = 8; // int fd, short events, short revents

    static {
        Native.register(Posix.class, "c");
    }

    private Posix() {}

    /** Opens a FIFO for reading without waiting for a writer. */
    static int openForReading(Path fifo) throws ErrnoException {
        return call("open", fifo, () -> open(fifo.toString(), O_NONBLOCK | O_CLOEXEC, 0));
    }

    /** Opens a FIFO for writing without waiting for a reader: fails with {@link #ENXIO} if there is none. */
    static int openForWriting(Path fifo) throws ErrnoException {
        return call("open", fifo, () -> open(fifo.toString(), O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0));
    }

    static int openLockFile(Path file) throws ErrnoException {
        return call("open", file, () -> open(file.toString(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    }

    /** Locks an open file until it is closed, unless another has. */
    static boolean tryFlock(int fd) {
        try {
            return flock(fd, LOCK_EX | LOCK_NB) == 0;
        } catch (LastErrorException e) {
            return false;
        }
    }

    static void makeFifo(Path fifo) throws ErrnoException {
        call("mkfifo", fifo, () -> mkfifo(fifo.toString(), 0666)); // less the umask, as the command does
    }

    /** Asks for a larger pipe; the kernel may refuse, which costs speed only. */
    static void enlarge(int fd, int bytes) {
        try {
            fcntl(fd, F_SETPIPE_SZ, bytes);
        } catch (LastErrorException e) {
            // beyond the user's limit, or less than what the pipe holds: it keeps its size
        }
    }

    /**
     * Waits until a FIFO opened for reading has bytes, or had a writer that is gone, or the event has come.
     *
     * @return false if the time is over
     */
    static boolean await(int fifo, int event, int millis) {
        try (Memory pollfds = new Memory(2 * POLLFD_BYTES)) {
            pollIn(pollfds, 0, fifo);
            pollIn(pollfds, POLLFD_BYTES, event);
            return poll(pollfds, new NativeLong(2), millis) > 0;
        } catch (LastErrorException e) {
            return false; // a signal came (EINTR): as if the time were over
        }
    }

    private static void pollIn(Memory pollfds, int at, int fd) {
        pollfds.setInt(at, fd);
        pollfds.setShort(at + 4, POLLIN);
        pollfds.setShort(at + 6, (short) 0);
    }

    /** An event for {@link #await} that has not come yet. */
    static int newEvent() throws ErrnoException {
        return call("eventfd", Path.of("eventfd"), () -> eventfd(0, O_CLOEXEC));
    }

    static void raise(int event) {
        write(event, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, new NativeLong(8));
    }

    static void closeQuietly(int fd) {
        try {
            close(fd);
        } catch (LastErrorException e) {
            // the descriptor is gone all the same
        }
    }

    private interface Call {
        int run() throws LastErrorException;
    }

    private static int call(String name, Path path, Call call) throws ErrnoException {
        try {
            return call.run();
        } catch (LastErrorException e) {
            throw new ErrnoException(name, path, e);
        }
    }

    /** A system call's failure, with its error number. */
    static final class ErrnoException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int errno;

        ErrnoException(String call, Path path, LastErrorException e) {
            super(call + " " + path + ": " + e.getMessage());
            errno = e.getErrorCode();
        }

        int errno() {
            return errno;
        }
    }

    private static native int open(String path, int flags, int mode) throws LastErrorException;

    private static native int close(int fd) throws LastErrorException;

    private static native int mkfifo(String path, int mode) throws LastErrorException;

    private static native int fcntl(int fd, int command, int argument) throws LastErrorException;

    private static native int flock(int fd, int operation) throws LastErrorException;

    private static native int eventfd(int count, int flags) throws LastErrorException;

    private static native NativeLong write(int fd, byte[] bytes, NativeLong count) throws LastErrorException;

    private static native int poll(Memory pollfds, NativeLong count, int millis) throws LastErrorException;
}
