package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.TruncatedInputException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a stream that have arrived and are not yet decoded. A decoder asks {@link #ensure} for the bytes it
 * needs and then reads them from {@link #array}.
 *
 * <p>Chunks are not copied: only a frame that straddles chunks is put together, once, when its last byte is there.
 * Memory is what has arrived, whatever a length field announces. For one thread at a time.
 */
public final class FrameBuffer {

    /** Chunks below this many bytes are packed together, so that a stream of single bytes costs a byte each. */
    private static final int SMALL = 1024;

    private static final byte[] NOTHING = {};

    private static final long NOT_BEGUN = -1;

    private final String format;
    private final long maxRecordBytes;
    private final RecordOrigin origin;
    private final ArrayDeque<ByteBuffer> behind = new ArrayDeque<>();

    private byte[] array = NOTHING; // the chunk in front ...
    private int position; // ... its first unread byte ...
    private int end; // ... and the one behind its last
    private boolean packing; // the last of behind is our own and takes further small chunks
    private long available;
    private long offset;
    private long nextRecord;
    private long toSkip;
    private long wanted;
    private int corruptFrameBytes;
    private final Pieces pieces = new Pieces();
    private long begun = NOT_BEGUN; // the offset of the frame that is taken off in pieces

    FrameBuffer(FrameFormat<?> format, RecordOrigin origin, StreamStart start) {
        this.format = format.name();
        this.maxRecordBytes = format.maxRecordBytes();
        this.origin = origin;
        this.offset = start.offset();
        this.nextRecord = start.firstRecord();
        this.toSkip = start.skip();
    }

    /** How many bytes are unread. */
    public long available() {
        return available;
    }

    /** The offset in the stream of the first unread byte. */
    public long offset() {
        return offset;
    }

    /**
     * Sees to it that the next {@code count} bytes stand side by side in {@link #array}, from {@link #position} on.
     *
     * @return false if they have not arrived yet; the buffer is then unchanged
     */
    public boolean ensure(long count) {
        if (count <= end - position) {
            return true;
        }
        if (count > available) {
            wanted = count;
            return false;
        }
        gather((int) count);
        return true;
    }

    /**
     * The array that holds the bytes {@link #ensure} was asked for; valid until the next call of it; not to be written.
     */
    public byte[] array() {
        return array;
    }

    /** Where in {@link #array} the first unread byte is. */
    public int position() {
        return position;
    }

    /** How many bytes stand side by side in {@link #array} from {@link #position} on, at least what was ensured. */
    public int contiguous() {
        return end - position;
    }

    /** Takes the next bytes off the buffer, which {@link #ensure} was asked for. */
    public void skip(int count) {
        if (count < 0 || count > end - position) {
            throw new IllegalArgumentException("ensure(" + count + ") required before skip(" + count + ")");
        }
        position += count;
        offset += count;
        available -= count;
    }

    /**
     * Takes a frame off the buffer, which {@link #ensure} was asked for, and makes a record of its payload.
     *
     * @param frameBytes the frame's length
     * @param payloadAt where in the frame the payload begins
     * @param payloadBytes the payload's length
     */
    public RawRecord record(int frameBytes, int payloadAt, int payloadBytes) {
        int from = position + payloadAt;
        long start = offset;
        skip(frameBytes);
        return origin.record(array, from, payloadBytes, start, offset, nextRecord++);
    }

    /**
     * Finds a byte among those that have arrived, across chunks and without copying.
     *
     * @param from how many unread bytes to leave out, at least 0: those that were searched before
     * @return how many unread bytes are before the first such byte from there on, or -1 if it has not arrived
     */
    public long indexOf(byte value, long from) {
        if (from < 0) {
            throw new IllegalArgumentException("from >= 0 required but it was " + from);
        }
        int inFront = end - position;
        if (from < inFront) {
            int at = ByteSearch.indexOf(array, position + (int) from, end, value);
            if (at >= 0) {
                return (long) at - position;
            }
        }
        return behind.isEmpty() ? -1 : indexBehind(value, Math.max(from, inFront));
    }

    /** Searches from the newest chunk backwards: the many old ones of a long frame have been searched before. */
    private long indexBehind(byte value, long from) {
        long found = -1;
        long start = available;
        Iterator<ByteBuffer> newestFirst = behind.descendingIterator();
        while (start > from && newestFirst.hasNext()) {
            ByteBuffer chunk = newestFirst.next();
            start -= chunk.remaining();
            int first = chunk.arrayOffset() + chunk.position();
            int at = ByteSearch.indexOf(
                    chunk.array(), first + (int) Math.max(0, from - start), chunk.arrayOffset() + chunk.limit(), value);
            if (at >= 0) {
                found = start + at - first;
            }
        }
        return found;
    }

    // == a frame that is taken off in pieces: begin, then join and skip, then joined ==

    /**
     * Begins a frame whose payload does not stand side by side, and takes it off the buffer in pieces, as they arrive.
     * Until {@link #joined} has made the record, messages name this offset and input that ends is truncated.
     */
    public void begin() {
        begun = offset;
    }

    /**
     * Takes the next bytes off the buffer and adds them to the payload: all that have arrived, at most {@code count}.
     *
     * @return how many are missing
     */
    public long join(long count) {
        long missing = count;
        while (missing > 0 && ensure(1)) {
            int part = (int) Math.min(missing, end - position);
            pieces.add(array, position, part);
            skip(part);
            missing -= part;
        }
        wanted = missing;
        return missing;
    }

    /** Adds bytes to the payload that are not in the stream. */
    public void join(byte[] bytes) {
        pieces.add(bytes, 0, bytes.length);
    }

    /** Makes a record of the frame that was begun: it ends here. */
    public RawRecord joined() {
        byte[] payload = pieces.join();
        long start = begun;
        begun = NOT_BEGUN;
        return origin.record(payload, 0, payload.length, start, offset, nextRecord++);
    }

    /**
     * Checks the length that a header announces.
     *
     * @throws CorruptRecordException if it is negative or more than the format's maximum
     */
    public void checkLength(long recordBytes) {
        if (recordBytes < 0 || recordBytes > maxRecordBytes) {
            throw corrupt("record length " + Long.toUnsignedString(recordBytes) + " is more than the maximum of "
                    + maxRecordBytes + " bytes");
        }
    }

    /** An exception that says that the frame in front is not legal, and where it is: the stream cannot go on. */
    public CorruptRecordException corrupt(String what) {
        corruptFrameBytes = 0;
        return CorruptRecordException.of(
                format + ": " + what, origin.source(), origin.position(frameOffset(), nextRecord), null);
    }

    private long frameOffset() {
        return begun == NOT_BEGUN ? offset : begun;
    }

    /**
     * As {@link #corrupt}, for a frame whose length is known to be right, so that a {@link SkipPolicy} may skip it.
     *
     * @param frameBytes the frame's length, which {@link #ensure} was asked for
     */
    public CorruptRecordException corruptFrame(int frameBytes, String what) {
        CorruptRecordException corrupt = corrupt(what);
        corruptFrameBytes = frameBytes;
        return corrupt;
    }

    /** An exception that says that the input ended where it must not, for decoders that hold the state to know. */
    public TruncatedInputException truncated(String what) {
        return TruncatedInputException.of(
                format + ": " + what, origin.source(), origin.position(frameOffset(), nextRecord), null);
    }

    /** The length of the frame in front if it is corrupt and can be skipped, else 0. */
    int corruptFrameBytes() {
        return corruptFrameBytes;
    }

    /** Takes the corrupt frame in front off the buffer. */
    ByteBuffer takeCorruptFrame() {
        byte[] frame = Arrays.copyOfRange(array, position, position + corruptFrameBytes);
        skip(corruptFrameBytes);
        nextRecord++;
        return ByteBuffer.wrap(frame);
    }

    /** Says whether the input may end here; what it ends in the middle of otherwise. */
    @Nullable
    TruncatedInputException truncation() {
        if (toSkip > 0) {
            return truncated("the input ended " + toSkip + " bytes before the start point");
        }
        long taken = offset - frameOffset();
        return available == 0 && begun == NOT_BEGUN
                ? null
                : truncated("truncated record: the input ended after " + (taken + available) + " of " + (taken + wanted)
                        + " bytes");
    }

    /** The ordinal in the epoch of the next record. */
    long nextRecord() {
        return nextRecord;
    }

    /** Lets go of the bytes that are not decoded. */
    void clear() {
        behind.clear();
        pieces.clear();
        packing = false;
        array = NOTHING;
        position = 0;
        end = 0;
        available = 0;
    }

    /** Adds a chunk, whose buffer is left as it is: its source may keep it and give it to others. */
    void append(ByteBuffer chunk) {
        int skipped = (int) Math.min(toSkip, chunk.remaining());
        toSkip -= skipped;
        int from = chunk.position() + skipped;
        int count = chunk.limit() - from;
        if (count == 0) {
            return;
        }
        available += count;
        if (packing && count <= behind.getLast().capacity() - behind.getLast().limit()) {
            pack(behind.getLast(), chunk, from);
        } else if (count < SMALL && available > count) {
            // as much again as is there: what is allocated stays in proportion to what has arrived
            int room = (int) Math.min(4 * SMALL, Math.max(64, available));
            behind.add(pack(ByteBuffer.allocate(room).limit(0), chunk, from));
            packing = true;
        } else {
            // decoders read arrays: the bytes of a direct or a read-only buffer are copied, once
            behind.add(
                    chunk.hasArray()
                            ? chunk.duplicate().position(from)
                            : pack(ByteBuffer.allocate(count).limit(0), chunk, from));
            packing = false;
        }
        if (position == end) {
            advance();
        }
    }

    /** Adds a chunk's bytes after the limit of another, which has room. */
    private static ByteBuffer pack(ByteBuffer into, ByteBuffer chunk, int from) {
        int at = into.limit();
        int count = chunk.limit() - from;
        return into.limit(at + count).put(at, chunk, from, count);
    }

    /** Makes the next chunk the one in front. */
    private void advance() {
        ByteBuffer chunk = behind.remove();
        packing &= !behind.isEmpty();
        array = chunk.array();
        position = chunk.arrayOffset() + chunk.position();
        end = chunk.arrayOffset() + chunk.limit();
    }

    /** Puts the next bytes together in an array of their own, which becomes the chunk in front. */
    private void gather(int count) {
        if (position == end) {
            advance();
            if (count <= end - position) {
                return;
            }
        }
        byte[] whole = new byte[count];
        int filled = end - position;
        System.arraycopy(array, position, whole, 0, filled);
        while (filled < count) {
            ByteBuffer chunk = behind.element();
            int part = Math.min(chunk.remaining(), count - filled);
            chunk.get(whole, filled, part);
            filled += part;
            if (!chunk.hasRemaining()) {
                behind.remove();
                packing &= !behind.isEmpty();
            }
        }
        array = whole;
        position = 0;
        end = count;
    }
}
