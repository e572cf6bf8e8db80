package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.RangeBytes;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * One object of an epoch, with the stream of its bytes. Framing, compression, headers and truncation are properties of
 * a single object. Therefore, a source that knows where its objects begin and end emits a {@code Flux<ObjectBytes>}.
 * Such a Flux is decoded with {@code format.decodeObjects()}. Instances are immutable.
 */
public final class ObjectBytes {

    /** The {@link #size} of an object whose length is not known before the object has been read. */
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
     * Returns an object.
     *
     * @param key the object's name in messages, such as {@code s3://bucket/key}
     * @param ordinal the object's place in the epoch, counted from 0
     * @param size the object's length in bytes, or {@link #UNKNOWN_SIZE}
     * @param etag the ETag that the store reports for the object, or null; it also becomes the object's {@link
     *     #version}
     * @param bytesFrom returns the object's bytes from an offset to the end. Each call of {@link #bytes(long)} calls
     *     this function. The Flux must not read anything before it is subscribed to, and must fail rather than complete
     *     early. Its buffers are passed on without being changed or copied, so the source may keep them (see the
     *     {@linkplain io.pipeflux.core contract of bytes})
     */
    public static ObjectBytes of(
            String key, long ordinal, long size, @Nullable String etag, LongFunction<Flux<ByteBuffer>> bytesFrom) {
        return new ObjectBytes(key, ordinal, size, etag, etag, null, bytesFrom);
    }

    /**
     * Returns a copy of this object with a different {@link #version}.
     *
     * @param version a text that changes whenever the object's bytes change, such as a modification time, or null if
     *     the source has none
     */
    public ObjectBytes withVersion(@Nullable String version) {
        return new ObjectBytes(key, ordinal, size, etag, version, listOrigin, bytesFrom);
    }

    /**
     * Returns a copy of this object with a different {@link #key}. For example, if several objects are joined, the new
     * key may name all of them.
     *
     * @param key the object's name in messages
     */
    public ObjectBytes withKey(String key) {
        return new ObjectBytes(key, ordinal, size, etag, version, listOrigin, bytesFrom);
    }

    /**
     * Returns a copy of this object with a different list origin. The list origin identifies the list from which the
     * channel took the object. Resume points store and compare the origin.
     *
     * @param listOrigin the origin that {@link io.pipeflux.core.channel.ChannelOrder} returns
     */
    public ObjectBytes withListOrigin(ListOrigin listOrigin) {
        return new ObjectBytes(key, ordinal, size, etag, version, listOrigin, bytesFrom);
    }

    /**
     * Returns a copy of this object with different bytes, for example with inflated ones. Key, ordinal, ETag, version
     * and list origin do not change.
     *
     * @param size the length of the new bytes, or {@link #UNKNOWN_SIZE}
     * @param bytesFrom returns the new bytes from an offset on, as in {@link #of}
     */
    public ObjectBytes withBytes(long size, LongFunction<Flux<ByteBuffer>> bytesFrom) {
        return new ObjectBytes(key, ordinal, size, etag, version, listOrigin, bytesFrom);
    }

    /**
     * Returns a copy of this object that ends at an offset, for example at the end of a record. The source is cancelled
     * at that offset. If the source's bytes end before the offset, the result fails with an {@link
     * ObjectReadException}.
     *
     * @param end the offset after the last byte. This is also the size of the result
     * @throws IllegalArgumentException if the offset is negative or greater than a known size
     */
    public ObjectBytes upTo(long end) {
        requireWithin(end);
        return withBytes(
                end,
                from -> RangeBytes.of(
                        bytesFrom,
                        from,
                        end,
                        at -> new ObjectReadException(
                                ErrorKind.CHANGED,
                                "expected bytes up to " + end + ", but the object ended at byte " + at,
                                key,
                                null,
                                null)));
    }

    /** Returns the object's name in messages, such as {@code s3://bucket/key}. */
    public String key() {
        return key;
    }

    /** Returns the object's place in the epoch, counted from 0. */
    public long ordinal() {
        return ordinal;
    }

    /** Returns the object's length in bytes, or {@link #UNKNOWN_SIZE}. */
    public long size() {
        return size;
    }

    /** Returns the ETag that the store reports for the object, or null. */
    public @Nullable String etag() {
        return etag;
    }

    /**
     * Returns a text that changes whenever the object's bytes change, or null. It is the ETag unless the source has set
     * a different version. Resume points compare the version together with the key and the size.
     */
    public @Nullable String version() {
        return version;
    }

    @Nullable
    ListOrigin listOrigin() {
        return listOrigin;
    }

    /** Returns all bytes of the object. Each subscription reads them again. */
    public Flux<ByteBuffer> bytes() {
        return bytes(0);
    }

    /**
     * Returns the object's bytes from an offset to the end. Each subscription reads them again. If the offset is the
     * object's size, the stream is empty.
     *
     * @param from the offset of the first byte, from 0 to the object's size
     * @throws IllegalArgumentException if the offset is negative or greater than a known size
     */
    public Flux<ByteBuffer> bytes(long from) {
        requireWithin(from);
        return bytesFrom.apply(from);
    }

    private void requireWithin(long offset) {
        if (offset < 0 || (size >= 0 && offset > size)) {
            throw new IllegalArgumentException("expected an offset from 0 to "
                    + (size >= 0 ? size + ", the size of " + KeyText.quoted(key) : "the object's end") + ", but got "
                    + offset);
        }
    }

    @Override
    public String toString() {
        return "ObjectBytes[" + KeyText.printable(key) + ", object " + ordinal + ", " + size + " bytes]";
    }
}
