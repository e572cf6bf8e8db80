package io.pipeflux.core.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The proof that a file is not there. {@link NoSuchFileException} and {@code Files.notExists} are none: a link to
 * something that is not there, such as a mount that has not come yet, gives them, too.
 */
public final class Missing {

    private Missing() {}

    /**
     * Returns if there was nothing by that name.
     *
     * @param found what opening the file has thrown
     * @throws IOException if the name or a directory of the path is a link to something that is not there
     */
    public static void prove(Path file, NoSuchFileException found) throws IOException {
        for (Path path = file.toAbsolutePath(); path != null; path = path.getParent()) {
            BasicFileAttributes entry;
            try {
                entry = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                continue; // the directory above decides
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
}
