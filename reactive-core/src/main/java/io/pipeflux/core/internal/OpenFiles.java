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
 * Finds the kernel's entries for the files that this process has open. A path may lead to a different file each time it
 * is used, whereas a descriptor always leads to the same file.
 */
final class OpenFiles {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private OpenFiles() {}

    /** Returns whether this process can list its open files. This is not possible on a host without {@code /proc}. */
    static boolean areKnown() {
        return Files.isDirectory(DESCRIPTORS);
    }

    /**
     * Returns a path that leads to an open file even if the file is renamed or removed. Returns null if the file is not
     * open.
     */
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
            // the file was closed after it was listed
            return false;
        }
    }

    /**
     * Returns the attributes of a regular file. Returns null if the path does not lead to a regular file. Does not
     * follow a link.
     */
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
     * Opens an existing file for reading and writing. This method is meant for files that are opened often. The method
     * is fast, because it checks the path before and after opening, instead of searching all open files.
     *
     * @throws IOException if the path is not a regular file, for example a symbolic link or a FIFO, or if the file is
     *     replaced while it is being opened
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
     * Opens, for writing, a file that this process has just created.
     *
     * @throws IOException if the file was replaced after it was created, for example by a symbolic link to a different
     *     file. Nothing is written to that file
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
