package io.pipeflux.core.internal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The files that this process has open, according to the kernel. A path can lead to another file each time it is used.
 * A descriptor cannot.
 */
final class OpenFiles {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private OpenFiles() {}

    /** Returns whether this host lists the open files. Without /proc, it does not. */
    static boolean areKnown() {
        return Files.isDirectory(DESCRIPTORS);
    }

    /** Returns the path that leads to an open file whatever happens to its name, or null if the file is not open. */
    static @Nullable Path descriptorOf(Object fileKey) throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : descriptors) {
                if (isFile(descriptor, fileKey)) {
                    return descriptor;
                }
            }
            return null;
        }
    }

    private static boolean isFile(Path descriptor, Object fileKey) throws IOException {
        try {
            return fileKey.equals(
                    Files.readAttributes(descriptor, BasicFileAttributes.class).fileKey());
        } catch (NoSuchFileException e) {
            return false; // closed in between
        }
    }

    /** Returns the attributes of a regular file, or null if the path leads to none. Does not follow a link. */
    static @Nullable BasicFileAttributes regular(Path file) throws IOException {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.isRegularFile() ? found : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Opens a file that exists, for reading and writing. It is cheap, for files that are opened often: it looks at the
     * path before and after, and not at all open files.
     *
     * @throws IOException if it is not a regular file, such as a symbolic link or a FIFO, or is replaced meanwhile
     */
    static RandomAccessFile openRegular(Path file) throws IOException {
        Object key = keyOf(file);
        RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
        try {
            if (!Objects.equals(key, keyOf(file))) {
                throw new IOException("cannot open " + file + ": it was replaced in the meantime");
            }
            return opened;
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private static @Nullable Object keyOf(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile()) {
            String kind = found.isSymbolicLink()
                    ? "a symbolic link"
                    : found.isDirectory() ? "a directory" : "a FIFO or device";
            throw new IOException("expected a regular file at " + file + ", but got " + kind + "; remove it");
        }
        return found.fileKey();
    }

    /**
     * Opens a file that this process has just created, for writing.
     *
     * @throws IOException if the file was replaced in between, for example by a symbolic link to another file. Nothing
     *     is written to that one
     */
    static RandomAccessFile openCreated(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
        try {
            if (key != null && areKnown() && descriptorOf(key) == null) {
                throw new IOException("expected the file that was created at " + file
                        + ", but got a symbolic link or another file: it was replaced in the meantime");
            }
            return opened;
        } catch (IOException | RuntimeException | Error e) {
            try {
                opened.close();
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }
}
