package io.pipeflux.core;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all records of one stream have in common, held once instead of in each of them; for authors of decoders, who get
 * it from their {@code FrameBuffer}.
 */
public final class RecordOrigin {

    static final RecordOrigin UNKNOWN = of(() -> "no stream", 0, Position.NO_OBJECT);

    private final Supplier<String> source;
    private final long epoch;
    private final long objectOrdinal;
    private final @Nullable OriginIdentity identity;
    private final long firstRecord;
    private final boolean enterable;
    private final @Nullable RecordOrigin first; // of its epoch, or null if this is it
    private final ObjectsHash before; // of the objects before this one
    private final @Nullable ResumePoint block; // the beginning of the shuffled block

    private RecordOrigin(
            Supplier<String> source,
            long epoch,
            long objectOrdinal,
            @Nullable OriginIdentity identity,
            long firstRecord,
            boolean enterable,
            @Nullable RecordOrigin first,
            ObjectsHash before,
            @Nullable ResumePoint block) {
        this.source = source;
        this.epoch = epoch;
        this.objectOrdinal = objectOrdinal;
        this.identity = identity;
        this.firstRecord = firstRecord;
        this.enterable = enterable;
        this.first = first;
        this.before = before;
        this.block = block;
    }

    /**
     * The origin of a stream that nothing is known of but its name: its resume points have no identity.
     *
     * @param source names the stream in messages; asked when a message is made
     * @param epoch the logical epoch
     * @param objectOrdinal the object's place in the epoch, or {@link Position#NO_OBJECT}
     */
    public static RecordOrigin of(Supplier<String> source, long epoch, long objectOrdinal) {
        return new RecordOrigin(source, epoch, objectOrdinal, null, 0, true, null, ObjectsHash.NONE, null);
    }

    /**
     * The origin of the records of an object, each of which can be read from its own byte offset.
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
                null);
    }

    /**
     * The origin of the records of a stream that knows no objects, each of which can be read from its own byte offset.
     *
     * @param source names the stream in messages; asked when a message is made
     * @param content says what the stream's content is, the same for the same bytes, or null; asked once bytes have
     *     arrived
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
                null);
    }

    /**
     * The same origin of a stream that can be entered at its beginning only, such as a compressed object: its records
     * resume there and drop those before.
     *
     * @param firstRecord the ordinal in the epoch of the stream's first record
     */
    public RecordOrigin wholeFrom(long firstRecord) {
        return new RecordOrigin(source, epoch, objectOrdinal, identity, firstRecord, false, first, before, block);
    }

    /**
     * The same origin as that of the object which comes after another one in an epoch. Every object has to be named,
     * also one that no records are of: a shuffled block is compared with all objects that it reaches over.
     *
     * @param previous the origin of the object before it
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
                block);
    }

    /** The stream's name, as error messages show it. */
    public String source() {
        return source.get();
    }

    /** The logical epoch. */
    public long epoch() {
        return epoch;
    }

    /** The object's place in the epoch, or {@link Position#NO_OBJECT}. */
    public long objectOrdinal() {
        return objectOrdinal;
    }

    /** The position of a byte and a record of this stream. */
    public Position position(long byteOffset, long recordOrdinal) {
        return new Position(epoch, objectOrdinal, byteOffset, recordOrdinal);
    }

    /**
     * A record of this stream.
     *
     * @param array holds the payload; the record keeps it, nobody may write to it any more
     * @param offset where the payload begins in it
     * @param size the payload's length in bytes
     * @param byteOffset the offset of the record's frame in the stream
     * @param nextOffset the offset of the byte behind that frame
     * @param ordinal the record's ordinal in the epoch
     */
    public RawRecord record(byte[] array, int offset, int size, long byteOffset, long nextOffset, long ordinal) {
        return new RawRecord(this, array, offset, size, byteOffset, nextOffset, ordinal);
    }

    /** The origin of the records of a shuffled block that begins at a point. */
    RecordOrigin inBlock(ResumePoint start) {
        return new RecordOrigin(source, epoch, objectOrdinal, identity, firstRecord, enterable, first, before, start);
    }

    /** The origin of the first stream that was read of the epoch. */
    RecordOrigin firstOfEpoch() {
        return first == null ? this : first;
    }

    private ObjectsHash objects() {
        Identity.Source is = identity == null ? null : identity.get().source();
        return before.plus(is == null ? 0 : is.hash());
    }

    /** The hash of the objects after another one's up to this one, or null if it is the same one. */
    @Nullable
    Long spanFrom(RecordOrigin start) {
        ObjectsHash to = objects();
        ObjectsHash from = start.objects();
        return to.equals(from) ? null : to.since(from);
    }

    /** The beginning of the epoch that the stream belongs to. */
    ResumePoint beginning() {
        return firstOfEpoch().point(0, 0, 0);
    }

    /** A place in the stream where it can be entered, and how many records are before the next one. */
    ResumePoint point(long byteOffset, long recordOrdinal, long drop) {
        return new ResumePoint(position(byteOffset, recordOrdinal), drop, identity == null ? null : identity.get());
    }

    ResumePoint resumeBefore(long byteOffset, long ordinal) {
        return enterable ? point(byteOffset, ordinal, 0) : point(0, firstRecord, ordinal - firstRecord);
    }

    ResumePoint resumeAfter(long nextOffset, long ordinal, int shuffled) {
        return block == null ? resumeBefore(nextOffset, ordinal + 1) : block.plus(shuffled);
    }
}
