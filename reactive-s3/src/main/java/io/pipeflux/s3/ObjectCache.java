package io.pipeflux.s3;

import java.nio.file.Path;

/**
 * Where a channel keeps objects on the local disk.
 *
 * @param bytes the most bytes that all files of the directory may take
 */
record ObjectCache(Path directory, long bytes) {

    ObjectCache {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected a cache of >= 1 byte, but got " + bytes);
        }
    }
}
