package io.pipeflux.core;

import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Rest.Restored;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The properties that all records of one stream share. They are stored once instead of in each record. This class is
 * for authors of decoders. Instances are immutable.
 */
public final class RecordOrigin {

    static final RecordOrigin UNKNOWN = of(() -> "no stream", 0, Position.NO_OBJECT);

    private final Supplier<String> source;
    private final long epoch;
    private final long objectOrdinal;
    private final @Nullable OriginIdentity identity;
    private final long firstRecord;
    private final boolean enterable;
    // the origin of the epoch's first stream, or null if this stream is the first one
    private final @Nullable RecordOrigin first;
    private final ObjectsHash before; // the hash of the objects that precede this origin's object
    private final @Nullable ResumePoint block; // the start of the shuffled block, or null
    private final @Nullable MixedOrigin mixed; // the properties of a single record in a mix of sources, or null
    private final @Nullable Restored<ResumePoint, RecordOrigin> restored; // a block that an earlier run began

    private RecordOrigin(
            Supplier<String> source,
            long epoch,
            long objectOrdinal,
            @Nullable OriginIdentity identity,
            long firstRecord,
            boolean enterable,
            @Nullable RecordOrigin first,
            ObjectsHash before,
            @Nullable ResumePoint block,
            @Nullable MixedOrigin mixed,
            @Nullable Restored<ResumePoint, RecordOrigin> restored) {
        this.source = source;
        this.epoch = epoch;
        this.objectOrdinal = objectOrdinal;
        this.identity = identity;
        this.firstRecord = firstRecord;
        this.enterable = enterable;
        this.first = first;
        this.before = before;
        this.block = block;
        this.mixed = mixed;
        this.restored = restored;
    }

    /**
     * Returns the origin of a stream that is described only by its name. The stream's resume points have no identity.
     *
     * @param source returns the stream's name for messages; called when a message is needed
     * @param epoch the logical epoch
     * @param objectOrdinal the object's place in the epoch, or {@link Position#NO_OBJECT}
     */
    public static RecordOrigin of(Supplier<String> source, long epoch, long objectOrdinal) {
        return new RecordOrigin(source, epoch, objectOrdinal, null, 0, true, null, ObjectsHash.NONE, null, null, null);
    }

    /**
     * Returns the origin of an object's records. The object must be readable from the byte offset of any record.
     *
     * @param pass the pass in which the object is decoded
     */
    public static RecordOrigin of(ObjectBytes object, Pass pass) {
        String key = object.key();
        return new RecordOrigin(
                () -> key,
                pass.epoch(),
                object.ordinal(),
                OriginIdentity.of(object, pass),
                0,
                true,
                null,
                ObjectsHash.NONE,
                null,
                null,
                null);
    }

    /**
     * Returns the origin of the records of a stream without objects. The stream must be readable from the byte offset
     * of any record.
     *
     * @param source returns the stream's name for messages; called when a message is needed
     * @param content returns a name that identifies the stream's content and is always the same for the same bytes, or
     *     null; called after bytes have arrived
     * @param pass the pass in which the stream is decoded
     */
    public static RecordOrigin of(Supplier<String> source, Supplier<@Nullable String> content, Pass pass) {
        return new RecordOrigin(
                source,
                pass.epoch(),
                Position.NO_OBJECT,
                OriginIdentity.of(content, pass),
                0,
                true,
                null,
                ObjectsHash.NONE,
                null,
                null,
                null);
    }

    /**
     * Returns a copy of this origin for a stream that can be read only from its beginning, such as a compressed object.
     * The stream's resume points are therefore at its beginning, and contain the number of records to drop from there.
     *
     * @param firstRecord the ordinal, in the epoch, of the stream's first record
     */
    public RecordOrigin wholeFrom(long firstRecord) {
        return new RecordOrigin(
                source, epoch, objectOrdinal, identity, firstRecord, false, first, before, block, mixed, restored);
    }

    /**
     * Returns a copy of this origin for an object that follows another object in an epoch. This method must be called
     * for every object after the first, even for an object without records, because resume points identify a shuffled
     * block by all objects that it spans.
     *
     * @param previous the origin of the object before this one
     */
    public RecordOrigin following(RecordOrigin previous) {
        return new RecordOrigin(
                source,
                epoch,
                objectOrdinal,
                identity,
                firstRecord,
                enterable,
                previous.firstOfEpoch(),
                previous.objects(),
                block,
                mixed,
                restored);
    }

    /** Returns the stream's name, as error messages show it. */
    public String source() {
        return source.get();
    }

    /** Returns the logical epoch. */
    public long epoch() {
        return epoch;
    }

    /** Returns the object's place in the epoch, or {@link Position#NO_OBJECT}. */
    public long objectOrdinal() {
        return objectOrdinal;
    }

    /**
     * Returns a position in this stream.
     *
     * @param byteOffset the offset of the record's frame in bytes
     * @param recordOrdinal the record's ordinal in the epoch, counted from 0
     */
    public Position position(long byteOffset, long recordOrdinal) {
        return new Position(epoch, objectOrdinal, byteOffset, recordOrdinal);
    }

    /**
     * Returns a record of this stream.
     *
     * @param array the array that contains the payload. The record keeps the array, so no code may write to it any more
     * @param offset the index in the array at which the payload begins
     * @param size the payload's length in bytes
     * @param byteOffset the offset of the record's frame in the stream
     * @param nextOffset the offset of the first byte after that frame
     * @param ordinal the record's ordinal in the epoch
     */
    public RawRecord record(byte[] array, int offset, int size, long byteOffset, long nextOffset, long ordinal) {
        return new RawRecord(this, array, offset, size, byteOffset, nextOffset, ordinal);
    }

    /** Returns the origin of the records of a shuffled block that starts at the given point. */
    RecordOrigin inBlock(ResumePoint start) {
        return new RecordOrigin(
                source, epoch, objectOrdinal, identity, firstRecord, enterable, first, before, start, mixed, restored);
    }

    /**
     * Returns a copy of this origin for a record that is mixed with those of other sources. The copy does not contain
     * the block of the shuffle to which the record belongs in its own source.
     */
    RecordOrigin mixed(MixedOrigin in) {
        return new RecordOrigin(
                source, epoch, objectOrdinal, identity, firstRecord, enterable, first, before, null, in, restored);
    }

    /** Returns the position of a record. For a record of a mix, this is the position in the record's source. */
    Position recordPosition(long byteOffset, long ordinal) {
        MixedOrigin in = mixed;
        return position(byteOffset, in == null ? ordinal : in.ordinal());
    }

    /** Returns the origin of the first stream that was read in this epoch. */
    RecordOrigin firstOfEpoch() {
        return first == null || mixed != null ? this : first; // in a mix, each origin states where the epoch begins
    }

    private ObjectsHash objects() {
        Identity.Source is = identity == null ? null : identity.get().source();
        return before.plus(is == null ? 0 : is.hash());
    }

    /**
     * Returns the hash of the objects that follow {@code start}'s object, up to and including this origin's object.
     * Returns null if both origins have the same object. Also returns null in a mix, because a point of a mix names an
     * object of each source.
     */
    @Nullable
    Long spanFrom(RecordOrigin start) {
        if (mixed != null) {
            return null;
        }
        ObjectsHash to = objects();
        ObjectsHash from = start.objects();
        return to.equals(from) ? null : to.since(from);
    }

    /** Counts the objects that follow {@code start}'s object, up to and including this origin's object. */
    long objectsSince(RecordOrigin start) {
        return objects().countSince(start.objects());
    }

    /**
     * Returns a copy of this origin for the first object of a block in which an earlier run has stopped.
     *
     * @param number the block's number in this pass
     * @param lane the place in the block at which the earlier run has stopped
     * @param firstRecord the ordinal of the first record that is decoded
     */
    RecordOrigin restoring(long number, Lane lane, long firstRecord) {
        return with(new Restored<>(number, lane, point(lane.offset(), firstRecord, lane.drop()), this));
    }

    /**
     * Returns a copy of this origin for a later object of a block in which an earlier run has stopped.
     *
     * @param as the origin of a previous object of the same block
     */
    RecordOrigin restoring(RecordOrigin as) {
        return with(as.restored);
    }

    private RecordOrigin with(@Nullable Restored<ResumePoint, RecordOrigin> block) {
        return new RecordOrigin(
                source,
                epoch,
                objectOrdinal,
                identity,
                firstRecord,
                enterable,
                first,
                before,
                this.block,
                mixed,
                block);
    }

    /** Returns the block that an earlier run began, if the block begins or continues in this stream, otherwise null. */
    @Nullable
    Restored<ResumePoint, RecordOrigin> restored() {
        return restored;
    }

    /** Returns the beginning of the epoch to which this stream belongs. */
    ResumePoint beginning() {
        MixedOrigin in = mixed;
        return in == null ? firstOfEpoch().point(0, 0, 0) : in.beginning().get();
    }

    /** Returns a resume point at the given place. On resuming, {@code drop} records from there are read and dropped. */
    ResumePoint point(long byteOffset, long recordOrdinal, long drop) {
        return new ResumePoint(position(byteOffset, recordOrdinal), drop, identity == null ? null : identity.get());
    }

    ResumePoint resumeBefore(long byteOffset, long ordinal) {
        MixedOrigin in = mixed;
        if (in != null) {
            return in.before(ordinal);
        }
        return enterable ? point(byteOffset, ordinal, 0) : point(0, firstRecord, ordinal - firstRecord);
    }

    /** Returns the point that {@link RawRecord#resumeFrom} returns. */
    ResumePoint resumeFrom(long byteOffset, long recordOrdinal, long ordinal) {
        MixedOrigin in = mixed;
        return in == null ? point(byteOffset, recordOrdinal, ordinal + 1 - recordOrdinal) : in.before(ordinal + 1);
    }

    ResumePoint resumeAfter(long nextOffset, long ordinal, int shuffled) {
        return block == null ? resumeBefore(nextOffset, ordinal + 1) : block.plus(shuffled);
    }
}
