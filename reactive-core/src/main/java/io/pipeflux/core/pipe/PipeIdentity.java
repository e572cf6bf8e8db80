package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Which file a pipe is. An inode's number alone does not identify it: ext4 gives a removed FIFO's number to the next one.
 * The time of the last modification distinguishes them. It survives a rename, but not the first bytes written into the
 * pipe, so both sides take it before.
 *
 * @param device {@code st_dev}
 * @param inode {@code st_ino}
 * @param mtimeNanos {@code st_mtim} in nanoseconds since 1970
 */
record PipeIdentity(long device, long inode, long mtimeNanos) {

    private static final String ATTRIBUTES = "unix:dev,ino,lastModifiedTime,lastAccessTime,ctime";

    /** The identity of a file now, and whether anything happened to the file since it was made. */
    record Seen(PipeIdentity identity, boolean untouched) {}

    /** Returns the identity of the file at a path; links are followed. */
    static PipeIdentity of(Path path) throws IOException {
        return see(path).identity;
    }

    static Seen see(Path path) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, ATTRIBUTES);
        FileTime modified = (FileTime) attribute(attributes, "lastModifiedTime");
        PipeIdentity identity = new PipeIdentity(
                (Long) attribute(attributes, "dev"),
                (Long) attribute(attributes, "ino"),
                modified.to(TimeUnit.NANOSECONDS));
        boolean untouched =
                modified.equals(attributes.get("lastAccessTime")) && modified.equals(attributes.get("ctime"));
        return new Seen(identity, untouched);
    }

    private static Object attribute(Map<String, Object> attributes, String name) {
        return Objects.requireNonNull(attributes.get(name), name);
    }

    /** Returns whether both are the same file now, whatever was written into it in between. */
    boolean isSameFile(PipeIdentity other) {
        return device == other.device && inode == other.inode;
    }
}
