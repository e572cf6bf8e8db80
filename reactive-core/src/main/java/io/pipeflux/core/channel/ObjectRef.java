package io.pipeflux.core.channel;

import io.pipeflux.core.internal.KeyText;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Refers to an object of a channel's list, so that one process can list the objects and other processes can read them.
 * An engine that distributes the objects sends these references between the processes.
 *
 * @param key the object's name, as {@link io.pipeflux.core.ObjectBytes#key()} returns it
 * @param size the object's length in bytes when it was listed
 * @param version a text that changes whenever the object's bytes change, or null if the store states none; see
 *     {@link io.pipeflux.core.ObjectBytes#version()}
 * @param lastModified the time at which the object was last modified, by the clock of its store, or null if the list
 *     states no time. For a multipart upload, S3 states the time at which the upload began
 */
public record ObjectRef(
        String key,
        long size,
        @Nullable String version,
        @Nullable Instant lastModified) {

    /** @throws IllegalArgumentException if the size is negative */
    public ObjectRef {
        Objects.requireNonNull(key, "key");
        if (size < 0) {
            throw new IllegalArgumentException(
                    "expected the size of " + KeyText.quoted(key) + " to be at least 0, but got " + size);
        }
    }

    /**
     * Creates a reference without a time.
     *
     * @throws IllegalArgumentException if the size is negative
     */
    public ObjectRef(String key, long size, @Nullable String version) {
        this(key, size, version, null);
    }
}
