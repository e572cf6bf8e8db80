package io.pipeflux.flink;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.ObjectRef;
import org.apache.flink.api.connector.source.SourceSplit;
import org.jspecify.annotations.Nullable;

/**
 * An object of an epoch, or a range of its bytes between two borders of records, and where to continue in it.
 * Immutable.
 *
 * @param epoch the epoch, counted from 0
 * @param ordinal the object's place in the epoch, counted from 0
 * @param from the offset of the range's first byte
 * @param to the offset after the range's last byte
 * @param at the point to continue at, or null at the beginning. Its ordinals of records count from the beginning of the
 *     range
 */
record ObjectSplit(
        ObjectRef object,
        long epoch,
        long ordinal,
        long from,
        long to,
        @Nullable ResumePoint at) implements SourceSplit {

    static ObjectSplit whole(ObjectRef object, long epoch, long ordinal) {
        return new ObjectSplit(object, epoch, ordinal, 0, object.size(), null);
    }

    /** Returns whether the split is a whole object. */
    boolean isWhole() {
        return from == 0 && to == object.size();
    }

    ObjectSplit continuingAt(ResumePoint point) {
        return new ObjectSplit(object, epoch, ordinal, from, to, point);
    }

    /** Returns the split with nothing left to read, for the count of bytes. It is not read again from there. */
    ObjectSplit ended() {
        return continuingAt(new ResumePoint(new Position(epoch, ordinal, to, 0), 0));
    }

    /** Returns the point to read from. */
    ResumePoint start() {
        return at == null ? new ResumePoint(new Position(epoch, ordinal, from, 0), 0) : at;
    }

    /** Returns how many bytes are left to read. */
    long left() {
        return to - Math.max(from, at == null ? 0 : at.position().byteOffset());
    }

    /** Returns the most bytes that are known to be left: 0 if the point drops records, which hides how far it is. */
    long knownLeft() {
        return at != null && at.drop() > 0 ? 0 : left();
    }

    @Override
    public String splitId() {
        return epoch + "/" + ordinal + "@" + from;
    }
}
