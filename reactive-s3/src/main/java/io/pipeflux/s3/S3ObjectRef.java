package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;
import org.jspecify.annotations.Nullable;

/**
 * An object as a listing shows it, or a manifest, which tells neither size nor version.
 *
 * @param size its length in bytes, or {@link io.pipeflux.core.ObjectBytes#UNKNOWN_SIZE}
 * @param etag its version, or null if that is not known
 * @param listOrigin where it is in the channel's list, or null before it is in one
 */
record S3ObjectRef(
        String bucket,
        String key,
        long size,
        @Nullable String etag,
        @Nullable ListOrigin listOrigin) implements ChannelItem {

    S3ObjectRef(String bucket, String key, long size, @Nullable String etag) {
        this(bucket, key, size, etag, null);
    }

    S3ObjectRef at(ListOrigin listOrigin) {
        return new S3ObjectRef(bucket, key, size, etag, listOrigin);
    }

    /** The same object, whose size and version are known by now. */
    S3ObjectRef known(long size, @Nullable String etag) {
        return new S3ObjectRef(bucket, key, size, etag, listOrigin);
    }

    @Override
    public String name() {
        return "s3://" + bucket + "/" + key;
    }

    @Override
    public String toString() {
        return name();
    }
}
