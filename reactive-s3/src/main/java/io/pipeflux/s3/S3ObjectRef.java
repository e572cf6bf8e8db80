package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An object of a listing or a manifest. A manifest contains neither sizes nor versions.
 *
 * @param size the length in bytes, or {@link io.pipeflux.core.ObjectBytes#UNKNOWN_SIZE}
 * @param etag the ETag of the object's version, or null if it is unknown
 * @param listOrigin the position in the channel's list, or null if it is not set yet
 * @param checksum the checksum that the store states, or null if it was not requested
 * @param lastModified the modification time that the listing states, or null
 */
record S3ObjectRef(
        String bucket,
        String key,
        long size,
        @Nullable String etag,
        @Nullable ListOrigin listOrigin,
        @Nullable StatedChecksum checksum,
        @Nullable Instant lastModified)
        implements ChannelItem {

    S3ObjectRef(String bucket, String key, long size, @Nullable String etag) {
        this(bucket, key, size, etag, null);
    }

    S3ObjectRef(String bucket, String key, long size, @Nullable String etag, @Nullable ListOrigin listOrigin) {
        this(bucket, key, size, etag, listOrigin, null, null);
    }

    S3ObjectRef at(ListOrigin listOrigin) {
        return new S3ObjectRef(bucket, key, size, etag, listOrigin, checksum, lastModified);
    }

    /** Returns a copy of this reference with the given size and version. */
    S3ObjectRef known(long size, @Nullable String etag) {
        return new S3ObjectRef(bucket, key, size, etag, listOrigin, checksum, lastModified);
    }

    /** Returns a copy of this reference with the given checksum. */
    S3ObjectRef with(@Nullable StatedChecksum checksum) {
        return new S3ObjectRef(bucket, key, size, etag, listOrigin, checksum, lastModified);
    }

    /** Returns a copy of this reference with the given modification time. */
    S3ObjectRef modified(@Nullable Instant time) {
        return new S3ObjectRef(bucket, key, size, etag, listOrigin, checksum, time);
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
