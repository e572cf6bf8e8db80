package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The compression format of an object or an epoch. */
public enum Compression {

    /** The bytes are not compressed. */
    NONE,

    /** GZIP (RFC 1952): one member, or a sequence of members, for example the output of {@code cat a.gz b.gz}. */
    GZIP,

    /** ZLIB (RFC 1950): one stream, or a sequence of streams. Raw deflate is not supported. */
    ZLIB,

    /**
     * Zstandard (RFC 8878): one frame, or a sequence of frames. The window of a frame may be at most 128 MiB. Requires
     * {@code com.github.luben:zstd-jni} on the class path. Without this library, decompression fails with an
     * {@link IllegalStateException}.
     */
    ZSTD;

    /**
     * The default limit for the inflated size of a stream, as a multiple of the stream's compressed size: 1000. Only
     * nearly constant bytes reach this limit, because the maximum ratio that deflate can achieve is 1032. The limit
     * applies after more than 16 MiB have been inflated. It also applies to formats that decode compressed streams
     * ({@link FrameFormat#compression}).
     */
    public static final int DEFAULT_MAX_RATIO = 1000;

    /**
     * Returns a function that inflates a stream of bytes, as {@link #inflate(int)} does, with
     * {@link #DEFAULT_MAX_RATIO}.
     */
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> inflate() {
        return inflate(DEFAULT_MAX_RATIO);
    }

    /**
     * Returns a function that inflates a stream of bytes. The resulting stream emits chunks of at most 64 KiB, and
     * verifies the checksum at the end of each member.
     *
     * <p>The stream requests a chunk from upstream only when the chunks that have already arrived are not enough to
     * satisfy downstream's requests. It inflates only as much as downstream has requested, even if a few compressed
     * bytes inflate to very many bytes. Chunks are emitted on the thread on which upstream emits bytes, or on the
     * requesting thread. Empty input results in empty output.
     *
     * <p>Input that ends inside a member fails with a {@link io.pipeflux.core.TruncatedInputException}. Input in a
     * different format, and input that inflates to more than the limit (a decompression bomb), fails with a
     * {@link io.pipeflux.core.CorruptRecordException}. The offsets in these exceptions refer to the compressed bytes.
     *
     * <p>Input buffers do not change, as the {@linkplain io.pipeflux.core contract of bytes} requires. {@link #NONE}
     * emits views of the input buffers.
     *
     * @param maxRatio the limit for the inflated size of all members together, as a multiple of their compressed size.
     *     The limit applies after more than 16 MiB have been inflated. 0 means no limit
     */
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> inflate(int maxRatio) {
        requireRatio(maxRatio);
        return bytes -> views(inflate(bytes, StreamPlan.OF_UNKNOWN, maxRatio));
    }

    /**
     * Returns a function that inflates an object as {@link #inflateObject(int)} does, with {@link #DEFAULT_MAX_RATIO}.
     * Pass the result to {@code AgentChannel.form} if an agent should write inflated objects.
     */
    public Function<ObjectBytes, Flux<ByteBuffer>> inflateObject() {
        return inflateObject(DEFAULT_MAX_RATIO);
    }

    /**
     * Returns a function that inflates an object, as {@link #inflate(int)} inflates a stream. Errors name the object.
     */
    public Function<ObjectBytes, Flux<ByteBuffer>> inflateObject(int maxRatio) {
        requireRatio(maxRatio);
        return object -> views(inflate(object.bytes(), StreamPlan.of(object), maxRatio));
    }

    /**
     * Returns a function that inflates an object and determines its inflated size in advance. Use this for writers that
     * need the size before the first byte, for example for a RecordIO header: {@code object -> GZIP.inflated(64 <<
     * 20).apply(object).flatMapMany(RecordIo.wrap())}.
     *
     * <p>The object is inflated on subscription. If it inflates to at most {@code memoryBytes} bytes, these bytes are
     * kept in memory and become the bytes of the result. Otherwise, only the size is kept, and the object is read and
     * inflated a second time when the bytes of the result are read. The result's size is the inflated size, and its
     * key, ordinal and ETag are those of the original object. The compression ratio is limited by
     * {@link #DEFAULT_MAX_RATIO}. Errors and buffers are handled as in {@link #inflate(int)}.
     *
     * <p>If the second read results in a different number of bytes than the first one, it fails with an
     * {@link io.pipeflux.core.ObjectReadException}.
     *
     * @param memoryBytes the maximum number of bytes of one object that are kept in memory; 0 to read every object
     *     twice
     */
    public Function<ObjectBytes, Mono<ObjectBytes>> inflated(int memoryBytes) {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("expected memoryBytes >= 0, but got " + memoryBytes);
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
            case ZSTD -> FluxDecode.of(bytes, FrameFormat.of("Zstandard", () -> zstd(maxRatio)), plan);
            case ZLIB -> FluxDecode.of(bytes, FrameFormat.of("ZLIB", () -> new ZlibDecoder(maxRatio)), plan);
        };
    }

    /**
     * Creates the decoder. The check for zstd-jni is here, not in the decoder, because the JVM cannot verify the
     * decoder's class without zstd-jni.
     */
    private static FrameDecoder<ByteBuffer> zstd(int maxRatio) {
        try {
            return new ZstdDecoder(maxRatio);
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "expected zstd-jni, which decompresses Zstandard, but could not load it (" + e
                            + "): add com.github.luben:zstd-jni to the class path",
                    e);
        }
    }

    /**
     * Returns views of the buffers if there is no compression, because in that case, the buffers belong to the source.
     * Otherwise, returns the buffers themselves.
     */
    private Flux<ByteBuffer> views(Flux<ByteBuffer> bytes) {
        return this == NONE ? bytes.map(ByteBuffer::duplicate) : bytes;
    }

    private static void requireRatio(int maxRatio) {
        if (maxRatio < 0) {
            throw new IllegalArgumentException("expected maxRatio >= 0, but got " + maxRatio);
        }
    }
}
