package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.FileAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Defines who may use pipes, their reports, and the directories that a writer creates for them. The owner may always
 * use them. In addition, one group may be given access, for readers that run as a different user. Immutable.
 *
 * <p>In a set-gid directory, new files get the directory's group, so no group has to be named. A file gets its group
 * and mode before it gets its final name, so no other user can open the file too early.
 */
public final class PipeAccess {

    private static final PipeAccess OWNER = new PipeAccess(FileAccess.OWNER, false);

    private final FileAccess files;
    private final boolean writes;

    private PipeAccess(FileAccess files, boolean writes) {
        this.files = files;
        this.writes = writes;
    }

    /**
     * Returns the default access: only the owner may use the files. Files have mode 0600, and directories have mode
     * 0700.
     */
    public static PipeAccess owner() {
        return OWNER;
    }

    /** Returns access permissions that let the group read pipes and reports (0640), and enter directories (0750). */
    public static PipeAccess groupReads() {
        return new PipeAccess(FileAccess.ofGroup(false, null), false);
    }

    /**
     * Returns access permissions that let the group read and write pipes (0660). With write permission, a reader in the
     * group can use blocking reads instead of polling.
     */
    public static PipeAccess groupReadsAndWrites() {
        return new PipeAccess(FileAccess.ofGroup(true, null), true);
    }

    /**
     * Returns a copy of this access with the given group. By default, new files get the group that the system chooses:
     * the group of a set-gid directory, or else the group of the process. A writer that is not root must be a member of
     * the group.
     *
     * @param group the name or number of a group on this host
     * @throws IllegalStateException if this is the {@linkplain #owner owner's} access
     */
    public PipeAccess group(String group) {
        Objects.requireNonNull(group, "group");
        if (!files.hasGroup()) {
            throw new IllegalStateException(
                    "expected groupReads() or groupReadsAndWrites() with a group, but the" + " access is the owner's");
        }
        return new PipeAccess(FileAccess.ofGroup(writes, group), writes);
    }

    /**
     * Applies this access to a file or directory that this process has created: sets the group first, then the mode.
     * Call this method before another process uses the file. Without JNA, this method briefly opens a FIFO and closes
     * it again. If a reader already waited for a writer of this FIFO, this would end the reader's epoch.
     *
     * @throws IOException if the file does not exist, is a symbolic link, or could not be given to the group
     */
    public void grant(Path file) throws IOException {
        FifoSystem.ofThisMachine().grant(file, files);
    }

    /**
     * Creates a directory and its missing parents with this access. Leaves existing directories as they are.
     *
     * @return the directory
     * @throws IOException if the directory could not be created, or if the group does not exist
     */
    public Path createDirectories(Path directory) throws IOException {
        files.requireGroup(directory);
        return files.createDirectories(directory);
    }

    FileAccess files() {
        return files;
    }

    @Override
    public String toString() {
        return "PipeAccess[" + files + "]";
    }
}
