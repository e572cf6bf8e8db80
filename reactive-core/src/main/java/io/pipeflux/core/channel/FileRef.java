package io.pipeflux.core.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Identifies a file by its path and the attributes that it had when it was listed.
 *
 * @param size the file's length in bytes
 * @param modified the file's modification time in nanoseconds since 1970
 */
record FileRef(Path path, long size, long modified) {

    private static final String SCHEME = "file://";
    private static final String MODIFIED = "modified ";

    /**
     * Returns the file to which a reference refers. If the reference has no version, the file's current modification
     * time is used.
     *
     * @throws IllegalArgumentException if the reference does not refer to a file
     */
    static FileRef of(ObjectRef ref) {
        String version = ref.version();
        if (!ref.key().startsWith(SCHEME) || (version != null && !version.startsWith(MODIFIED))) {
            throw new IllegalArgumentException(
                    "expected a reference to a file, with its modification time, but got " + ref);
        }
        Path path = Path.of(ref.key().substring(SCHEME.length()));
        if (version != null) {
            Instant modified = Instant.parse(version.substring(MODIFIED.length()));
            return new FileRef(path, ref.size(), nanos(modified));
        }
        try {
            return new FileRef(
                    path,
                    ref.size(),
                    of(path, Files.readAttributes(path, BasicFileAttributes.class))
                            .modified());
        } catch (IOException e) {
            throw notRead(path, e);
        }
    }

    private static long nanos(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }

    /**
     * @param times true if the modification time becomes the reference's version, false if the reference gets no
     *     version
     */
    ObjectRef ref(boolean times) {
        return new ObjectRef(key(), size, times ? version() : null, modifiedAt());
    }

    String version() {
        return MODIFIED + modifiedAt();
    }

    static FileRef of(Path path, BasicFileAttributes attributes) {
        return new FileRef(
                path, attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    }

    Instant modifiedAt() {
        return Instant.EPOCH.plusNanos(modified);
    }

    String key() {
        return key(path);
    }

    static String key(Path path) {
        return SCHEME + path;
    }

    /** Returns the error for a file that was listed but could not be read. */
    static ObjectReadException notRead(Path path, IOException cause) {
        return cause instanceof NoSuchFileException
                ? failed(
                        ErrorKind.CHANGED,
                        path,
                        "the file was removed after it was listed: expected it to remain until the end of the epoch;"
                                + " start the epoch again",
                        cause)
                : failed(path, cause);
    }

    static ObjectReadException failed(Path path, IOException cause) {
        return failed(
                ErrorKind.FILE_NOT_READ, path, "could not read the file or directory: " + Failed.reason(cause), cause);
    }

    static ObjectReadException failed(ErrorKind kind, Path path, String what, @Nullable IOException cause) {
        return CoreAccess.exception(ObjectReadException.class, kind, what, key(path), null, cause);
    }

    /**
     * Returns the conversion of files to bytes. It stores each file's path relative to the channel's directory.
     *
     * @param times whether resume points compare the modification time
     */
    static ChannelOrder.Packing<FileRef> packing(Path root, boolean times) {
        return new ChannelOrder.Packing<>() {
            @Override
            public byte[] name(FileRef file) {
                return pack(file, times ? file.modified : 0);
            }

            @Override
            public byte[] pack(FileRef file) {
                return pack(file, file.modified);
            }

            private byte[] pack(FileRef file, long modified) {
                byte[] below = root.relativize(file.path).toString().getBytes(UTF_8);
                return ByteBuffer.allocate(2 * Long.BYTES + below.length)
                        .putLong(file.size)
                        .putLong(modified)
                        .put(below)
                        .array();
            }

            @Override
            public long size(FileRef file) {
                return file.size;
            }

            @Override
            public FileRef unpack(byte[] bytes) {
                ByteBuffer in = ByteBuffer.wrap(bytes);
                long size = in.getLong();
                long modified = in.getLong();
                return new FileRef(root.resolve(UTF_8.decode(in).toString()), size, modified);
            }
        };
    }
}
