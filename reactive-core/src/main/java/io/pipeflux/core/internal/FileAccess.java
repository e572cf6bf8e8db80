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
 * The users who may use files and directories that this process creates. These are created for their owner only. Group
 * and further permissions are set before they get the name by which other processes open them. So, whatever the umask
 * is, no process can open a file before it has its final group and mode, and no permitted process is rejected.
 *
 * <pre>
 *   group may    files, FIFOs   directories, which keep their set-gid bit   sockets
 *   nothing      0600           0700                                        0600
 *   read         0640           0750                                        0660: to connect is to write
 *   read, write  0660           0750                                        0660
 * </pre>
 *
 * <p>File systems without POSIX permissions are left as they are.
 */
public final class FileAccess {

    /** Only the owner. */
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
    private static final int ALL_BITS = 07777; // with set-uid, set-gid and sticky

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
     * Returns the access of a group, besides the owner's.
     *
     * @param group the group's name or number, or null for the group that the file system gives to new files
     */
    public static FileAccess ofGroup(boolean writes, @Nullable String group) {
        return new FileAccess(writes ? 0060 : 0040, group);
    }

    /** Returns whether a group has access, too. */
    public boolean hasGroup() {
        return groupBits != 0;
    }

    /**
     * Creates an empty file that only its owner may use.
     *
     * @throws FileAlreadyExistsException if anything has that name, such as a symbolic link
     */
    public static Path createFile(Path file) throws IOException {
        return Files.createFile(file, attributes(file, "rw-------"));
    }

    /**
     * Opens a file that this process has just created, for writing.
     *
     * @throws IOException if it was replaced in between, for example by a symbolic link, which is not written through
     */
    public static RandomAccessFile openCreated(Path file) throws IOException {
        return OpenFiles.openCreated(file);
    }

    /**
     * Opens a file that exists, for reading and writing.
     *
     * @throws IOException if it is not a regular file, such as a symbolic link or a FIFO, or is replaced meanwhile
     */
    public static RandomAccessFile openRegular(Path file) throws IOException {
        return OpenFiles.openRegular(file);
    }

    /** Returns what a regular file is, or null if there is none: anything else that has the name does not count. */
    public static @Nullable BasicFileAttributes regular(Path file) throws IOException {
        return OpenFiles.regular(file);
    }

    /** Removes a file that could not be completed. Its own failure is added to the first one as suppressed. */
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
     * @throws FileAlreadyExistsException if anything has that name
     */
    public static Path createDirectory(Path directory) throws IOException {
        return Files.createDirectory(directory, attributes(directory, "rwx------"));
    }

    /**
     * Creates a directory with this access, and those of its parents that do not exist.
     *
     * @return the directory; one that exists is left as it is
     */
    public Path createDirectories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) { // or a link to one
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
            if (!Files.isDirectory(directory)) { // otherwise another process has made it
                throw e;
            }
        }
    }

    /** Gives the directory its name when its group can use it: a reader may already look for it. */
    private void createSharedDirectory(Path directory, Path name) throws IOException {
        byte[] random = new byte[4];
        RANDOM.nextBytes(random);
        Path made =
                directory.resolveSibling("." + name + ".new-" + HexFormat.of().formatHex(random));
        Files.createDirectory(made, attributes(made, "rwxr-x---"));
        try {
            grant(made);
            if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) { // a move could replace an empty directory
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
     * Gives this access to a file of this process: first its group, then its mode. A FIFO is opened for a moment, so no
     * other process may use it yet. A socket has to be in a directory that only this user may enter, because the JDK
     * can set its mode only by its name.
     *
     * @throws IOException if the file is a symbolic link, or if this process may not give it to the group
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
     * To set a mode without following a link, the JDK opens the file, which would wait at a FIFO. So this opens it in
     * both directions, which never waits.
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
     * As {@link #grant}, for an open file of this process, which cannot be replaced.
     *
     * @param descriptor the path that leads to the open file
     * @param file its name, for messages
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

    /** Fails unless the group exists. */
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
