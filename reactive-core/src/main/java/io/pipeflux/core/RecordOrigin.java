package io.pipeflux.core;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all records of one stream have in common, held once instead of in each of them; for authors of decoders, who get
 * it from their {@code FrameBuffer}.
 */
public final class RecordOrigin {

    static final RecordOrigin UNKNOWN = new RecordOrigin(() -> "no stream", 0, Position.NO_OBJECT, 0, true, null);

    private final Supplier<String> source;
    private final long epoch;
    private final long objectOrdinal;
    private final long firstRecord;
    private final boolean enterable;
    private final @Nullable ResumePoint block; // the beginning of the shuffled block

    private RecordOrigin(
            Supplier<String> source,
            long epoch,
            long objectOrdinal,
            long firstRecord,
            boolean enterable,
            @Nullable ResumePoint block) {
        this.source = source;
        this.epoch = epoch;
        this.objectOrdinal = objectOrdinal;
        this.firstRecord = firstRecord;
        this.enterable = enterable;
        this.block = block;
    }

    /**
     * The origin of a stream whose records can each be read from their own byte offset.
     *
     * @param source names the stream in messages; asked when a message is made
     * @param epoch the logical epoch
     * @param objectOrdinal the object's place in the epoch, or {@link Position#NO_OBJECT}
     */
    public static RecordOrigin of(Supplier<String> source, long epoch, long objectOrdinal) {
        return new RecordOrigin(source, epoch, objectOrdinal, 0, true, null);
    }

    /**
     * The origin of a stream that can be entered at its beginning only, such as a compressed object: its records resume
     * there and drop those before.
     *
     * @param firstRecord the ordinal in the epoch of the stream's first record
     */
    public static RecordOrigin ofWhole(Supplier<String> source, long epoch, long objectOrdinal, long firstRecord) {
        return new RecordOrigin(source, epoch, objectOrdinal, firstRecord, false, null);
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
        return new RecordOrigin(source, epoch, objectOrdinal, firstRecord, enterable, start);
    }

    ResumePoint resumeBefore(long byteOffset, long ordinal) {
        return enterable
                ? new ResumePoint(position(byteOffset, ordinal), 0)
                : new ResumePoint(position(0, firstRecord), ordinal - firstRecord);
    }

    ResumePoint resumeAfter(long nextOffset, long ordinal, int shuffled) {
        return block == null ? resumeBefore(nextOffset, ordinal + 1) : block.plus(shuffled);
    }
}
