package io.pipeflux.s3;

import org.jspecify.annotations.Nullable;

/**
 * An object as a listing shows it, or a manifest, which tells neither size nor version.
 *
 * @param size its length in bytes, or {@link io.pipeflux.core.ObjectBytes#UNKNOWN_SIZE}
 * @param etag its version, or null if nobody told any
 */
record S3ObjectRef(
        String bucket, String key, long size, @Nullable String etag) implements ChannelItem {

    @Override
    public String name() {
        return "s3://" + bucket + "/" + key;
    }

    @Override
    public String toString() {
        return name();
    }
}
