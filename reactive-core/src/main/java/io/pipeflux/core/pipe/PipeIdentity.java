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
 * Identifies a pipe's file. The inode's number alone is not enough: ext4 gives the number of a removed FIFO to the next
 * one. The time of the last modification distinguishes them. A rename does not change it, but the first bytes written
 * into the pipe do, so both sides read it before those.
 *
 * @param device {@code st_dev}
 * @param inode {@code st_ino}
 * @param mtimeNanos {@code st_mtim} in nanoseconds since 1970
 */
record PipeIdentity(long device, long inode, long mtimeNanos) {

    private static final String ATTRIBUTES = "unix:dev,ino,lastModifiedTime";

    /** The current identity of a file, and the time of its creation, or null if that is unknown. */
    record Seen(PipeIdentity identity, @Nullable Long bornNanos) {

        /**
         * Returns whether both are the same file. If they were created at different times, they are not: one of them
         * has reused the inode number of the other.
         */
        boolean isSameFile(Seen other) {
            return identity.isSameFile(other.identity) && Objects.equals(bornNanos, other.bornNanos);
        }

        /** Returns whether the file is known to be another one than that whose identity was read at its creation. */
        boolean isKnownToBeAnotherThan(PipeIdentity made) {
            return !identity.isSameFile(made) || (bornNanos != null && bornNanos != made.mtimeNanos);
        }
    }

    /** Returns the identity of the file at a path. Links are followed. */
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

    /** Returns whether both are the same file, even if bytes were written into it in between. */
    boolean isSameFile(PipeIdentity other) {
        return device == other.device && inode == other.inode;
    }
}
