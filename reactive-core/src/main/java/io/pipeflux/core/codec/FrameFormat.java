package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * A way to cut byte streams into frames: a name, a maximum length, and a maker of {@link FrameDecoder}s. Immutable; the
 * state of a stream is made when it is subscribed to.
 *
 * @param <T> the frame
 */
public final class FrameFormat<T> {

    /** The longest record that is accepted unless {@link #maxRecordBytes(long)} says otherwise: 256 MiB. */
    public static final long DEFAULT_MAX_RECORD_BYTES = 256L << 20;

    private final String name;
    private final long maxRecordBytes;
    private final Compression compression;
    private final SkipPolicy skipPolicy;
    private final Supplier<? extends FrameDecoder<T>> decoders;

    private FrameFormat(
            String name,
            long maxRecordBytes,
            Compression compression,
            SkipPolicy skipPolicy,
            Supplier<? extends FrameDecoder<T>> decoders) {
        this.name = Objects.requireNonNull(name, "name");
        this.maxRecordBytes = maxRecordBytes;
        this.compression = Objects.requireNonNull(compression, "compression");
        this.skipPolicy = Objects.requireNonNull(skipPolicy, "skipPolicy");
        this.decoders = Objects.requireNonNull(decoders, "decoders");
    }

    /**
     * A format.
     *
     * @param name the format's name in error messages, such as {@code TFRecord}
     * @param decoders makes a decoder for one stream
     */
    public static <T> FrameFormat<T> of(String name, Supplier<? extends FrameDecoder<T>> decoders) {
        return new FrameFormat<>(name, DEFAULT_MAX_RECORD_BYTES, Compression.NONE, SkipPolicy.fail(), decoders);
    }

    /**
     * The same format with another maximum: a longer record is refused as corrupt before anything is allocated for it.
     *
     * @param max the longest payload in bytes, from 0 to 2^31 - 64. Defaults to 256 MiB
     */
    public FrameFormat<T> maxRecordBytes(long max) {
        if (max < 0 || max > Integer.MAX_VALUE - 63) {
            throw new IllegalArgumentException("maxRecordBytes from 0 to 2147483584 required but it was " + max);
        }
        return new FrameFormat<>(name, max, compression, skipPolicy, decoders);
    }

    /**
     * The same format, of compressed streams: the bytes are inflated before they are decoded, and offsets are those of
     * the inflated bytes. Such a stream can be entered at its beginning only, so a resume point in it reads it, or its
     * object, from there and drops the records that were seen. Limited by {@link Compression#DEFAULT_MAX_RATIO}.
     *
     * @param compression defaults to {@link Compression#NONE}
     */
    public FrameFormat<T> compression(Compression compression) {
        return new FrameFormat<>(name, maxRecordBytes, compression, skipPolicy, decoders);
    }

    /**
     * The same format with another fate of corrupt records.
     *
     * @param policy defaults to {@link SkipPolicy#fail}
     */
    public FrameFormat<T> onCorrupt(SkipPolicy policy) {
        return new FrameFormat<>(name, maxRecordBytes, compression, policy, decoders);
    }

    /**
     * Decodes one stream, such as an epoch read from a pipe.
     *
     * <p>Requests one chunk from upstream when a frame is asked for that has not arrived whole, and never more; frames
     * are emitted on the thread that brings their last byte or asks for them. The stream ends cleanly on a frame's
     * border only: else it fails with a {@link io.pipeflux.core.TruncatedInputException}. On an error the frames before
     * it come first, upstream is cancelled, and nothing follows. A start point in the {@link io.pipeflux.core.Pass} is
     * reached by skipping bytes. Buffers are left as they are, see the {@linkplain io.pipeflux.core contract of bytes}.
     */
    public Function<Flux<ByteBuffer>, Flux<T>> decode() {
        return bytes -> FluxDecode.of(
                compression.inflate(bytes, StreamPlan.OF_UNKNOWN),
                this,
                pass -> StreamStart.ofStream(pass, isEnterable()));
    }

    /**
     * Decodes an epoch object by object, in order: as {@link #decode()}, but each object must end on a frame's border,
     * positions and messages name it, and a start point is reached without reading the objects before it.
     *
     * <p>Objects are requested one at a time, the next when one has been decoded.
     */
    public Function<Flux<ObjectBytes>, Flux<T>> decodeObjects() {
        return objects -> ObjectsDecoding.decode(objects, this);
    }

    /** The format's name in error messages. */
    public String name() {
        return name;
    }

    long maxRecordBytes() {
        return maxRecordBytes;
    }

    Compression compression() {
        return compression;
    }

    SkipPolicy skipPolicy() {
        return skipPolicy;
    }

    /** Says whether a stream can be entered at any of its records. */
    boolean isEnterable() {
        return compression == Compression.NONE;
    }

    FrameDecoder<T> newDecoder() {
        return decoders.get();
    }

    @Override
    public String toString() {
        return "FrameFormat[" + name + "]";
    }
}
