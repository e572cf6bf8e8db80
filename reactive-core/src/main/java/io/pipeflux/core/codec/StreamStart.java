package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Rest.Lane;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The place at which the decoding of one stream begins.
 *
 * @param pass the pass in which the stream is decoded
 * @param object the object that is decoded, or null if the stream is not a stored object
 * @param offset the offset, in the stream, of the first byte to decode
 * @param skip the number of bytes that arrive before this first byte; they are skipped
 * @param firstRecord the ordinal, in the epoch, of the first record to decode
 * @param drop the number of records to drop, beginning with this first record
 * @param enterable true if the stream can be read from any record on, false if it can be read only from its beginning
 */
record StreamStart(
        Pass pass,
        @Nullable ObjectBytes object,
        long offset,
        long skip,
        long firstRecord,
        long drop,
        boolean enterable) {

    /**
     * Returns the start for a stream that is always decoded from its beginning, even if the pass starts at a later
     * point.
     */
    static StreamStart ofBeginning(@Nullable ObjectBytes object, Pass pass) {
        return new StreamStart(pass, object, 0, 0, 0, 0, true);
    }

    /** Returns the place at which decoding begins in a stream that is not a stored object. */
    static StreamStart ofStream(Pass pass, boolean enterable) {
        ResumePoint start = pass.checkedStart();
        if (CoreAccess.get().rest(pass) != null) {
            throw new IllegalArgumentException("expected a stream of objects to read the rest of epoch " + pass.epoch()
                    + " that other hosts have left, but got a stream without objects, such as a pipe: resume it with as"
                    + " many hosts as before");
        }
        if (start == null) {
            return new StreamStart(pass, null, 0, 0, 0, 0, enterable);
        }
        Position at = start.position();
        if (at.hasObject()) {
            throw new IllegalArgumentException(
                    "expected a start point without an object, since this stream has none, but got " + at
                            + ": start with a point that was taken from such a stream");
        }
        return new StreamStart(
                pass,
                null,
                at.byteOffset(),
                at.byteOffset(),
                at.recordOrdinal(),
                start.drop(),
                requireEnterable(at, enterable));
    }

    /** Returns the place at which decoding begins in an object. The object's bytes are read from {@link #offset} on. */
    static StreamStart ofObject(ObjectBytes object, Pass pass, long nextRecord, long toDrop, boolean enterable) {
        ResumePoint start = pass.start();
        if (start == null || start.position().objectOrdinal() != object.ordinal()) {
            return new StreamStart(pass, object, 0, 0, nextRecord, toDrop, enterable);
        }
        pass.requireStartIn(object);
        Position at = start.position();
        return new StreamStart(
                pass, object, at.byteOffset(), 0, at.recordOrdinal(), start.drop(), requireEnterable(at, enterable));
    }

    /**
     * Returns the place at which decoding begins in an object that another host has partly read.
     *
     * @param firstRecord the ordinal of the first record that is decoded
     * @param drop the number of records, from {@code firstRecord} on, that the other host has delivered. They are
     *     decoded and dropped
     */
    static StreamStart continuing(
            ObjectBytes object, Pass pass, Lane lane, long firstRecord, long drop, boolean enterable) {
        Position at = new Position(pass.epoch(), object.ordinal(), lane.offset(), firstRecord);
        return new StreamStart(pass, object, lane.offset(), 0, firstRecord, drop, requireEnterable(at, enterable));
    }

    private static boolean requireEnterable(Position at, boolean enterable) {
        if (!enterable && at.byteOffset() != 0) {
            throw new IllegalArgumentException("expected a start point at byte 0, since a compressed stream, or one"
                    + " with a header, can be read from its beginning only, but got " + at);
        }
        return enterable;
    }

    /**
     * If the stream is not a stored object, checks that it has the same content as when the start point was taken.
     *
     * @param content the name that the writer has given to the stream's content, or null
     * @throws io.pipeflux.core.ResumeMismatchException if the content is different
     */
    void requireContent(@Nullable String content, Supplier<String> name) {
        if (object == null && pass.start() != null) {
            pass.requireStartIn(content, name.get());
        }
    }

    /**
     * Returns the origin of the stream's records.
     *
     * @param name supplies the stream's name; called only if the stream is not a stored object
     * @param content returns the name that the writer has given to the stream's content, or null; called only if the
     *     stream is not a stored object
     */
    RecordOrigin origin(Supplier<String> name, Supplier<@Nullable String> content) {
        RecordOrigin origin = object == null ? RecordOrigin.of(name, content, pass) : RecordOrigin.of(object, pass);
        return enterable ? origin : origin.wholeFrom(firstRecord);
    }
}
