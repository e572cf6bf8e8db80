package io.pipeflux.s3;

import io.pipeflux.core.internal.FileAccess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory of cached objects that several processes share.
 *
 * <pre>
 *   .lock                        locked for each change; contains the total size of all files
 *   6b86b2...8e.16384.part       being written, and locked by its writer; 16,384 bytes are reserved for it
 *   6b86b2...8e.verified         complete, and verified against S3's checksum
 *   d4735e...ab.object           complete, but the object could not be verified
 * </pre>
 *
 * <p>When a file is complete, it is renamed, and from then on it never changes. Its modification time records when it
 * was last used. If a process is killed, the file that it was writing remains, but the kernel releases the lock on this
 * file. If another process then writes the same object, it takes this file over. If another process needs room before
 * that, it removes the file. Files with other names are left as they are.
 */
final class CacheDirectory {

    private static final String LOCK = ".lock";
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final long DAY = Duration.ofDays(1).toMillis();
    private static final int OTHERS_WRITE = 0002;

    /** The maximum number of files that one eviction removes. It limits the memory that the list of candidates uses. */
    private static final int MAX_REMOVED = 10_000;

    /**
     * One eviction frees at least the cache's size divided by this number. Because each eviction has to look at all
     * files, it frees more than the next write needs.
     */
    private static final int ROOM = 16;

    private static final Map<Path, CacheDirectory> KNOWN = new ConcurrentHashMap<>();

    /** The times at which a channel's previous and current epochs began, in milliseconds. */
    private record Epochs(long previous, long present) {}

    private record Unused(Path file, long usedMillis, long bytes) {}

    private final Path directory;
    private final Map<String, Epochs> epochs = new ConcurrentHashMap<>();

    /**
     * A lock that all copies of this class in the process share, even if different class loaders have loaded them. This
     * is necessary because a file lock belongs to the whole process.
     */
    private final Object monitor;

    // the following fields are guarded by the monitor
    private final Set<Path> writing = new HashSet<>();
    private long nothingUnusedSince = Long.MIN_VALUE; // every file has been used since this time, in milliseconds

    private CacheDirectory(Path directory) {
        this.directory = directory;
        this.monitor = ("io.pipeflux.s3.CacheDirectory " + directory).intern();
    }

    /**
     * Returns the cache directory at a path. If it does not exist, it is created with access for its owner only.
     *
     * @throws IOException if the directory cannot be used, or if every user may write into it and could therefore
     *     replace objects
     */
    static CacheDirectory of(Path path) throws IOException {
        Path real = FileAccess.OWNER.createDirectories(path).toRealPath();
        if (real.getFileSystem().supportedFileAttributeViews().contains("unix")
                && ((Integer) Files.getAttribute(real, "unix:mode") & OTHERS_WRITE) != 0) {
            throw new IOException("expected a directory that not every user may write into, but got " + real
                    + "; use a directory in it");
        }
        CacheDirectory found = KNOWN.computeIfAbsent(real, CacheDirectory::new);
        synchronized (found.monitor) { // fail early if files cannot be created or locked
            found.lock().close();
        }
        return found;
    }

    private CacheTotal lock() throws IOException {
        return CacheTotal.lock(directory.resolve(LOCK), LONGEST);
    }

    /**
     * Records that a channel begins an epoch. For the channel's first epoch in this process, the previous epoch is
     * assumed to have begun a day ago. So if the job was killed and started again, the files of the earlier run are
     * kept.
     */
    void beginEpoch(String channel) {
        long now = System.currentTimeMillis();
        epochs.compute(channel, (name, last) -> new Epochs(last == null ? now - DAY : last.present, now));
    }

    /**
     * Returns a time in milliseconds: files that were used at or after this time must not be evicted, because a channel
     * of this process may still need them. It is the earliest time at which the previous epoch of any channel began.
     * Channels that have begun no epoch for a day are ignored. If no channel remains, it is the time 24 hours ago.
     */
    private long unusedSince() {
        long now = System.currentTimeMillis();
        return epochs.values().stream()
                .filter(channel -> channel.present >= now - DAY)
                .mapToLong(Epochs::previous)
                .min()
                .orElse(now - DAY);
    }

    /** Returns an object's complete file and marks it as used now. Returns null if there is no such file. */
    @Nullable
    Path find(CacheKey key, boolean verified) throws IOException {
        Path file = directory.resolve(key.file(verified));
        if (FileAccess.regular(file) == null) {
            return null;
        }
        try {
            use(file);
            return file;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static void use(Path file) throws IOException {
        Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(FileTime.fromMillis(System.currentTimeMillis()), null, null);
    }

    /**
     * Begins to write an object. The caller must commit or abort the returned writer.
     *
     * @param bytes the maximum total size of all files
     * @param verified whether the object must be written even if the cache already has an unverified file of this
     *     object
     * @return null if the cache already has a file of the object, if the object is being written, or if there is no
     *     room for it
     */
    @Nullable
    CacheWriter begin(CacheKey key, long bytes, boolean verified) throws IOException {
        Path part = directory.resolve(key.part());
        synchronized (monitor) {
            try (CacheTotal total = lock()) {
                if (has(key, true) || (!verified && has(key, false)) || writing.contains(part)) {
                    return null;
                }
                boolean left = FileAccess.regular(part) != null;
                if (!left && !makeRoom(total, key.onDisk(), bytes)) {
                    return null;
                }
                if (!left) {
                    total.add(key.onDisk());
                }
                CacheWriter writer = CacheWriter.open(key, part);
                if (writer != null) {
                    writing.add(part);
                }
                return writer;
            }
        }
    }

    private boolean has(CacheKey key, boolean verified) throws IOException {
        return FileAccess.regular(directory.resolve(key.file(verified))) != null;
    }

    /** Completes a file, so that {@link #find} returns it from now on. */
    void commit(CacheWriter writer, boolean verified) throws IOException {
        writer.finish();
        Path file = directory.resolve(writer.key().file(verified));
        synchronized (monitor) {
            try (CacheTotal total = lock()) {
                BasicFileAttributes replaced = FileAccess.regular(file);
                use(writer.part());
                Files.move(writer.part(), file, StandardCopyOption.ATOMIC_MOVE);
                subtract(total, writer.key(), replaced);
                writing.remove(writer.part());
                writer.close();
            }
        }
    }

    /** Removes a file that was not completed. */
    void abort(CacheWriter writer) throws IOException {
        synchronized (monitor) {
            try (CacheTotal total = lock()) {
                if (Files.deleteIfExists(writer.part())) {
                    total.add(-writer.key().onDisk());
                }
            } finally {
                writing.remove(writer.part());
                writer.close();
            }
        }
    }

    /** Removes the complete file of an object. */
    void remove(CacheKey key, boolean verified) throws IOException {
        synchronized (monitor) {
            try (CacheTotal total = lock()) {
                Path file = directory.resolve(key.file(verified));
                BasicFileAttributes found = FileAccess.regular(file);
                if (Files.deleteIfExists(file)) {
                    subtract(total, key, found);
                }
            }
        }
    }

    /**
     * Subtracts the size of a removed file from the total. If damage had changed the length of the file, the total may
     * include the old length or the new one. In this case, the total is marked as unknown, so that the files are
     * counted again.
     *
     * @param found the attributes of the removed file, or null if there was no file
     */
    private static void subtract(CacheTotal total, CacheKey key, @Nullable BasicFileAttributes found)
            throws IOException {
        if (found != null && found.size() == key.header() + key.size()) {
            total.add(-key.onDisk());
        } else if (found != null) {
            total.forget();
        }
    }

    // == eviction ==

    private boolean makeRoom(CacheTotal total, long room, long bytes) throws IOException {
        long unusedSince = unusedSince();
        if (room > bytes) {
            return false;
        }
        if (total.isKnown() && (total.value() + room <= bytes || unusedSince <= nothingUnusedSince)) {
            return total.value() + room <= bytes;
        }
        PriorityQueue<Unused> unused = new PriorityQueue<>(
                Comparator.comparingLong(Unused::usedMillis).reversed()); // the head was used most recently
        long sum = count(unused, unusedSince);
        List<Unused> oldest = unused.stream()
                .sorted(Comparator.comparingLong(Unused::usedMillis))
                .toList();
        long most = sum + room <= bytes ? Long.MAX_VALUE : bytes - Math.max(room, bytes / ROOM);
        int removed = 0;
        for (; removed < oldest.size() && sum > most; removed++) {
            Files.deleteIfExists(oldest.get(removed).file);
            sum -= oldest.get(removed).bytes;
        }
        boolean none = removed == oldest.size() && removed < MAX_REMOVED;
        nothingUnusedSince = none ? unusedSince : Long.MIN_VALUE;
        total.set(sum);
        return sum + room <= bytes;
    }

    /**
     * Returns the total size of all files, and collects the files that have not been used since the given time. Also
     * removes the files of writers that were killed.
     */
    private long count(PriorityQueue<Unused> unused, long unusedSince) throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (CacheKey.isPart(name) && FileAccess.regular(file) != null) {
                    sum += isLeft(file) && Files.deleteIfExists(file) ? 0 : CacheKey.reserved(name);
                } else if (CacheKey.isComplete(name)) {
                    sum += look(file, unused, unusedSince);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return sum;
    }

    private boolean isLeft(Path part) throws IOException {
        if (writing.contains(part)) {
            return false; // closing the file would release this process's lock on it
        }
        try (RandomAccessFile locked = CacheWriter.lock(part)) {
            return locked != null;
        }
    }

    private long look(Path file, PriorityQueue<Unused> unused, long unusedSince) throws IOException {
        BasicFileAttributes found = FileAccess.regular(file);
        if (found == null) { // the file was removed by a user, or is a link
            return 0;
        }
        long used = found.lastModifiedTime().toMillis();
        long bytes = CacheKey.onDisk(found.size());
        if (used < unusedSince) {
            unused.add(new Unused(file, used, bytes));
            if (unused.size() > MAX_REMOVED) {
                unused.remove();
            }
        }
        return bytes;
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
