package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An object whose bytes are on the local disk. The file may be removed before it is read.
 *
 * @param verified whether the bytes were compared with the store's checksum before the file was completed
 */
record CachedObject(S3ObjectRef ref, CacheKey key, Path file, boolean verified) implements ChannelItem {

    @Override
    public String name() {
        return ref.name();
    }

    @Override
    public @Nullable ListOrigin listOrigin() {
        return ref.listOrigin();
    }
}
