package io.pipeflux.s3;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object whose bytes are all in the store, but which is not visible before {@link S3Writer#commit}. It can be
 * serialized, and committed or aborted by a different process. It is immutable.
 *
 * <p>The store keeps the bytes, and charges for them, until the upload is committed or aborted.
 */
public final class Upload implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * A part that the store has confirmed.
     *
     * @param sum the CRC32C in S3's text format, or null if the part was sent without a checksum
     */
    record SentPart(
            int number, int length, String etag, @Nullable String sum) implements Serializable {}

    private final String bucket;
    private final String key;
    private final String id;
    private final String mark;
    private final long size;
    private final @Nullable String sum;

    @SuppressWarnings("serial") // the list is always an ArrayList, which is serializable
    private final List<SentPart> parts;

    /**
     * @param id the store's identifier of the upload
     * @param mark a text that is stored in the object's metadata. If a commit is repeated, the text shows whether the
     *     object was written by this upload
     * @param sum the CRC32C of the object in S3's text format, or null if parts were sent without checksums
     */
    Upload(S3Uri object, String id, String mark, long size, @Nullable String sum, List<SentPart> parts) {
        this.bucket = object.bucket();
        this.key = object.prefix();
        this.id = id;
        this.mark = mark;
        this.size = size;
        this.sum = sum;
        this.parts = new ArrayList<>(parts);
    }

    /** Returns the object's URI, {@code s3://bucket/key}. */
    public String uri() {
        return object().toString();
    }

    /** Returns the size of the object in bytes. */
    public long size() {
        return size;
    }

    S3Uri object() {
        return new S3Uri(bucket, key);
    }

    String id() {
        return id;
    }

    String mark() {
        return mark;
    }

    @Nullable
    String sum() {
        return sum;
    }

    List<SentPart> parts() {
        return parts;
    }

    @Override
    public String toString() {
        return "Upload[" + uri() + ", " + size + " bytes in " + parts.size() + " parts]";
    }
}
