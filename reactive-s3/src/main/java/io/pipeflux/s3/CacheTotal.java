package io.pipeflux.s3;

import io.pipeflux.core.internal.FileAccess;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The total size of all files in a cache. It is stored in the cache's lock file, which only one process at a time can
 * lock. The total is raised before a file is created, and lowered after a file is removed. So if a process is killed in
 * between, the total is too large, but never too small. The next process that finds no room counts the files again. The
 * files are also counted if the total is missing, does not match its check value, or was written before the machine was
 * last booted.
 *
 * <pre>
 *   total (8) | identifier of the boot (8) | check value (8)
 * </pre>
 */
final class CacheTotal implements Closeable {

    private static final long MAGIC = CacheKey.MAGIC;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * Identifies the current boot of the machine. A total from an earlier boot is not trusted, because a crash of the
     * machine may undo changes: new files may be lost, and removed files may reappear.
     */
    private static final long BOOT = boot();

    private final RandomAccessFile file;
    private long value;
    private boolean known;

    private CacheTotal(RandomAccessFile file) {
        this.file = file;
    }

    private static long boot() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).hashCode();
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }

    /**
     * Locks the file. Creates it if it does not exist, and waits while another process holds the lock.
     *
     * @param longest the maximum time to wait
     * @throws IOException if another process holds the lock for longer than this time, or if the file is not a regular
     *     file
     */
    static CacheTotal lock(Path path, Duration longest) throws IOException {
        try {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                FileAccess.createFile(path);
            }
        } catch (FileAlreadyExistsException e) {
            // another process has just created the file, so it exists
        }
        CacheTotal total = new CacheTotal(FileAccess.openRegular(path));
        try {
            total.await(path, longest);
            total.read();
            return total;
        } catch (IOException | RuntimeException | Error e) {
            total.close();
            throw e;
        }
    }

    private void await(Path path, Duration longest) throws IOException {
        long end = System.nanoTime() + longest.toNanos();
        // the interrupt flag is cleared now and restored later, because parkNanos() returns immediately if the thread
        // is interrupted
        boolean interrupted = false;
        try {
            while (!tryLock()) {
                if (System.nanoTime() - end > 0) {
                    throw new IOException("another process has locked " + path + " for more than " + longest.toSeconds()
                            + " s; is it stopped?");
                }
                LockSupport.parkNanos(this, LOOK_NANOS);
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean tryLock() throws IOException {
        try {
            return file.getChannel().tryLock() != null;
        } catch (OverlappingFileLockException e) { // a copy of this class in the same process holds the lock
            return false;
        }
    }

    private void read() throws IOException {
        byte[] bytes = new byte[3 * Long.BYTES];
        try {
            file.readFully(bytes);
        } catch (EOFException e) {
            return;
        }
        ByteBuffer read = ByteBuffer.wrap(bytes);
        value = read.getLong();
        known = value >= 0 && read.getLong() == BOOT && read.getLong() == (value ^ BOOT ^ MAGIC);
    }

    /** Returns whether the total is known. A known total may be too large, but not too small. */
    boolean isKnown() {
        return known;
    }

    long value() {
        return value;
    }

    void set(long total) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(3 * Long.BYTES).putLong(total).putLong(BOOT).putLong(total ^ BOOT ^ MAGIC);
        file.seek(0);
        file.write(bytes.array());
        value = total;
        known = true;
    }

    void add(long bytes) throws IOException {
        if (known) {
            set(Math.max(0, value + bytes));
        }
    }

    /** Marks the total as unknown, so that the next process that needs it counts the files again. */
    void forget() throws IOException {
        file.setLength(0);
        known = false;
    }

    /** Unlocks the file. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
