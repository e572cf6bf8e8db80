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
 * Calls, through JNA, system functions that the JDK does not offer. Only this class uses JNA. Without JNA, the library
 * works with the JDK's functions alone. The constants are those of Linux on x86-64 and ARM64.
 */
final class Posix {

    static final int ENOENT = 2;
    static final int ENXIO = 6;
    static final int EACCES = 13;
    static final int EPIPE = 32;

    /**
     * The value that {@link #read} returns if the FIFO currently has no bytes, and that {@link #write} returns if the
     * FIFO currently has no room.
     */
    static final int NOT_NOW = -1;

    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int LONGEST = 256 << 10; // the maximum number of bytes per read or write
    private static final int O_WRONLY = 0x1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int ENOSYS = 38;

    /**
     * The system call numbers of statx(2), by architecture. The numbers are needed because C libraries from before 2018
     * have no function for this system call.
     */
    private static final Map<String, NativeLong> STATX =
            Map.of("amd64", new NativeLong(332), "aarch64", new NativeLong(291));

    private static final Map<String, Integer> O_NOFOLLOW = Map.of("amd64", 0x20000, "aarch64", 0x8000);

    private static final int STATX_BYTES = 256;
    // the offset of the field `stx_btime` in struct statx; the field consists of seconds and nanoseconds
    private static final int STATX_BORN = 80;
    private static final int STATX_BTIME = 0x800;
    private static final int AT_FDCWD = -100;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;

    /**
     * An event for {@link #await}: a FIFO that is open for reading has bytes, or the last writer has closed the FIFO.
     */
    static final short POLLIN = 0x1;

    /**
     * An event for {@link #await}: a FIFO that is open for writing has room, or the last reader has closed the FIFO.
     */
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

    /**
     * Opens a FIFO for writing without waiting for a reader. Fails with {@link #ENXIO} if no process has it open for
     * reading.
     */
    static int openForWriting(Path fifo) throws ErrnoException {
        return call("open", fifo, () -> open(fifo.toString(), O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0));
    }

    /**
     * Opens an existing file for writing. Never waits, even if the file was replaced by a FIFO. Fails if the path is a
     * symbolic link.
     */
    static int openLockFile(Path file) throws ErrnoException {
        return call("open", file, () -> open(file.toString(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | notFollow(), 0));
    }

    /**
     * Opens a file of any kind. The descriptor can be used only to inspect the file, and to set the attributes of the
     * file through {@link #path}. A symbolic link is not followed: the link itself is opened.
     */
    static int openItself(Path file) throws ErrnoException {
        return call("open", file, () -> open(file.toString(), O_PATH | O_CLOEXEC | notFollow(), 0));
    }

    /**
     * Returns the value of O_NOFOLLOW, or 0 if the value is unknown for this processor architecture. The value of
     * another architecture cannot be used instead, because the same number could mean a different flag on this
     * architecture.
     */
    private static int notFollow() {
        return O_NOFOLLOW.getOrDefault(System.getProperty("os.arch"), 0);
    }

    /**
     * Locks an open file until it is closed.
     *
     * @return false if another process has locked the file
     * @throws ErrnoException for any other failure
     */
    static boolean tryFlock(int fd) throws ErrnoException {
        while (true) {
            try {
                flock(fd, LOCK_EX | LOCK_NB);
                return true;
            } catch (LastErrorException e) {
                if (e.getErrorCode() == EAGAIN) { // EWOULDBLOCK has the same number
                    return false;
                }
                if (e.getErrorCode() != EINTR) {
                    throw new ErrnoException("flock", path(fd), e);
                }
            }
        }
    }

    /** Creates a FIFO that only its owner may open. */
    static void makeFifo(Path fifo) throws ErrnoException {
        // the umask can only remove permissions, so no other user gets access
        call("mkfifo", fifo, () -> mkfifo(fifo.toString(), 0600));
    }

    /**
     * Returns the creation time of a file in nanoseconds since 1970, or null if the kernel or the file system does not
     * know it.
     */
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

    /** Enlarges the pipe's buffer. If the kernel refuses, the pipe still works, but more slowly. */
    static void enlarge(int fd, int bytes) {
        try {
            fcntl(fd, F_SETPIPE_SZ, bytes);
        } catch (LastErrorException e) {
            // The pipe keeps its size. Either the new size exceeds the user's limit, or the pipe already contains more
            // bytes than the new size.
        }
    }

    /**
     * Waits until one of these happens: the FIFO has bytes or room, its last writer or reader has closed it, or the
     * event is raised.
     *
     * @param events {@link #POLLIN} or {@link #POLLOUT}
     * @param event the descriptor of the event that ends the wait
     * @param millis the time limit, or -1 for none
     * @return false if the time limit has passed, or if a signal has interrupted the wait
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

    /** Returns whether the FIFO has bytes that can be read immediately. */
    static boolean hasBytes(int fifo) {
        try (Memory pollfd = new Memory(POLLFD_BYTES)) {
            pollFor(POLLIN, pollfd, 0, fifo);
            return poll(pollfd, new NativeLong(1), 0) > 0 && (pollfd.getShort(6) & POLLIN) != 0;
        } catch (LastErrorException e) {
            return true; // a signal has interrupted the call (EINTR); the next read determines whether there are bytes
        }
    }

    private static void pollFor(short events, Memory pollfds, int at, int fd) {
        pollfds.setInt(at, fd);
        pollfds.setShort(at + 4, events);
        pollfds.setShort(at + 6, (short) 0);
    }

    /**
     * Reads from a non-blocking FIFO.
     *
     * @return the number of bytes read; 0 at the end of the bytes; {@link #NOT_NOW} if the FIFO currently has no bytes
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
     * Writes into a non-blocking FIFO.
     *
     * @return the number of bytes written; {@link #NOT_NOW} if the FIFO currently has no room
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

    /** Returns a path through which this process can open the file to which a descriptor refers. */
    static Path path(int fd) {
        return Path.of("/proc/self/fd/" + fd);
    }

    /**
     * Returns whether a FIFO that is open for writing has no reader. poll(2) reports a missing reader as an error of
     * the descriptor.
     */
    static boolean hasNoReader(int fifo) throws ErrnoException {
        try (Memory pollfd = new Memory(POLLFD_BYTES)) {
            pollFor((short) 0, pollfd, 0, fifo); // POLLERR is reported even if it is not requested
            poll(pollfd, new NativeLong(1), 0);
            return (pollfd.getShort(6) & POLLERR) != 0;
        } catch (LastErrorException e) {
            throw new ErrnoException("poll", path(fifo), e);
        }
    }

    /** Returns the descriptor of a new event for {@link #await}. The event has not been raised. */
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
            // The kernel closes the descriptor even if it reports an error.
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

    /** Signals that a system call failed. Contains the error number of the call. */
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
