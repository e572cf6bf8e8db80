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
 * The tests that the {@link FrameFormat}s of Pipeflux pass, for a format of your own. A JUnit 5 test class implements
 * this interface, gives the format and a few frames, and inherits the tests:
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
 * <p>It is for formats whose streams are frames and nothing between them, and that find a frame's end without looking
 * at the next frame. A class that tests two variants of a format holds two {@code @Nested} classes.
 */
public interface FrameFormatContract {

    /** Returns the format under test, of bytes that are not compressed. */
    FrameFormat<RawRecord> format();

    /**
     * Returns at least three frames in the order of a stream, different ones, of 2,000 bytes at most in all. The tests
     * read them many thousand times.
     */
    List<Sample> samples();

    /** Returns what makes frames of payloads, or null if nothing does. By default null. */
    default @Nullable Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
        return null;
    }

    /**
     * Returns whether the input may end inside a frame, as a text whose last line has no line feed. By default false:
     * such an input is truncated.
     */
    default boolean mayEndInsideAFrame() {
        return false;
    }

    /**
     * A frame as it is in a stream, and the payload of the record that it becomes.
     *
     * @param frame all bytes of the frame, with headers, checksums and padding
     * @param payload the bytes of the record
     */
    record Sample(ByteBuffer frame, ByteBuffer payload) {

        /** Returns a sample of two arrays, which are copied. */
        public static Sample of(byte[] frame, byte[] payload) {
            return new Sample(
                    ByteBuffer.wrap(frame.clone()).asReadOnlyBuffer(),
                    ByteBuffer.wrap(payload.clone()).asReadOnlyBuffer());
        }
    }

    /**
     * The records, their positions and their resume points are right, however the bytes are cut into chunks, empty
     * ones too, and whatever buffers they are in.
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
     * An input that ends inside a frame gives the records before it, and then a
     * {@link io.pipeflux.core.TruncatedInputException} at the position of that frame; at every byte.
     */
    @Test
    default void anInputThatEndsInsideAFrameIsTruncated() {
        new FormatTests(this).everyEnd();
    }

    /** Each object begins a new stream: positions name the object, and a frame never reaches over into the next one. */
    @Test
    default void objectsAreReadOneByOne() {
        new FormatTests(this).objects();
    }

    /** Reading resumes after any record, of a stream or of objects, with exactly the rest. */
    @Test
    default void readingResumesAfterAnyRecord() {
        new FormatTests(this).resumed();
    }

    /** A record of {@code maxRecordBytes} is accepted, and a longer one refused at its position. */
    @Test
    default void aRecordBeyondTheMaximumIsRefused() {
        new FormatTests(this).maximum();
    }

    /** No more chunks are requested than the records that were requested need, and a cancel reaches the source. */
    @Test
    default void noMoreChunksAreRequestedThanNeeded() {
        new FormatTests(this).demand();
    }

    /** An error of the source comes after the records that had arrived, and half a frame becomes no record. */
    @Test
    default void anErrorOfTheSourceComesAfterTheRecordsBeforeIt() {
        new FormatTests(this).failedSource();
    }

    /** The chunks have afterwards the position, limit, byte order and content they had. */
    @Test
    default void chunksAreLeftAsTheyAre() {
        new FormatTests(this).chunksLeft();
    }

    /** Streams that are read at the same time do not disturb each other. */
    @Test
    default void subscriptionsShareNothing() {
        new FormatTests(this).twoAtATime();
    }

    /**
     * An input with a bit that changed ends or fails with a {@link io.pipeflux.core.PipefluxException}; the records
     * before that bit are right, and it is the same however the bytes are cut. Every bit.
     */
    @Test
    default void aDamagedInputFailsTheSameWayHoweverItIsCut() {
        new FormatTests(this).damaged();
    }

    /**
     * Payloads that are encoded are decoded again, the encoder requests no more payloads than it is asked for buffers,
     * and payloads are left as they are. Passes if there is no {@link #encoder()}.
     */
    @Test
    default void whatIsEncodedIsDecodedAgain() {
        new FormatTests(this).encoded();
    }
}
