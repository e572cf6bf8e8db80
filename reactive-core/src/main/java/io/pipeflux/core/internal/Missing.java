package io.pipeflux.core.internal;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Proves that a file does not exist. {@link NoSuchFileException} and {@code Files.notExists} do not prove this, because
 * both also result from a link to a missing target, such as a volume that has not been mounted yet.
 */
public final class Missing {

    private Missing() {}

    /**
     * Returns normally if no file has the given name.
     *
     * @param found the exception that was thrown when the file was opened
     * @throws IOException if the file or a directory of its path is a link to a missing target
     */
    public static void prove(Path file, NoSuchFileException found) throws IOException {
        requireDirectories(file);
        for (Path path = file.toAbsolutePath(); path != null; path = path.getParent()) {
            BasicFileAttributes entry;
            try {
                entry = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                continue; // checks the parent directory next
            }
            try {
                if (entry.isSymbolicLink()) {
                    Files.readAttributes(path, BasicFileAttributes.class);
                }
            } catch (NoSuchFileException e) {
                throw new IOException(path + " is a link to something that is not there", found);
            }
        }
    }

    /**
     * Fails if the path leads through a regular file. This check is needed because JDK 25 and later report a file at
     * such a path as missing when they read its attributes.
     */
    static void requireDirectories(Path file) throws IOException {
        for (Path path = file.toAbsolutePath().getParent(); path != null; path = path.getParent()) {
            try {
                if (!Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
                    throw new FileSystemException(file.toString(), null, "Not a directory: " + path);
                }
                return;
            } catch (NoSuchFileException e) { // the parent of this path may be a regular file
            }
        }
    }
}
