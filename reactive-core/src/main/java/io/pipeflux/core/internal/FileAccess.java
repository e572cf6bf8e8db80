package io.pipeflux.core.internal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Defines which users may use the files and directories that this process creates. At first, only the owner may use a
 * new file. The group and further permissions are set before the file gets the name by which other processes open it.
 * Therefore, no process can open a file by that name before the file has its final group and mode, and no permitted
 * process is rejected. The result does not depend on the umask.
 *
 * <pre>
 *   group may    files, FIFOs   directories, which keep their set-gid bit   sockets
 *   nothing      0600           0700                                        0600
 *   read         0640           0750                                        0660: connecting needs write permission
 *   read, write  0660           0750                                        0660
 * </pre>
 *
 * <p>On file systems without POSIX permissions, nothing is set.
 */
public final class FileAccess {

    /** Gives access to the owner alone. */
    public static final FileAccess OWNER = new FileAccess(0, null);

    private static final int OWNER_READS_AND_WRITES = 0600;
    private static final int OWNER_USES_DIRECTORY = 0700;
    private static final int GROUP_USES_DIRECTORY = 0050;
    private static final int GROUP_CONNECTS = 0060;
    private static final int TYPE = 0170000;
    private static final int FIFO = 0010000;
    private static final int DIRECTORY = 0040000;
    private static final int LINK = 0120000;
    private static final int SOCKET = 0140000;
    private static final int PERMISSIONS = 0777;
    private static final int ALL_BITS = 07777; // permissions, set-uid, set-gid and sticky bits

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final LinkOption[] FOLLOW = {};
    private static final LinkOption[] NOT_FOLLOW = {LinkOption.NOFOLLOW_LINKS};

    private final int groupBits;
    private final @Nullable String group;

    private FileAccess(int groupBits, @Nullable String group) {
        this.groupBits = groupBits;
        this.group = group;
    }

    /**
     * Returns an object that gives access to the owner and a group.
     *
     * @param writes whether the group may write, too
     * @param group the group's name or number, or null for the group that the file system gives to new files
     */
    public static FileAccess ofGroup(boolean writes, @Nullable String group) {
        return new FileAccess(writes ? 0060 : 0040, group);
    }

    /** Returns whether a group has access in addition to the owner. */
    public boolean hasGroup() {
        return groupBits != 0;
    }

    /**
     * Creates an empty file that only its owner may use.
     *
     * @throws FileAlreadyExistsException if the name is in use, even by a symbolic link
     */
    public static Path createFile(Path file) throws IOException {
        return Files.createFile(file, attributes(file, "rw-------"));
    }

    /**
     * Opens, for writing, a file that this process has just created.
     *
     * @throws IOException if the file was replaced after it was created, for example by a symbolic link. Nothing is
     *     written through such a link
     */
    public static RandomAccessFile openCreated(Path file) throws IOException {
        return OpenFiles.openCreated(file);
    }

    /**
     * Opens an existing file for reading and writing.
     *
     * @throws IOException if the path is not a regular file, for example a symbolic link or a FIFO, or if the file is
     *     replaced while it is being opened
     */
    public static RandomAccessFile openRegular(Path file) throws IOException {
        return OpenFiles.openRegular(file);
    }

    /** Returns the attributes of a regular file. Returns null if the file does not exist or is not a regular file. */
    public static @Nullable BasicFileAttributes regular(Path file) throws IOException {
        return OpenFiles.regular(file);
    }

    /**
     * Removes a file that could not be completed. If the removal fails, too, its exception becomes a suppressed
     * exception of {@code first}.
     */
    public static void removeAfter(Throwable first, Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException | RuntimeException more) {
            first.addSuppressed(more);
        }
    }

    /**
     * Creates a directory that only its owner may use.
     *
     * @throws FileAlreadyExistsException if the name is in use
     */
    public static Path createDirectory(Path directory) throws IOException {
        return Files.createDirectory(directory, attributes(directory, "rwx------"));
    }

    /**
     * Creates a directory and its missing parents, and gives this access to each of them. Does not change a directory
     * that already exists.
     *
     * @return the directory
     */
    public Path createDirectories(Path directory) throws IOException {
        // a link to a directory counts as a directory
        if (!Files.isDirectory(directory)) {
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                createDirectories(parent);
            }
            createMissing(directory);
        }
        return directory;
    }

    private void createMissing(Path directory) throws IOException {
        try {
            if (!hasGroup() || directory.getFileName() == null) {
                createDirectory(directory);
            } else {
                createSharedDirectory(directory, directory.getFileName());
            }
        } catch (IOException e) {
            // if the directory exists now, another process has created it in the meantime
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    /**
     * Creates the directory under a temporary name, gives its group access, and only then renames it, because a reader
     * may already be looking for the final name.
     */
    private void createSharedDirectory(Path directory, Path name) throws IOException {
        byte[] random = new byte[4];
        RANDOM.nextBytes(random);
        Path made =
                directory.resolveSibling("." + name + ".new-" + HexFormat.of().formatHex(random));
        Files.createDirectory(made, attributes(made, "rwxr-x---"));
        try {
            grant(made);
            // without this check, the move could replace an empty directory
            if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(directory.toString());
            }
            Files.move(made, directory, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException | Error e) {
            removeAfter(e, made);
            throw e;
        }
    }

    private static FileAttribute<?>[] attributes(Path file, String permissions) {
        return isPosix(file)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    /**
     * Applies this access to a file that this process has created: sets the group first, then the mode. If the file is
     * a FIFO, this method briefly opens the FIFO, so other processes must not use the FIFO yet. A socket must be in a
     * directory that only this user may enter, because the JDK can set a socket's mode only by its name.
     *
     * @throws IOException if the file is a symbolic link, or if this process is not allowed to give the file to the
     *     group
     */
    public void grant(Path file) throws IOException {
        if (!isPosix(file)) {
            return;
        }
        int found = modeOf(file, file, NOT_FOLLOW);
        int type = found & TYPE;
        if (type == FIFO) {
            grantFifo(file);
        } else {
            grant(file, file, found, type == SOCKET ? FOLLOW : NOT_FOLLOW);
        }
    }

    /**
     * Applies this access to a FIFO. To set a mode without following a link, the JDK opens the file. Opening a FIFO in
     * one direction would block until another process opens the other end, so this method opens the FIFO in both
     * directions, which never blocks.
     */
    private void grantFifo(Path fifo) throws IOException {
        Object key = Files.readAttributes(fifo, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        try (FileChannel opened =
                FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            Path descriptor = opened.isOpen() && key != null ? OpenFiles.descriptorOf(key) : null;
            if (descriptor == null) {
                throw new IOException("expected the FIFO that was created at " + fifo
                        + ", but got another file: it was replaced in the meantime");
            }
            grantOpened(descriptor, fifo);
        }
    }

    /**
     * Does the same as {@link #grant}, but for a file that this process has already opened, so the file cannot be
     * replaced by a different one.
     *
     * @param descriptor the path that leads to the open file
     * @param file the file's name, for messages
     */
    public void grantOpened(Path descriptor, Path file) throws IOException {
        grant(descriptor, file, modeOf(descriptor, file, FOLLOW), FOLLOW);
    }

    private static int modeOf(Path path, Path file, LinkOption[] links) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", links);
        if ((mode & TYPE) == LINK) {
            throw new IOException("expected a file of this process, but " + file + " is a symbolic link");
        }
        return mode;
    }

    private void grant(Path path, Path file, int found, LinkOption[] links) throws IOException {
        if (hasGroup() && group != null) {
            giveTo(group, path, file, links);
        }
        int mode = (found & ALL_BITS & ~PERMISSIONS) | mode(found & TYPE);
        if (mode != (found & ALL_BITS)) {
            Files.setAttribute(path, "unix:mode", mode, links);
        }
    }

    private int mode(int type) {
        if (type == DIRECTORY) {
            return OWNER_USES_DIRECTORY | (hasGroup() ? GROUP_USES_DIRECTORY : 0);
        }
        return OWNER_READS_AND_WRITES | (type == SOCKET && hasGroup() ? GROUP_CONNECTS : groupBits);
    }

    private static void giveTo(String group, Path path, Path file, LinkOption[] links) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class, links);
        GroupPrincipal principal = principal(group, file);
        if (view.readAttributes().group().equals(principal)) {
            return;
        }
        try {
            view.setGroup(principal);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            throw new IOException(
                    "could not give " + file + " to the group \"" + group + "\": " + e.getReason()
                            + "; expected a group of this process, which has " + OwnProcess.identity(),
                    e);
        }
    }

    /** Fails if the group of this access does not exist. */
    public void requireGroup(Path where) throws IOException {
        if (group != null) {
            principal(group, where);
        }
    }

    private static GroupPrincipal principal(String group, Path file) throws IOException {
        try {
            return file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
        } catch (UserPrincipalNotFoundException e) {
            throw new IOException("expected the name or number of a group of this host, but got \"" + group + "\"", e);
        }
    }

    @Override
    public String toString() {
        return Integer.toOctalString(OWNER_READS_AND_WRITES | groupBits) + (group == null ? "" : " " + group);
    }
}
