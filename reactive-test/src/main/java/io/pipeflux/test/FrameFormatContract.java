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
 * <p>The tests are for formats whose streams consist only of frames, and whose decoders find the end of a frame without
 * reading the next frame. To test two variants of a format, use two {@code @Nested} classes.
 */
public interface FrameFormatContract {

    /** Returns the format under test, which must decode uncompressed bytes. */
    FrameFormat<RawRecord> format();

    /**
     * Returns at least three different frames, in the order of a stream. Together, they must have at most 2,000 bytes,
     * because the tests read them many thousands of times. The tests find only the faults that these frames can show:
     *
     * <ul>
     *   <li>Give each frame a different payload, so that records that are exchanged or repeated are noticed.
     *   <li>If the header has a variable length, include every length of the header. For example, a varint needs
     *       payloads of 127, 128 and 400 bytes.
     *   <li>Include one frame that is much longer than the others.
     *   <li>If the format allows empty payloads, include an empty payload.
     * </ul>
     */
    List<Sample> samples();

    /**
     * Returns the encoder, which converts payloads to frames, or null if the format has no encoder. Returns null by
     * default. What is encoded is only decoded again, and not compared with the frames of the samples, because a format
     * may encode a payload in several ways. If your format has only one way, compare the bytes in a test of your own.
     */
    default @Nullable Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
        return null;
    }

    /**
     * Returns whether the input may end inside a frame. For example, the last line of a text may have no line feed.
     * Returns false by default, so that an input that ends inside a frame counts as truncated.
     */
    default boolean mayEndInsideAFrame() {
        return false;
    }

    /**
     * A frame, and the payload of the record that is decoded from this frame.
     *
     * @param frame all bytes of the frame, with headers, checksums and padding
     * @param payload the bytes of the record
     */
    record Sample(ByteBuffer frame, ByteBuffer payload) {

        /** Returns a sample with copies of the two arrays. */
        public static Sample of(byte[] frame, byte[] payload) {
            return new Sample(
                    ByteBuffer.wrap(frame.clone()).asReadOnlyBuffer(),
                    ByteBuffer.wrap(payload.clone()).asReadOnlyBuffer());
        }
    }

    /**
     * The records, their positions and their resume points are correct for every way to split the bytes into chunks,
     * including empty chunks, and for every kind of buffer.
     */
    @Test
    default void recordsAreTheSameHoweverTheBytesAreCut() {
        new FormatTests(this).everyCut();
    }

    /** An input without bytes has no records, and is not truncated. */
    @Test
    default void anInputWithoutBytesHasNoRecords() {
        new FormatTests(this).noBytes();
    }

    /**
     * If the input ends inside a frame, the records before that frame are emitted. Then a {@link
     * io.pipeflux.core.TruncatedInputException} with the position of that frame is signalled. The input is cut at every
     * byte in turn.
     */
    @Test
    default void anInputThatEndsInsideAFrameIsTruncated() {
        new FormatTests(this).everyEnd();
    }

    /** Each object begins a new stream. Positions name the object, and no frame extends into the next object. */
    @Test
    default void objectsAreReadOneByOne() {
        new FormatTests(this).objects();
    }

    /**
     * Reading can be resumed after any record, whether the format decodes a single stream or several objects. The
     * resumed stream emits exactly the records that follow.
     */
    @Test
    default void readingResumesAfterAnyRecord() {
        new FormatTests(this).resumed();
    }

    /**
     * A record of {@code maxRecordBytes} bytes is accepted. A longer record causes an error with the record's position,
     * even before the record's last byte has arrived.
     */
    @Test
    default void aRecordBeyondTheMaximumIsRefused() {
        new FormatTests(this).maximum();
    }

    /**
     * A decoder does not collect bytes without limit, even if the input is one byte value repeated without end. It
     * emits a record, fails with a {@link io.pipeflux.core.PipefluxException}, or skips the bytes. For example, a
     * header of variable length must have a maximum length.
     */
    @Test
    default void anEndlessFrameIsRefused() {
        new FormatTests(this).endless();
    }

    /**
     * The decoder requests no more chunks than it needs for the requested records. A cancellation reaches the source.
     */
    @Test
    default void noMoreChunksAreRequestedThanNeeded() {
        new FormatTests(this).demand();
    }

    /**
     * If the source fails, all records that have arrived completely are emitted before the error. An incomplete frame
     * is not emitted as a record.
     */
    @Test
    default void anErrorOfTheSourceComesAfterTheRecordsBeforeIt() {
        new FormatTests(this).failedSource();
    }

    /** The position, limit, byte order and content of the chunks do not change. */
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
     * An input in which one bit was changed either ends normally or fails with a {@link
     * io.pipeflux.core.PipefluxException}. The records before that bit are correct. The result is the same for every
     * way to split the bytes into chunks. Every bit is changed in turn.
     */
    @Test
    default void aDamagedInputFailsTheSameWayHoweverItIsCut() {
        new FormatTests(this).damaged();
    }

    /**
     * If payloads are encoded and the result is decoded, the same payloads are emitted. The encoder requests at most as
     * many payloads as downstream requests buffers, and does not change the payloads. The bytes of the frames
     * are not compared. The test passes if there is no {@link #encoder()}.
     */
    @Test
    default void whatIsEncodedIsDecodedAgain() {
        new FormatTests(this).encoded();
    }
}
