package io.pipeflux.flink;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.ObjectRef;
import org.apache.flink.api.connector.source.SourceSplit;
import org.jspecify.annotations.Nullable;

/**
 * An object of an epoch or a range of its bytes, together with the point at which reading continues. A range begins and
 * ends between two records. Immutable.
 *
 * @param epoch the epoch, counted from 0
 * @param ordinal the object's index in the epoch, counted from 0
 * @param from the offset of the range's first byte
 * @param to the offset of the first byte after the range
 * @param at the point at which to continue, or null to begin at the range's first byte. The point's record ordinals
 *     count from the beginning of the range
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

    /** Returns a copy of this split that has no bytes left to read. It is used only to count the remaining bytes. */
    ObjectSplit ended() {
        return continuingAt(new ResumePoint(new Position(epoch, ordinal, to, 0), 0));
    }

    /** Returns the point to read from. */
    ResumePoint start() {
        return at == null ? new ResumePoint(new Position(epoch, ordinal, from, 0), 0) : at;
    }

    /** Returns the number of bytes that remain to be read. */
    long left() {
        return to - Math.max(from, at == null ? 0 : at.position().byteOffset());
    }

    /**
     * Returns a lower bound of the number of bytes that remain to be read. It is 0 if the resume point drops records,
     * because the byte offset then does not show how far the split was read.
     */
    long knownLeft() {
        return at != null && at.drop() > 0 ? 0 : left();
    }

    @Override
    public String splitId() {
        return epoch + "/" + ordinal + "@" + from;
    }
}
