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
 * Identifies a pipe's file. The inode number alone is not enough, because ext4 gives the number of a removed FIFO to
 * the next new FIFO. The modification time distinguishes the two FIFOs. A rename does not change this time, but writing
 * bytes into the pipe does. Therefore, the writer and the reader both read the identity before any bytes are written.
 *
 * @param device {@code st_dev}
 * @param inode {@code st_ino}
 * @param mtimeNanos {@code st_mtim} in nanoseconds since 1970
 */
record PipeIdentity(long device, long inode, long mtimeNanos) {

    private static final String ATTRIBUTES = "unix:dev,ino,lastModifiedTime";

    /** The current identity of a file, and the file's creation time. The creation time is null if it is unknown. */
    record Seen(PipeIdentity identity, @Nullable Long bornNanos) {

        /**
         * Returns whether {@code other} is the same file. If the creation times differ, it is a different file that has
         * the same inode number.
         */
        boolean isSameFile(Seen other) {
            return identity.isSameFile(other.identity) && Objects.equals(bornNanos, other.bornNanos);
        }

        /**
         * Returns whether this file is known to differ from the file that was created with the identity {@code made}.
         */
        boolean isKnownToBeAnotherThan(PipeIdentity made) {
            return !identity.isSameFile(made) || (bornNanos != null && bornNanos != made.mtimeNanos);
        }
    }

    /** Returns the identity of the file at a path. Follows links. */
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

    /**
     * Returns whether {@code other} identifies the same file, even if bytes were written into the file between the
     * times at which the two identities were read.
     */
    boolean isSameFile(PipeIdentity other) {
        return device == other.device && inode == other.inode;
    }
}
