package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How the bytes of an object or an epoch are compressed. */
public enum Compression {

    /** Not at all. */
    NONE,

    /** GZIP (RFC 1952), of one member or several one after the other, as {@code cat a.gz b.gz} makes them. */
    GZIP,

    /** ZLIB (RFC 1950), of one stream or several one after the other; not raw deflate. */
    ZLIB;

    /**
     * How many times its compressed size a stream may have, unless another limit is given: 1000, which only bytes that
     * are all but constant reach (deflate itself ends at 1032). Counts from 16 MiB of inflated bytes on. Formats that
     * decode compressed streams ({@link FrameFormat#compression}) have this limit.
     */
    public static final int DEFAULT_MAX_RATIO = 1000;

    /**
     * Inflates a stream of bytes: {@link #inflate(int)} with {@link #DEFAULT_MAX_RATIO}.
     */
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> inflate() {
        return inflate(DEFAULT_MAX_RATIO);
    }

    /**
     * Inflates a stream of bytes: chunks of at most 64 KiB, checksums verified at the end of each member.
     *
     * <p>Requests one chunk from upstream when more is asked for than it has; so however much there is in a few bytes,
     * no more is inflated than was asked for. Empty input is empty. Input that ends inside a member fails with a
     * {@link io.pipeflux.core.TruncatedInputException}; input that is no such stream, or that inflates to more than the
     * limit (a bomb), with a {@link io.pipeflux.core.CorruptRecordException}, whose offsets are those of the compressed
     * bytes. Buffers are left as they are, see the {@linkplain io.pipeflux.core contract of bytes}; {@link #NONE} gives
     * views of them.
     *
     * @param maxRatio how many times its compressed size the stream may have, all members together, once it has more
     *     than 16 MiB; 0 for no limit
     */
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> inflate(int maxRatio) {
        requireRatio(maxRatio);
        return bytes -> views(inflate(bytes, StreamPlan.OF_UNKNOWN, maxRatio));
    }

    /**
     * Inflates each object, as a form in which an agent writes it: {@link #inflateObject(int)} with
     * {@link #DEFAULT_MAX_RATIO}.
     */
    public Function<ObjectBytes, Flux<ByteBuffer>> inflateObject() {
        return inflateObject(DEFAULT_MAX_RATIO);
    }

    /** As {@link #inflate(int)}, object by object; errors name the object. */
    public Function<ObjectBytes, Flux<ByteBuffer>> inflateObject(int maxRatio) {
        requireRatio(maxRatio);
        return object -> views(inflate(object.bytes(), StreamPlan.of(object), maxRatio));
    }

    /**
     * Finds out how long an object is when it is inflated, for what must know before the first byte, such as a RecordIO
     * header: {@code object -> GZIP.inflated(64 << 20).apply(object).flatMapMany(RecordIo.wrap())}.
     *
     * <p>Inflates the object when subscribed to. Up to {@code memoryBytes} of it are held and are the result's bytes;
     * of a longer one only the length is kept, and it is read and inflated a second time. The result's size is that of
     * the inflated bytes; key, ordinal and ETag are the object's. Limited by {@link #DEFAULT_MAX_RATIO}; fails and
     * treats buffers as {@link #inflate(int)}.
     *
     * @param memoryBytes the most bytes of one object that are held; 0 to read every object twice
     */
    public Function<ObjectBytes, Mono<ObjectBytes>> inflated(int memoryBytes) {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("memoryBytes >= 0 required but it was " + memoryBytes);
        }
        Function<ObjectBytes, Flux<ByteBuffer>> inflate = inflateObject();
        return object -> this == NONE && object.size() >= 0
                ? Mono.just(object)
                : InflatedObject.of(object, inflate, memoryBytes);
    }

    Flux<ByteBuffer> inflate(Flux<ByteBuffer> bytes, StreamPlan plan) {
        return inflate(bytes, plan, DEFAULT_MAX_RATIO);
    }

    private Flux<ByteBuffer> inflate(Flux<ByteBuffer> bytes, StreamPlan plan, int maxRatio) {
        return switch (this) {
            case NONE -> bytes;
            case GZIP -> FluxDecode.of(bytes, FrameFormat.of("GZIP", () -> new GzipDecoder(maxRatio)), plan);
            case ZLIB -> FluxDecode.of(bytes, FrameFormat.of("ZLIB", () -> new ZlibDecoder(maxRatio)), plan);
        };
    }

    /** What is passed on as it was given is the source's: the receiver gets views of its own. */
    private Flux<ByteBuffer> views(Flux<ByteBuffer> bytes) {
        return this == NONE ? bytes.map(ByteBuffer::duplicate) : bytes;
    }

    private static void requireRatio(int maxRatio) {
        if (maxRatio < 0) {
            throw new IllegalArgumentException("maxRatio >= 0 required but it was " + maxRatio);
        }
    }
}
