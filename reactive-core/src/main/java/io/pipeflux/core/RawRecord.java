package io.pipeflux.core;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One framed payload and where it was found. Immutable by contract: its bytes lie in a heap array that it may share
 * with its neighbours (the chunk they came in), and nobody writes to that array.
 *
 * <p>A record that is kept keeps its whole chunk in memory: {@link #copy} detaches it.
 */
public final class RawRecord {

    private final RecordOrigin origin;
    private final byte[] array;
    private final int offset;
    private final int size;
    private final long byteOffset;
    private final long nextOffset;
    private final long ordinal;
    private final int shuffled; // its place in its shuffled block, counted from 1; 0 outside of one

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
     * A record that came from no stream, for tests and hand-made pipelines: byte 0, record 0 of epoch 0.
     *
     * @param payload the payload, position to limit; copied, and its buffer left as it is
     */
    public static RawRecord of(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return RecordOrigin.UNKNOWN.record(bytes, 0, bytes.length, 0, bytes.length, 0);
    }

    /** The payload as a new view, position to limit, big-endian as every new {@link ByteBuffer}. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(array, offset, size).slice();
    }

    /** The payload as a new array. */
    public byte[] toByteArray() {
        return Arrays.copyOfRange(array, offset, offset + size);
    }

    /** The payload's length in bytes. */
    public int size() {
        return size;
    }

    /** The array that holds the payload, not copied, for parsers: from {@link #arrayOffset}, not to be written to. */
    public byte[] array() {
        return array;
    }

    /** Where in {@link #array} the payload begins. */
    public int arrayOffset() {
        return offset;
    }

    /** Where the record was found. */
    public Position position() {
        return new Position(origin.epoch(), origin.objectOrdinal(), byteOffset, ordinal);
    }

    /** What the record was read from: the object's key or the pipe's name, as error messages show it. */
    public String source() {
        return origin.source();
    }

    /**
     * Where to begin so that the next record read is the one after this; for a record that came out of a
     * {@linkplain io.pipeflux.core.operator.PipeOperators#shuffle shuffle}, the one that came after it there.
     */
    public ResumePoint resumeAt() {
        return origin.resumeAfter(nextOffset, ordinal, shuffled);
    }

    /**
     * Where to begin so that the next record read is the one after this, in a stream that cannot be entered there: at
     * an earlier place, with the records since then dropped. For authors of decoders.
     *
     * @param byteOffset where the stream can be entered
     * @param recordOrdinal the ordinal in the epoch of the record that is there
     */
    public ResumePoint resumeFrom(long byteOffset, long recordOrdinal) {
        return origin.point(byteOffset, recordOrdinal, ordinal + 1 - recordOrdinal);
    }

    /** Returns where to begin so that the next record read is this one, in the stream's own order. */
    public ResumePoint resumeBefore() {
        return origin.resumeBefore(byteOffset, ordinal);
    }

    /** Returns the record's ordinal in its epoch, counted from 0, in the stream's own order. */
    public long ordinal() {
        return ordinal;
    }

    RecordOrigin origin() {
        return origin;
    }

    /** The same record as the n-th, counted from 1, of a shuffled block. */
    RawRecord shuffled(RecordOrigin block, int n) {
        return new RawRecord(block, array, offset, size, byteOffset, nextOffset, ordinal, n);
    }

    /** The same record with an array of its own. */
    public RawRecord copy() {
        return new RawRecord(origin, toByteArray(), 0, size, byteOffset, nextOffset, ordinal, shuffled);
    }

    @Override
    public String toString() {
        return "RawRecord[" + size + " bytes, " + source() + ", " + position() + "]";
    }
}
