package io.pipeflux.core.pipe;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The system calls that the JDK does not offer, by JNA. The only class that touches JNA, so that the library works
 * without it; the constants are Linux's on x86-64 and ARM64.
 */
final class Posix {

    static final int ENOENT = 2;
    static final int ENXIO = 6;
    static final int EPIPE = 32;

    /** The result of {@link #read} and {@link #write} where the FIFO has no bytes, or no room, at present. */
    static final int NOT_NOW = -1;

    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int LONGEST = 256 << 10; // of one read or write
    private static final int O_WRONLY = 0x1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int ENOSYS = 38;
    /** The number of statx(2), which C libraries before 2018 have no function for. */
    private static final Map<String, NativeLong> STATX =
            Map.of("amd64", new NativeLong(332), "aarch64", new NativeLong(291));

    private static final int STATX_BYTES = 256;
    private static final int STATX_BORN = 80; // where stx_btime begins: seconds, nanoseconds
    private static final int STATX_BTIME = 0x800;
    private static final int AT_FDCWD = -100;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    /** What {@link #await} waits for: bytes or the end of a FIFO that is open for reading. */
    static final short POLLIN = 0x1;

    /** What {@link #await} waits for: room, or the loss of the last reader, of a FIFO that is open for writing. */
    static final short POLLOUT = 0x4;

    private static final short POLLERR = 0x8;
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

    /** Opens a file that exists; never waits, should it be a FIFO by now. */
    static int openLockFile(Path file) throws ErrnoException {
        return call("open", file, () -> open(file.toString(), O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0));
    }

    /**
     * Locks an open file until it is closed.
     *
     * @return false if another process has locked it; any other failure is an error
     */
    static boolean tryFlock(int fd) throws ErrnoException {
        while (true) {
            try {
                flock(fd, LOCK_EX | LOCK_NB);
                return true;
            } catch (LastErrorException e) {
                if (e.getErrorCode() == EAGAIN) { // EWOULDBLOCK is the same number
                    return false;
                }
                if (e.getErrorCode() != EINTR) {
                    throw new ErrnoException("flock", path(fd), e);
                }
            }
        }
    }

    static void makeFifo(Path fifo) throws ErrnoException {
        call("mkfifo", fifo, () -> mkfifo(fifo.toString(), 0666)); // less the umask, as the command does
    }

    /** Returns when a file was made, in nanoseconds since 1970, or null if kernel or file system do not know. */
    static @Nullable Long bornNanos(Path file) throws IOException {
        NativeLong number = STATX.get(System.getProperty("os.arch"));
        if (number == null) {
            return null;
        }
        try (Memory status = new Memory(STATX_BYTES)) {
            syscall(number, AT_FDCWD, file.toString(), 0, STATX_BTIME, status);
            boolean known = (status.getInt(0) & STATX_BTIME) != 0;
            return known ? status.getLong(STATX_BORN) * 1_000_000_000 + status.getInt(STATX_BORN + 8) : null;
        } catch (LastErrorException e) {
            if (e.getErrorCode() == ENOSYS) {
                return null;
            }
            if (e.getErrorCode() == ENOENT) {
                throw new NoSuchFileException(file.toString());
            }
            throw new ErrnoException("statx", file, e);
        }
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
     * Waits until a FIFO has bytes or room, or has lost its last writer or reader, or the event has been raised.
     *
     * @param events {@link #POLLIN} or {@link #POLLOUT}
     * @return false if the time is over, or if a signal arrived
     */
    static boolean await(int fifo, short events, int event, int millis) throws ErrnoException {
        try (Memory pollfds = new Memory(2 * POLLFD_BYTES)) {
            pollFor(events, pollfds, 0, fifo);
            pollFor(POLLIN, pollfds, POLLFD_BYTES, event);
            return poll(pollfds, new NativeLong(2), millis) > 0;
        } catch (LastErrorException e) {
            if (e.getErrorCode() == EINTR) {
                return false;
            }
            throw new ErrnoException("poll", path(fifo), e);
        }
    }

    /** Returns whether there are bytes to be read now. */
    static boolean hasBytes(int fifo) {
        try (Memory pollfd = new Memory(POLLFD_BYTES)) {
            pollFor(POLLIN, pollfd, 0, fifo);
            return poll(pollfd, new NativeLong(1), 0) > 0 && (pollfd.getShort(6) & POLLIN) != 0;
        } catch (LastErrorException e) {
            return true; // a signal came (EINTR): reading will tell
        }
    }

    private static void pollFor(short events, Memory pollfds, int at, int fd) {
        pollfds.setInt(at, fd);
        pollfds.setShort(at + 4, events);
        pollfds.setShort(at + 6, (short) 0);
    }

    /**
     * Reads from a FIFO that was opened without blocking.
     *
     * @return how many bytes were read; 0 at the end; {@link #NOT_NOW} if there are none at present
     */
    static int read(int fifo, ByteBuffer into) throws ErrnoException {
        try (Memory memory = new Memory(Math.min(LONGEST, into.remaining()))) {
            int count = read(fifo, memory, new NativeLong(memory.size())).intValue();
            into.put(memory.getByteBuffer(0, count));
            return count;
        } catch (LastErrorException e) {
            return notNow("read", fifo, e);
        }
    }

    /**
     * Writes into a FIFO that was opened without blocking.
     *
     * @return how many bytes were written; {@link #NOT_NOW} if there is no room at present
     */
    static int write(int fifo, ByteBuffer from) throws ErrnoException {
        int most = Math.min(LONGEST, from.remaining());
        try (Memory memory = new Memory(most)) {
            memory.getByteBuffer(0, most).put(from.duplicate().limit(from.position() + most));
            int count = write(fifo, memory, new NativeLong(most)).intValue();
            from.position(from.position() + count);
            return count;
        } catch (LastErrorException e) {
            return notNow("write", fifo, e);
        }
    }

    private static int notNow(String call, int fifo, LastErrorException e) throws ErrnoException {
        if (e.getErrorCode() == EAGAIN || e.getErrorCode() == EINTR) {
            return NOT_NOW;
        }
        throw new ErrnoException(call, path(fifo), e);
    }

    /** The path by which this process reaches what a descriptor refers to. */
    static Path path(int fd) {
        return Path.of("/proc/self/fd/" + fd);
    }

    /**
     * Returns whether a FIFO that is open for writing has no reader, which poll(2) reports as an error of the
     * descriptor.
     */
    static boolean hasNoReader(int fifo) throws ErrnoException {
        try (Memory pollfd = new Memory(POLLFD_BYTES)) {
            pollFor((short) 0, pollfd, 0, fifo); // POLLERR is always reported
            poll(pollfd, new NativeLong(1), 0);
            return (pollfd.getShort(6) & POLLERR) != 0;
        } catch (LastErrorException e) {
            throw new ErrnoException("poll", path(fifo), e);
        }
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

    private static native NativeLong syscall(
            NativeLong number, int directory, String path, int flags, int mask, Memory status)
            throws LastErrorException;

    private static native NativeLong read(int fd, Memory bytes, NativeLong count) throws LastErrorException;

    private static native NativeLong write(int fd, Memory bytes, NativeLong count) throws LastErrorException;

    private static native NativeLong write(int fd, byte[] bytes, NativeLong count) throws LastErrorException;

    private static native int poll(Memory pollfds, NativeLong count, int millis) throws LastErrorException;
}
