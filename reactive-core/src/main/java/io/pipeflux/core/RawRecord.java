package io.pipeflux.core;

import io.pipeflux.core.internal.KeyText;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The payload of one frame, with its position. The payload is in a heap array: the chunk in which its bytes arrived. A
 * record may share that array with neighbouring records. Records are immutable by contract, so no code may write to the
 * array.
 *
 * <p>A record keeps its whole chunk in memory. To keep a record for a long time, keep its {@link #copy}.
 */
public final class RawRecord {

    private final RecordOrigin origin;
    private final byte[] array;
    private final int offset;
    private final int size;
    private final long byteOffset;
    private final long nextOffset;
    private final long ordinal;
    private final int shuffled; // the record's place in its shuffled block, counted from 1, or 0 if there is no block

    RawRecord(RecordOrigin origin, byte[] array, int offset, int size, long byteOffset, long nextOffset, long ordinal) {
        this(origin, array, offset, size, byteOffset, nextOffset, ordinal, 0);
    }

    private RawRecord(
            RecordOrigin origin,
            byte[] array,
            int offset,
            int size,
            long byteOffset,
            long nextOffset,
            long ordinal,
            int shuffled) {
        this.origin = origin;
        this.array = array;
        this.offset = offset;
        this.size = size;
        this.byteOffset = byteOffset;
        this.nextOffset = nextOffset;
        this.ordinal = ordinal;
        this.shuffled = shuffled;
    }

    /**
     * Returns a record that was not read from a stream, for tests and hand-made pipelines. Its position is byte 0,
     * record 0 of epoch 0.
     *
     * @param payload the payload, from position to limit. The payload is copied, and the buffer is not changed
     */
    public static RawRecord of(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return RecordOrigin.UNKNOWN.record(bytes, 0, bytes.length, 0, bytes.length, 0);
    }

    /**
     * Returns a new view of the payload. The payload begins at the view's position and ends at the view's limit. The
     * view is big-endian, as every new {@link ByteBuffer} is, and must not be written to.
     */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(array, offset, size).slice();
    }

    /** Returns a copy of the payload. */
    public byte[] toByteArray() {
        return Arrays.copyOfRange(array, offset, offset + size);
    }

    /** Returns the payload's length in bytes. */
    public int size() {
        return size;
    }

    /**
     * Returns the array that contains the payload from {@link #arrayOffset} on, without a copy. This method is for
     * parsers. The array must not be written to.
     */
    public byte[] array() {
        return array;
    }

    /** Returns the index in {@link #array} at which the payload begins. */
    public int arrayOffset() {
        return offset;
    }

    /**
     * Returns the record's position. For a record of a mix of several sources, this is the position in the record's own
     * {@link #source}, with the ordinal that the record has in that source.
     */
    public Position position() {
        return origin.recordPosition(byteOffset, ordinal);
    }

    /** Returns the name of the record's source, as error messages show it: the object's key or the pipe's name. */
    public String source() {
        return origin.source();
    }

    /**
     * Returns the resume point after this record. For a record from a {@linkplain
     * io.pipeflux.core.operator.PipeOperators#shuffle shuffle}, reading continues with the next record in the shuffled
     * order.
     */
    public ResumePoint resumeAt() {
        return origin.resumeAfter(nextOffset, ordinal, shuffled);
    }

    /**
     * Returns the resume point after this record, for a stream in which reading must start at an earlier place. The
     * records from that place up to and including this record are dropped. This method is for authors of decoders.
     *
     * @param byteOffset the offset of an earlier place from which the stream can be read
     * @param recordOrdinal the ordinal, in the epoch, of the record at that place
     */
    public ResumePoint resumeFrom(long byteOffset, long recordOrdinal) {
        return origin.resumeFrom(byteOffset, recordOrdinal, ordinal);
    }

    /**
     * Returns the resume point before this record. If the record was shuffled, the point refers to the order before the
     * shuffle.
     */
    public ResumePoint resumeBefore() {
        return origin.resumeBefore(byteOffset, ordinal);
    }

    /**
     * Returns the record's ordinal in its epoch, counted from 0, in the order that the records had before they were
     * shuffled. For a record of a mix of several sources, this is the ordinal in the mix.
     */
    public long ordinal() {
        return ordinal;
    }

    RecordOrigin origin() {
        return origin;
    }

    /** Returns a copy of this record, marked as the n-th record, counted from 1, of a shuffled block. */
    RawRecord shuffled(RecordOrigin block, int n) {
        return new RawRecord(block, array, offset, size, byteOffset, nextOffset, ordinal, n);
    }

    /**
     * Returns a copy of this record for a mix of several sources. The copy has the given ordinal in the mix, and the
     * same payload array.
     */
    RawRecord mixed(MixedOrigin in, long mixedOrdinal) {
        return new RawRecord(origin.mixed(in), array, offset, size, byteOffset, nextOffset, mixedOrdinal, 0);
    }

    /**
     * Returns a supplier of the point that {@link #resumeAt} returns. The supplier does not keep the record's bytes in
     * memory.
     */
    Supplier<ResumePoint> resumingAt() {
        RecordOrigin of = origin;
        long next = nextOffset;
        long at = ordinal;
        int in = shuffled;
        return () -> of.resumeAfter(next, at, in);
    }

    /** Returns a copy of this record that has its own copy of the payload, and so does not keep the chunk in memory. */
    public RawRecord copy() {
        return new RawRecord(origin, toByteArray(), 0, size, byteOffset, nextOffset, ordinal, shuffled);
    }

    @Override
    public String toString() {
        return "RawRecord[" + size + " bytes, " + KeyText.printable(source()) + ", " + position() + "]";
    }
}
