package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import org.jspecify.annotations.Nullable;

/**
 * Where the decoding of one stream begins.
 *
 * @param source the object's key, or null to ask upstream for its name
 * @param offset the offset in the stream of the first byte to decode
 * @param skip how many bytes come before it
 * @param firstRecord the ordinal in the epoch of the first record to decode
 * @param drop how many records to drop from there
 */
record StreamStart(
        @Nullable String source, long epoch, long objectOrdinal, long offset, long skip, long firstRecord, long drop) {

    static StreamStart ofStream(Pass pass) {
        ResumePoint start = pass.start();
        if (start == null) {
            return new StreamStart(null, pass.epoch(), Position.NO_OBJECT, 0, 0, 0, 0);
        }
        Position at = start.position();
        if (at.hasObject()) {
            throw new IllegalArgumentException("the start point names an object (" + at
                    + "), and this stream knows no objects: start it with a point that was taken from such a stream");
        }
        return new StreamStart(
                null,
                pass.epoch(),
                Position.NO_OBJECT,
                at.byteOffset(),
                at.byteOffset(),
                at.recordOrdinal(),
                start.drop());
    }

    /** The start in an object whose bytes are read from {@link #offset} on. */
    static StreamStart ofObject(ObjectBytes object, Pass pass, long nextRecord) {
        ResumePoint start = pass.start();
        if (start == null || start.position().objectOrdinal() != object.ordinal()) {
            return new StreamStart(object.key(), pass.epoch(), object.ordinal(), 0, 0, nextRecord, 0);
        }
        Position at = start.position();
        return new StreamStart(
                object.key(), pass.epoch(), object.ordinal(), at.byteOffset(), 0, at.recordOrdinal(), start.drop());
    }
}
