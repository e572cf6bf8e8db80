package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumePoint;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the decoding of one stream begins.
 *
 * @param pass the pass that the stream is decoded in
 * @param object the object that the stream is, or null
 * @param offset the offset in the stream of the first byte to decode
 * @param skip how many bytes come before it
 * @param firstRecord the ordinal in the epoch of the first record to decode
 * @param drop how many records to drop from there
 * @param enterable whether it can be entered at any record, or at its beginning only
 */
record StreamStart(
        Pass pass,
        @Nullable ObjectBytes object,
        long offset,
        long skip,
        long firstRecord,
        long drop,
        boolean enterable) {

    /** The start of a stream that is read from its beginning whatever the pass says. */
    static StreamStart ofBeginning(@Nullable ObjectBytes object, Pass pass) {
        return new StreamStart(pass, object, 0, 0, 0, 0, true);
    }

    /** The start in a stream that knows no objects. */
    static StreamStart ofStream(Pass pass, boolean enterable) {
        ResumePoint start = pass.checkedStart();
        if (start == null) {
            return new StreamStart(pass, null, 0, 0, 0, 0, enterable);
        }
        Position at = start.position();
        if (at.hasObject()) {
            throw new IllegalArgumentException("the start point names an object (" + at
                    + "), and this stream knows no objects: start it with a point that was taken from such a stream");
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

    /** The start in an object whose bytes are read from {@link #offset} on. */
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

    private static boolean requireEnterable(Position at, boolean enterable) {
        if (!enterable && at.byteOffset() != 0) {
            throw new IllegalArgumentException("the start point is inside a stream (" + at
                    + "), and a compressed stream can be entered at its beginning only");
        }
        return enterable;
    }

    /**
     * Compares a stream that is not an object with the one that the start point was taken from.
     *
     * @param content what the stream says about its content, or null
     * @throws io.pipeflux.core.ResumeMismatchException if it is another one
     */
    void requireContent(@Nullable String content, Supplier<String> name) {
        if (object == null && pass.start() != null) {
            pass.requireStartIn(content, name.get());
        }
    }

    /**
     * What the stream's records have in common.
     *
     * @param name of a stream that is not an object
     * @param content of such a stream, or null
     */
    RecordOrigin origin(Supplier<String> name, Supplier<@Nullable String> content) {
        RecordOrigin origin = object == null ? RecordOrigin.of(name, content, pass) : RecordOrigin.of(object, pass);
        return enterable ? origin : origin.wholeFrom(firstRecord);
    }
}
