package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.SkipPolicy;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * A format of byte streams that consist of frames. A format has a name, a maximum record length, and a factory of
 * {@link FrameDecoder}s. Instances are immutable: a stream's state is in its decoder, which is created when the stream
 * is subscribed to.
 *
 * @param <T> the type of the frames
 */
public final class FrameFormat<T> {

    /** The default of {@link #maxRecordBytes(long)}: 256 MiB. */
    private static final long DEFAULT_MAX_RECORD_BYTES = 256L << 20;

    private final String name;
    private final long maxRecordBytes;
    private final Compression compression;
    private final SkipPolicy skipPolicy;
    private final Supplier<? extends FrameDecoder<T>> decoders;
    private final boolean objectsWhole; // whether an object can be read only from its beginning
    // whether a stream that is not a stored object can be read only from its beginning
    private final boolean streamsWhole;

    private FrameFormat(
            String name,
            long maxRecordBytes,
            Compression compression,
            SkipPolicy skipPolicy,
            Supplier<? extends FrameDecoder<T>> decoders,
            boolean objectsWhole,
            boolean streamsWhole) {
        this.name = Objects.requireNonNull(name, "name");
        this.maxRecordBytes = maxRecordBytes;
        this.compression = Objects.requireNonNull(compression, "compression");
        this.skipPolicy = Objects.requireNonNull(skipPolicy, "skipPolicy");
        this.decoders = Objects.requireNonNull(decoders, "decoders");
        this.objectsWhole = objectsWhole;
        this.streamsWhole = streamsWhole;
    }

    /**
     * Returns a format.
     *
     * @param name the name of the format to use in error messages, such as {@code TFRecord}
     * @param decoders creates a new decoder for one stream
     */
    public static <T> FrameFormat<T> of(String name, Supplier<? extends FrameDecoder<T>> decoders) {
        return new FrameFormat<>(
                name, DEFAULT_MAX_RECORD_BYTES, Compression.NONE, SkipPolicy.fail(), decoders, false, false);
    }

    /**
     * Returns a copy of this format with a different maximum record length. A longer record counts as corrupt, and is
     * detected before memory is allocated for the record.
     *
     * @param max the maximum length of a payload in bytes, from 0 to 2147483584 (2^31 - 64). Defaults to 256 MiB
     */
    public FrameFormat<T> maxRecordBytes(long max) {
        if (max < 0 || max > Integer.MAX_VALUE - 63) {
            throw new IllegalArgumentException("expected maxRecordBytes from 0 to 2147483584, but got " + max);
        }
        return new FrameFormat<>(name, max, compression, skipPolicy, decoders, objectsWhole, streamsWhole);
    }

    /**
     * Returns a copy of this format for compressed streams. The bytes are inflated before they are decoded, and offsets
     * refer to the inflated bytes. A compressed stream can be read only from its beginning. Therefore, a resumed
     * subscription reads the object or stream from its beginning, and drops the records before the resume point. The
     * compression ratio is limited by {@link Compression#DEFAULT_MAX_RATIO}.
     *
     * @param compression the compression. Defaults to {@link Compression#NONE}
     */
    public FrameFormat<T> compression(Compression compression) {
        return new FrameFormat<>(name, maxRecordBytes, compression, skipPolicy, decoders, objectsWhole, streamsWhole);
    }

    /**
     * Returns a copy of this format with a different policy for corrupt records.
     *
     * @param policy the policy. Defaults to {@link SkipPolicy#fail}
     */
    public FrameFormat<T> onCorrupt(SkipPolicy policy) {
        return new FrameFormat<>(name, maxRecordBytes, compression, policy, decoders, objectsWhole, streamsWhole);
    }

    /**
     * Returns a copy of this format for streams that can be decoded only from the beginning, for example because of a
     * header that names columns. After a resume, such a stream is read from its beginning, and the records before the
     * resume point are dropped. Without this call, streams and objects can be decoded from any record on.
     *
     * @param objects whether the restriction applies to objects, too. If false, it applies only to other streams, such
     *     as pipes, and objects can still be decoded from any record on
     */
    public FrameFormat<T> readWhole(boolean objects) {
        return new FrameFormat<>(name, maxRecordBytes, compression, skipPolicy, decoders, objects, true);
    }

    /**
     * Returns a function that decodes one stream, such as an epoch that is read from a pipe.
     *
     * <p>Chunks are requested from upstream one at a time, and only if downstream has requested a frame that has not
     * arrived completely. A frame is emitted on the thread on which upstream emits the frame's last byte, or on the
     * thread that requests the frame.
     *
     * <p>If the stream ends inside a frame, the result fails with a {@link io.pipeflux.core.TruncatedInputException}.
     * If bytes are invalid, the result fails with a {@link io.pipeflux.core.CorruptRecordException}. The frames before
     * an error are emitted first, and upstream is cancelled.
     *
     * <p>If the {@link io.pipeflux.core.Pass} starts at a resume point, the bytes before that point are skipped. The
     * input buffers are not changed, as the {@linkplain io.pipeflux.core contract of bytes} requires.
     */
    public Function<Flux<ByteBuffer>, Flux<T>> decode() {
        return bytes -> FluxDecode.of(
                compression.inflate(bytes, StreamPlan.OF_UNKNOWN),
                this,
                pass -> StreamStart.ofStream(pass, isEnterable(streamsWhole)));
    }

    /**
     * Returns a function that decodes the objects of an epoch in order. Each object is decoded as {@link #decode()}
     * decodes a stream, and must end after a complete frame. Positions and messages name the object. If the
     * {@link io.pipeflux.core.Pass} starts at a resume point, the objects before that point are not read.
     *
     * <p>Objects are requested one at a time. The next object is requested after the previous object has been decoded.
     */
    public Function<Flux<ObjectBytes>, Flux<T>> decodeObjects() {
        return objects -> ObjectsDecoding.decode(objects, this);
    }

    /** Returns the name of the format, for error messages. */
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

    /** Returns whether reading an object can start at any of the object's records. */
    boolean isObjectEnterable() {
        return isEnterable(objectsWhole);
    }

    private boolean isEnterable(boolean whole) {
        return compression == Compression.NONE && !whole;
    }

    FrameDecoder<T> newDecoder() {
        return decoders.get();
    }

    @Override
    public String toString() {
        return "FrameFormat[" + name + "]";
    }
}
