package io.pipeflux.s3;

import java.util.Objects;

/**
 * An object that the store has confirmed.
 *
 * @param uri {@code s3://bucket/key}
 * @param size the number of bytes
 * @param etag the ETag of the version that was written, in quotes as S3 states it
 */
public record WrittenObject(String uri, long size, String etag) {

    /** @throws NullPointerException if a component is null */
    public WrittenObject {
        Objects.requireNonNull(uri, "uri");
        Objects.requireNonNull(etag, "etag");
    }
}
