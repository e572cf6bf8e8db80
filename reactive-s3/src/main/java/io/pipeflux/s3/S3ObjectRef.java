package io.pipeflux.s3;

import org.jspecify.annotations.Nullable;

/**
 * An object as its listing shows it.
 *
 * @param size its length in bytes
 * @param etag its version, or null if the store tells none
 */
record S3ObjectRef(
        String bucket, String key, long size, @Nullable String etag) {

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + key;
    }
}
