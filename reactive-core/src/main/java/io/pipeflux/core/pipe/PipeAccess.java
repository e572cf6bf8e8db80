package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.FileAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Who may use pipes, their reports, and the directories that a writer makes for them: their owner, and one group if a
 * reader runs as another user. Immutable. In a set-gid directory, files get the directory's group, so none has to be
 * named.
 *
 * <p>A file has its group and mode before it gets its name. So at no moment can others open it.
 */
public final class PipeAccess {

    private static final PipeAccess OWNER = new PipeAccess(FileAccess.OWNER, false);

    private final FileAccess files;
    private final boolean writes;

    private PipeAccess(FileAccess files, boolean writes) {
        this.files = files;
        this.writes = writes;
    }

    /** Returns the default: only the owner may use them. Files have mode 0600, directories 0700. */
    public static PipeAccess owner() {
        return OWNER;
    }

    /** Returns an access by which the group may read pipes and reports (0640), and enter directories (0750). */
    public static PipeAccess groupReads() {
        return new PipeAccess(FileAccess.ofGroup(false, null), false);
    }

    /**
     * Returns an access by which the group may also write into pipes (0660). With it, a reader of the group reads
     * without polling.
     */
    public static PipeAccess groupReadsAndWrites() {
        return new PipeAccess(FileAccess.ofGroup(true, null), true);
    }

    /**
     * Sets the group. Defaults to the one that the system gives to new files: that of a set-gid directory, or else that
     * of the process. A writer that is not root must belong to the group.
     *
     * @param group the name of a group of this host, or its number
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
     * Gives this access to a file or directory of this process: first its group, then its mode. Call it before another
     * process uses the file: without JNA, a FIFO is opened and closed for this, which would end a reader's epoch.
     *
     * @throws IOException if the file does not exist, is a symbolic link, or could not be given to the group
     */
    public void grant(Path file) throws IOException {
        FifoSystem.ofThisMachine().grant(file, files);
    }

    /**
     * Creates a directory with this access, and those of its parents that do not exist. Leaves existing directories as
     * they are.
     *
     * @return the directory
     * @throws IOException if it could not be created, or if the group does not exist
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
