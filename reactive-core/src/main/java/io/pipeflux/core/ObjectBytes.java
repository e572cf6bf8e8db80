package io.pipeflux.core;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * One object of an epoch and the stream of its bytes. Framing, compression, headers and truncation are matters of an
 * object, so a source that knows its objects gives {@code Flux<ObjectBytes>}, to be decoded by
 * {@code format.decodeObjects()}.
 */
public final class ObjectBytes {

    /** The {@link #size} of an object whose length is not known before it was read. */
    public static final long UNKNOWN_SIZE = -1;

    private final String key;
    private final long ordinal;
    private final long size;
    private final @Nullable String etag;
    private final @Nullable String version;
    private final @Nullable ListOrigin listOrigin;
    private final LongFunction<Flux<ByteBuffer>> bytesFrom;

    private ObjectBytes(
            String key,
            long ordinal,
            long size,
            @Nullable String etag,
            @Nullable String version,
            @Nullable ListOrigin listOrigin,
            LongFunction<Flux<ByteBuffer>> bytesFrom) {
        this.key = Objects.requireNonNull(key, "key");
        this.ordinal = ordinal;
        this.size = size;
        this.etag = etag;
        this.version = version;
        this.listOrigin = listOrigin;
        this.bytesFrom = Objects.requireNonNull(bytesFrom, "bytesFrom");
    }

    /**
     * An object.
     *
     * @param key names it in messages, such as {@code s3://bucket/key}
     * @param ordinal its place in the epoch, counted from 0
     * @param size its length in bytes, or {@link #UNKNOWN_SIZE}
     * @param etag its version as its store tells it, or null
     * @param bytesFrom gives its bytes from an offset on; called once per reading, lazily read, failing rather than
     *     ending early. Its buffers are passed on as they are, under the
     *     {@linkplain io.pipeflux.core contract of bytes}: it may keep them
     */
    public static ObjectBytes of(
            String key, long ordinal, long size, @Nullable String etag, LongFunction<Flux<ByteBuffer>> bytesFrom) {
        return new ObjectBytes(key, ordinal, size, etag, etag, null, bytesFrom);
    }

    /**
     * The same object with another {@link #version}.
     *
     * @param version changes whenever the object's bytes do, such as a time of modification, or null if nothing does
     */
    public ObjectBytes withVersion(@Nullable String version) {
        return new ObjectBytes(key, ordinal, size, etag, version, listOrigin, bytesFrom);
    }

    /**
     * The same object with the list that its channel took it from, which resume points keep and compare.
     *
     * @param listOrigin as {@link io.pipeflux.core.channel.ChannelOrder} gives it
     */
    public ObjectBytes withListOrigin(ListOrigin listOrigin) {
        return new ObjectBytes(key, ordinal, size, etag, version, listOrigin, bytesFrom);
    }

    /**
     * The same object with other bytes, such as inflated or counted ones; key, version and list origin stay.
     *
     * @param size the length of those bytes, or {@link #UNKNOWN_SIZE}
     * @param bytesFrom gives them from an offset on, as in {@link #of}
     */
    public ObjectBytes withBytes(long size, LongFunction<Flux<ByteBuffer>> bytesFrom) {
        return new ObjectBytes(key, ordinal, size, etag, version, listOrigin, bytesFrom);
    }

    /** The object's name in messages, such as {@code s3://bucket/key}. */
    public String key() {
        return key;
    }

    /** The object's place in the epoch, counted from 0. */
    public long ordinal() {
        return ordinal;
    }

    /** The object's length in bytes, or {@link #UNKNOWN_SIZE}. */
    public long size() {
        return size;
    }

    /** The object's version as its store tells it, or null. */
    public @Nullable String etag() {
        return etag;
    }

    /**
     * What changes whenever the object's bytes do, or null: its ETag, unless the source gave another. Resume points
     * compare it, together with key and size.
     */
    public @Nullable String version() {
        return version;
    }

    @Nullable
    ListOrigin listOrigin() {
        return listOrigin;
    }

    /** The object's bytes from its beginning; each subscription reads them anew. */
    public Flux<ByteBuffer> bytes() {
        return bytes(0);
    }

    /**
     * The object's bytes from an offset on, none at its end; each subscription reads them anew.
     *
     * @param from from 0 to the size, if that is known: beyond the end is an error, not an empty object
     */
    public Flux<ByteBuffer> bytes(long from) {
        if (from < 0 || (size >= 0 && from > size)) {
            throw new IllegalArgumentException("expected an offset from 0 to "
                    + (size >= 0 ? size + ", the size of " + KeyText.quoted(key) : "the object's end") + ", but got "
                    + from);
        }
        return bytesFrom.apply(from);
    }

    @Override
    public String toString() {
        return "ObjectBytes[" + key + ", object " + ordinal + ", " + size + " bytes]";
    }
}
