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
 * A directory of objects, which processes share.
 *
 * <pre>
 *   .lock                        locked for each change; holds the bytes of all files
 *   6b86b2...8e.16384.part       being written, and locked by its writer; 16,384 bytes are reserved for it
 *   6b86b2...8e.verified         complete: the bytes were compared with S3's checksum
 *   d4735e...ab.object           complete, of an object that could not be verified
 * </pre>
 *
 * <p>A file is renamed when it is complete, and never changed afterwards. Its time of modification is that of its last
 * use. Whoever is killed leaves a file that is being written, whose lock the kernel releases. The next process that
 * wants to write the same object, or needs room, finds it. Other files of the directory are left as they are.
 */
final class CacheDirectory {

    private static final String LOCK = ".lock";
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final long DAY = Duration.ofDays(1).toMillis();
    private static final int OTHERS_WRITE = 0002;

    /** The maximum number of files that one eviction removes: the candidates are held in memory. */
    private static final int MAX_REMOVED = 10_000;

    /**
     * A search for room reads all files, so it frees more than is needed at the moment: this part of the whole cache.
     */
    private static final int ROOM = 16;

    private static final Map<Path, CacheDirectory> KNOWN = new ConcurrentHashMap<>();

    /** When the previous and the present epoch of a channel began, in milliseconds. */
    private record Epochs(long previous, long present) {}

    private record Unused(Path file, long usedMillis, long bytes) {}

    private final Path directory;
    private final Map<String, Epochs> epochs = new ConcurrentHashMap<>();

    /** One for all copies of this class in the process, because locks of files are those of the process. */
    private final Object monitor;

    // guarded by the monitor
    private final Set<Path> writing = new HashSet<>();
    private long nothingUnusedSince = Long.MIN_VALUE; // no file was last used before that time

    private CacheDirectory(Path directory) {
        this.directory = directory;
        this.monitor = ("io.pipeflux.s3.CacheDirectory " + directory).intern();
    }

    /**
     * Returns the directory at a path, which is created for its owner only if it does not exist.
     *
     * @throws IOException if it cannot be used, or if every user may write into it, and could replace objects
     */
    static CacheDirectory of(Path path) throws IOException {
        Path real = FileAccess.OWNER.createDirectories(path).toRealPath();
        if (real.getFileSystem().supportedFileAttributeViews().contains("unix")
                && ((Integer) Files.getAttribute(real, "unix:mode") & OTHERS_WRITE) != 0) {
            throw new IOException("expected a directory that not every user may write into, but got " + real
                    + "; use a directory in it");
        }
        CacheDirectory found = KNOWN.computeIfAbsent(real, CacheDirectory::new);
        synchronized (found.monitor) { // fails early if files cannot be made or locked
            found.lock().close();
        }
        return found;
    }

    private CacheTotal lock() throws IOException {
        return CacheTotal.lock(directory.resolve(LOCK), LONGEST);
    }

    /** Called when an epoch of a channel begins. In its first one, files of the last day may be a killed job's. */
    void beginEpoch(String channel) {
        long now = System.currentTimeMillis();
        epochs.compute(channel, (name, last) -> new Epochs(last == null ? now - DAY : last.present, now));
    }

    /**
     * Returns the time in milliseconds since when each file was used that a channel of this process needs: the begin of
     * its previous epoch. A channel that has begun no epoch for a day needs none.
     */
    private long unusedSince() {
        long now = System.currentTimeMillis();
        return epochs.values().stream()
                .filter(channel -> channel.present >= now - DAY)
                .mapToLong(Epochs::previous)
                .min()
                .orElse(now - DAY);
    }

    /** Returns the complete file of an object, or null if there is none. From now on it counts as used. */
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
     * Begins to write an object. The caller must commit or abort it.
     *
     * @param bytes the most bytes that all files may take
     * @param verified whether a file of an object that was not verified does not count
     * @return null if the object has a file, is being written, or finds no room
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

    /** Completes a file, which is found from now on. */
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
     * Subtracts a complete file that is gone. If damage has made it shorter or longer, the total may have it with
     * either length. So nothing is known, until the files are counted again.
     *
     * @param found the file, or null if there was none
     */
    private static void subtract(CacheTotal total, CacheKey key, @Nullable BasicFileAttributes found)
            throws IOException {
        if (found != null && found.size() == key.header() + key.size()) {
            total.add(-key.onDisk());
        } else if (found != null) {
            total.forget();
        }
    }

    // == room ==

    private boolean makeRoom(CacheTotal total, long room, long bytes) throws IOException {
        long unusedSince = unusedSince();
        if (room > bytes) {
            return false;
        }
        if (total.isKnown() && (total.value() + room <= bytes || unusedSince <= nothingUnusedSince)) {
            return total.value() + room <= bytes;
        }
        PriorityQueue<Unused> unused = new PriorityQueue<>(
                Comparator.comparingLong(Unused::usedMillis).reversed()); // the head is the last used
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

    /** Returns the bytes of all files, and collects those that were not used since. Removes files of killed writers. */
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
            return false; // closing it would release the lock of this process
        }
        try (RandomAccessFile locked = CacheWriter.lock(part)) {
            return locked != null;
        }
    }

    private long look(Path file, PriorityQueue<Unused> unused, long unusedSince) throws IOException {
        BasicFileAttributes found = FileAccess.regular(file);
        if (found == null) { // removed by hand, or a link
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
