package io.pipeflux.s3;

import java.nio.file.Path;

/**
 * Describes where a channel keeps objects on the local disk.
 *
 * @param directory the directory of the cache
 * @param bytes the maximum number of bytes that all files in the directory may occupy together
 */
record ObjectCache(Path directory, long bytes) {

    ObjectCache {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected a cache of >= 1 byte, but got " + bytes);
        }
    }
}
