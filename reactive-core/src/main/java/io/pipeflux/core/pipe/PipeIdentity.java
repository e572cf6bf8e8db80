package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a pipe's file. An inode's number alone does not identify it: ext4 gives a removed FIFO's number to
 * the next one. The time of the last modification distinguishes them. It survives a rename, but not the first bytes
 * written into the pipe, so both sides take it before those.
 *
 * @param device {@code st_dev}
 * @param inode {@code st_ino}
 * @param mtimeNanos {@code st_mtim} in nanoseconds since 1970
 */
record PipeIdentity(long device, long inode, long mtimeNanos) {

    private static final String ATTRIBUTES = "unix:dev,ino,lastModifiedTime";

    /** The identity of a file now, and when the file was made, or null if that is unknown. */
    record Seen(PipeIdentity identity, @Nullable Long bornNanos) {

        /**
         * Returns whether both are the same file. A file that was made at another time is another one, which only has
         * the number of an inode that was given back.
         */
        boolean isSameFile(Seen other) {
            return identity.isSameFile(other.identity) && Objects.equals(bornNanos, other.bornNanos);
        }

        /** Returns whether the file is known not to be the one whose identity was taken when that was made. */
        boolean isKnownToBeAnotherThan(PipeIdentity made) {
            return !identity.isSameFile(made) || (bornNanos != null && bornNanos != made.mtimeNanos);
        }
    }

    /** Returns the identity of the file at a path; links are followed. */
    static PipeIdentity of(Path path) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, ATTRIBUTES);
        return new PipeIdentity(
                (Long) attribute(attributes, "dev"),
                (Long) attribute(attributes, "ino"),
                ((FileTime) attribute(attributes, "lastModifiedTime")).to(TimeUnit.NANOSECONDS));
    }

    static Seen see(Path path) throws IOException {
        return new Seen(of(path), FifoSystem.ofThisMachine().bornNanos(path));
    }

    private static Object attribute(Map<String, Object> attributes, String name) {
        return Objects.requireNonNull(attributes.get(name), name);
    }

    /** Returns whether both are the same file now, whatever was written into it in between. */
    boolean isSameFile(PipeIdentity other) {
        return device == other.device && inode == other.inode;
    }
}
