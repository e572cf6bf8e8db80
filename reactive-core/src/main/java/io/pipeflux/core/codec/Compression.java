package io.pipeflux.core.codec;

import java.nio.ByteBuffer;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/** How the bytes of an object or an epoch are compressed. */
public enum Compression {

    /** Not at all. */
    NONE,

    /** GZIP (RFC 1952), of one member or several one after the other, as {@code cat a.gz b.gz} makes them. */
    GZIP,

    /** ZLIB (RFC 1950), of one stream or several one after the other; not raw deflate. */
    ZLIB;

    private static final FrameFormat<ByteBuffer> GUNZIP = FrameFormat.of("GZIP", GzipDecoder::new);
    private static final FrameFormat<ByteBuffer> UNZLIB = FrameFormat.of("ZLIB", ZlibDecoder::new);

    /**
     * Inflates a stream of bytes: chunks of at most 64 KiB, checksums verified at the end of each member.
     *
     * <p>Requests one chunk from upstream when more is asked for than it has; so however much there is in a few bytes, no
     * more is inflated than was asked for. Empty input is empty. Input that ends inside a member fails with a
     * {@link io.pipeflux.core.TruncatedInputException}, input that is no such stream with a
     * {@link io.pipeflux.core.CorruptRecordException}, whose offsets are those of the compressed bytes.
     */
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> inflate() {
        return bytes -> inflate(bytes, StreamPlan.OF_UNKNOWN);
    }

    Flux<ByteBuffer> inflate(Flux<ByteBuffer> bytes, StreamPlan plan) {
        return switch (this) {
            case NONE -> bytes;
            case GZIP -> new FluxDecode<>(bytes, GUNZIP, plan);
            case ZLIB -> new FluxDecode<>(bytes, UNZLIB, plan);
        };
    }
}
