package io.pipeflux.core.internal;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock on a file, which excludes other processes and other code in this process. The kernel releases the
 * lock when the process ends for any reason.
 *
 * <p>The JDK uses fcntl(2) locks. Such a lock belongs to the process, and is released when the process closes any
 * descriptor of the file, even one that was opened only to find out whether the file is locked. This class therefore
 * keeps a table of the files that this process has locked, by device and inode, and consults the table before it opens
 * a file. Several paths to one file, through links or moved directories, lead to the same entry. If other code in the
 * process opens and closes a locked file, the lock is lost. This class cannot prevent that.
 *
 * <p>The file is not removed when the lock is released. If it were removed, two processes could hold the lock at the
 * same time: one on the file that it had opened earlier, and one on a new file.
 */
public final class ProcessLock implements Closeable {

    /** A kind of lock between processes. */
    public interface Kind {

        /**
         * Locks an existing file that this process has not locked.
         *
         * @return the lock, which {@code close} releases, or null if another process holds a lock on the file
         */
        @Nullable
        Closeable tryLock(Path file) throws IOException;
    }

    private static final int TRIES = 10;
    private static final int LONGEST_TEXT = 4096;

    /**
     * The locks that this process holds, keyed by the device and inode of the locked file. The monitor of this map also
     * guards {@link #FOREIGN}. A thread must hold the monitor while it opens or closes a lock file.
     */
    private static final Map<Object, ProcessLock> HELD = new HashMap<>();

    /**
     * Files that are locked by a copy of this class from a different class loader. They stay open, because closing such
     * a file would release its lock.
     */
    private static final Map<Object, RandomAccessFile> FOREIGN = new HashMap<>();

    private final Object key;
    private final Closeable lock;
    private String text = "";

    private ProcessLock(Object key, Closeable lock) {
        this.key = key;
        this.lock = lock;
    }

    /**
     * Takes an fcntl(2) lock on a file, as the JDK does. If the file does not exist, creates it with access for its
     * owner only. Does not wait.
     *
     * @return the lock, or null if another process, or other code in this process, holds a lock on the file
     * @throws IOException if the path is not a regular file, for example a symbolic link, or if the file cannot be
     *     locked
     */
    public static @Nullable ProcessLock tryTake(Path file) throws IOException {
        return tryTake(file, ProcessLock::byFcntl);
    }

    /** Locks a file as {@link #tryTake(Path)} does, but with the given kind of lock between processes. */
    public static @Nullable ProcessLock tryTake(Path file, Kind kind) throws IOException {
        synchronized (HELD) {
            for (int i = 0; i < TRIES; i++) {
                make(file);
                Object key = keyOf(file);
                Closeable lock = HELD.containsKey(key) ? null : kind.tryLock(file);
                if (lock == null) {
                    return null;
                }
                if (isStill(file, key, lock)) {
                    ProcessLock taken = new ProcessLock(key, lock);
                    HELD.put(key, taken);
                    return taken;
                }
                // the file was replaced in the meantime, or was copied by an overlay file system when it was opened
                lock.close();
            }
        }
        throw new IOException(
                "cannot lock " + file + ": it was replaced " + TRIES + " times while it was being opened");
    }

    /**
     * Returns whether the opened file is the file that was found at the path. A different file may have been opened if
     * a link was created at the path in the meantime, because opening follows links. If this method cannot determine
     * whether the files are the same, it releases the lock and fails.
     */
    private static boolean isStill(Path file, Object key, Closeable lock) throws IOException {
        try {
            return key.equals(keyOf(file)) && (!OpenFiles.areKnown() || OpenFiles.descriptorOf(key) != null);
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private static void make(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            try {
                FileAccess.createFile(file);
            } catch (FileAlreadyExistsException e) {
                // Another process has created the file in the meantime. That file can be used as well.
            }
        }
    }

    private static Object keyOf(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile()) {
            String kind = found.isSymbolicLink()
                    ? "a symbolic link"
                    : found.isDirectory() ? "a directory" : "a FIFO or device";
            throw new IOException("cannot lock " + file + ": expected a regular file, but got " + kind + "; remove it");
        }
        Object key = found.fileKey();
        return key == null ? file.toRealPath() : key;
    }

    @SuppressWarnings("resource") // closing the file releases the lock
    private static @Nullable Closeable byFcntl(Path file) throws IOException {
        Object key = keyOf(file);
        RandomAccessFile kept = FOREIGN.remove(key);
        RandomAccessFile opened = kept == null ? open(file) : kept;
        try {
            if (opened.getChannel().tryLock() != null) {
                return opened;
            }
        } catch (OverlappingFileLockException e) {
            FOREIGN.put(key, opened); // closing the file would release the lock that this process holds on it
            return null;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
        opened.close();
        return null;
    }

    private static RandomAccessFile open(Path file) throws IOException {
        try {
            return new RandomAccessFile(file.toFile(), "rw");
        } catch (FileNotFoundException e) { // the JDK throws this exception whenever a file cannot be opened
            if (Files.exists(file) && !Files.isWritable(file)) {
                throw denied(file);
            }
            throw e;
        }
    }

    /** Returns the error for a lock file that another user has created. */
    public static IOException denied(Path file) {
        return new AccessDeniedException(
                file.toString(),
                null,
                "a lock that another user may hold: " + Denied.explain(file.toString())
                        + ". Run both as one user, or use another directory");
    }

    /**
     * Returns whether a path still leads to the locked file. If the file or its directory was removed or replaced,
     * another process can lock the new file at the same path. This process is not notified of that.
     */
    public boolean isAt(Path file) throws IOException {
        try {
            return key.equals(keyOf(file));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * Replaces the file's content, and with it the text that {@link #holder} returns. Only fcntl locks support this.
     */
    public void write(String line) throws IOException {
        synchronized (HELD) {
            if (!(lock instanceof RandomAccessFile opened)) {
                throw new IllegalStateException("expected a lock by fcntl, but got another kind");
            }
            // does not use the channel, because an interrupt would close the channel and so release the lock
            opened.setLength(0);
            opened.seek(0);
            opened.write(line.getBytes(StandardCharsets.UTF_8));
            text = line;
        }
    }

    /**
     * Returns the text that the holder of a file's lock has written into the file. The text may be empty. Does not open
     * a file that this process has locked.
     */
    public static String holder(Path file) throws IOException {
        synchronized (HELD) {
            Object key = keyOf(file);
            ProcessLock here = HELD.get(key);
            RandomAccessFile foreign = FOREIGN.get(key);
            if (here != null) {
                return here.text;
            }
            if (foreign == null) {
                return Files.readString(file);
            }
            byte[] bytes = new byte[LONGEST_TEXT];
            foreign.seek(0);
            return new String(bytes, 0, Math.max(0, foreign.read(bytes)), StandardCharsets.UTF_8);
        }
    }

    /** Releases the lock. Further calls have no effect. */
    @Override
    public void close() throws IOException {
        // the lock is released and the entry is removed while HELD is locked; otherwise, closing the file could release
        // a lock that another thread has taken in the meantime
        synchronized (HELD) {
            if (HELD.get(key) == this) {
                try {
                    lock.close();
                } finally {
                    HELD.remove(key);
                }
            }
        }
    }
}
