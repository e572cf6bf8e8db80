package io.pipeflux.test;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * Tests a {@link FrameFormat} as Pipeflux tests its own formats. A JUnit 5 test class implements this interface,
 * returns the format and a few frames, and inherits the tests:
 *
 * <pre>{@code
 * class LengthPrefixedTest implements FrameFormatContract {
 *
 *     public FrameFormat<RawRecord> format() {
 *         return LengthPrefixed.format();
 *     }
 *
 *     public List<Sample> samples() {
 *         return List.of(
 *                 Sample.of(new byte[] {1, 'a'}, new byte[] {'a'}),
 *                 Sample.of(new byte[] {0}, new byte[0]),
 *                 Sample.of(new byte[] {2, 'b', 'c'}, new byte[] {'b', 'c'}));
 *     }
 * }
 * }</pre>
 *
 * <p>The tests fit formats whose streams consist of frames only, and that find the end of a frame without reading the
 * next one. To test two variants of a format, use two {@code @Nested} classes.
 */
public interface FrameFormatContract {

    /** Returns the format under test, for uncompressed bytes. */
    FrameFormat<RawRecord> format();

    /**
     * Returns at least three different frames in the order of a stream, of at most 2,000 bytes together. Include an
     * empty payload if the format has them, and one frame that is much longer than the others. The tests read the
     * frames many thousand times.
     */
    List<Sample> samples();

    /** Returns the encoder, which turns payloads into frames, or null if there is none. By default null. */
    default @Nullable Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
        return null;
    }

    /**
     * Returns whether the input may end inside a frame, like text whose last line has no line feed. By default false:
     * such an input is truncated.
     */
    default boolean mayEndInsideAFrame() {
        return false;
    }

    /**
     * A frame, and the payload of the record that is decoded from it.
     *
     * @param frame all bytes of the frame, with headers, checksums and padding
     * @param payload the bytes of the record
     */
    record Sample(ByteBuffer frame, ByteBuffer payload) {

        /** Returns a sample with copies of two arrays. */
        public static Sample of(byte[] frame, byte[] payload) {
            return new Sample(
                    ByteBuffer.wrap(frame.clone()).asReadOnlyBuffer(),
                    ByteBuffer.wrap(payload.clone()).asReadOnlyBuffer());
        }
    }

    /**
     * The records, their positions and their resume points are right, however the bytes are cut into chunks (also empty
     * ones) and whatever kind of buffer is used.
     */
    @Test
    default void recordsAreTheSameHoweverTheBytesAreCut() {
        new FormatTests(this).everyCut();
    }

    /** An input without bytes has no records and is not truncated. */
    @Test
    default void anInputWithoutBytesHasNoRecords() {
        new FormatTests(this).noBytes();
    }

    /**
     * An input that ends inside a frame emits the records before it, and then a
     * {@link io.pipeflux.core.TruncatedInputException} at the position of that frame. Tested at every byte.
     */
    @Test
    default void anInputThatEndsInsideAFrameIsTruncated() {
        new FormatTests(this).everyEnd();
    }

    /** Each object begins a new stream: positions name the object, and no frame extends into the next object. */
    @Test
    default void objectsAreReadOneByOne() {
        new FormatTests(this).objects();
    }

    /** Reading resumes after any record of a stream or of objects, and emits exactly the records that follow. */
    @Test
    default void readingResumesAfterAnyRecord() {
        new FormatTests(this).resumed();
    }

    /**
     * A record of {@code maxRecordBytes} is accepted. A longer one is refused at its position, before its last byte has
     * arrived.
     */
    @Test
    default void aRecordBeyondTheMaximumIsRefused() {
        new FormatTests(this).maximum();
    }

    /** No more chunks are requested than the requested records need, and a cancel reaches the source. */
    @Test
    default void noMoreChunksAreRequestedThanNeeded() {
        new FormatTests(this).demand();
    }

    /** An error of the source is signalled after the records that have arrived, and half a frame is not a record. */
    @Test
    default void anErrorOfTheSourceComesAfterTheRecordsBeforeIt() {
        new FormatTests(this).failedSource();
    }

    /** The position, limit, byte order and content of the chunks are not changed. */
    @Test
    default void chunksAreLeftAsTheyAre() {
        new FormatTests(this).chunksLeft();
    }

    /** Streams that are read at the same time do not affect each other. */
    @Test
    default void subscriptionsShareNothing() {
        new FormatTests(this).twoAtATime();
    }

    /**
     * An input in which one bit was changed ends, or fails with a {@link io.pipeflux.core.PipefluxException}. The
     * records before that bit are right. The result is the same however the bytes are cut. Tested with every bit.
     */
    @Test
    default void aDamagedInputFailsTheSameWayHoweverItIsCut() {
        new FormatTests(this).damaged();
    }

    /**
     * Encoded payloads are decoded to the same payloads, the encoder requests only as many payloads as buffers are
     * requested, and payloads are not changed. Passes if there is no {@link #encoder()}.
     */
    @Test
    default void whatIsEncodedIsDecodedAgain() {
        new FormatTests(this).encoded();
    }
}
