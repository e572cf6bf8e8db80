package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.FirstBytes;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds the bytes of a stream that have arrived but have not been decoded yet. A decoder calls {@link #ensure} with the
 * number of bytes that it needs, and then reads these bytes from {@link #array}.
 *
 * <p>Large chunks on the heap are not copied. Small chunks are packed into shared arrays when they arrive. A frame that
 * spans several arrays is copied into one array when its last byte has arrived. The memory in use is proportional to
 * the number of bytes that have arrived, regardless of the length that a header announces. Only one thread at a time
 * may use a buffer.
 */
public final class FrameBuffer {

    /**
     * The size below which chunks are packed into shared arrays. Because of this, even a stream of one-byte chunks
     * takes little more memory than its bytes.
     */
    private static final int SMALL = 1024;

    private static final byte[] NOTHING = {};

    private static final long NOT_BEGUN = -1;

    private final String format;
    private final long maxRecordBytes;
    private final RecordOrigin origin;
    private final ArrayDeque<ByteBuffer> later = new ArrayDeque<>();

    private byte[] array = NOTHING; // the array of the first chunk
    private int position; // the index of the first unread byte of the first chunk
    private int end; // the index after the last byte of the first chunk
    // whether the last buffer in the queue "later" was allocated by this class and has room for more small chunks
    private boolean packing;
    private long available;
    private long offset;
    private long nextRecord;
    private long toSkip;
    private long wanted;
    private int corruptFrameBytes;
    private Supplier<@Nullable String> doubt = () -> null;
    private @Nullable LeftChunks left; // null if no code needs to know which chunks are fully read
    // whether the bytes in the field "array" are still needed after the decoder has read that array to the end
    private boolean keepsArray;
    private final Pieces pieces = new Pieces();
    private long begun = NOT_BEGUN; // the offset of the frame that is being read in pieces

    FrameBuffer(FrameFormat<?> format, RecordOrigin origin, StreamStart start) {
        this.format = format.name();
        this.maxRecordBytes = format.maxRecordBytes();
        this.origin = origin;
        this.offset = start.offset();
        this.nextRecord = start.firstRecord();
        this.toSkip = start.skip();
    }

    /** @param doubt returns a hint that states why the source's bytes may be wrong, or null; used in error messages */
    void inDoubt(Supplier<@Nullable String> doubt) {
        this.doubt = doubt;
    }

    /**
     * @param left is notified of each chunk whose bytes the decoder has read to the end, and provides memory for frames
     *     that span chunks
     */
    void reportLeftTo(LeftChunks left) {
        this.left = left;
    }

    /**
     * Prevents the current array from being reused. Called if the array's bytes are still needed after the decoder has
     * read the chunk to the end.
     */
    void keepArray() {
        keepsArray = true;
    }

    /** Returns the number of bytes that have arrived but are unread. */
    public long available() {
        return available;
    }

    /** Returns the offset, in the stream, of the first unread byte. */
    public long offset() {
        return offset;
    }

    /** Returns whether the stream is a stored object and not, for example, a pipe. */
    public boolean isObject() {
        return origin.objectOrdinal() != Position.NO_OBJECT;
    }

    /**
     * Makes the next {@code count} bytes contiguous in {@link #array}, starting at {@link #position}.
     *
     * @return false if not all of these bytes have arrived; in that case, the buffer does not change
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
     * Returns the array with the bytes that the most recent call of {@link #ensure} has made contiguous. The array is
     * valid until the next call of {@link #ensure}, and must not be written to.
     */
    public byte[] array() {
        return array;
    }

    /** Returns the index of the first unread byte in {@link #array}. */
    public int position() {
        return position;
    }

    /**
     * Returns the number of unread bytes that are contiguous in {@link #array}, starting at {@link #position}. This
     * number is at least the number that was passed to {@link #ensure}.
     */
    public int contiguous() {
        return end - position;
    }

    /**
     * Removes the next bytes from the buffer.
     *
     * @param count the number of bytes, at most the number that was passed to {@link #ensure}
     * @throws IllegalArgumentException if fewer than {@code count} bytes are contiguous
     */
    public void skip(int count) {
        if (count < 0 || count > end - position) {
            throw new IllegalArgumentException("expected ensure(" + count + ") before skip(" + count + "), but got "
                    + (end - position) + " bytes");
        }
        position += count;
        offset += count;
        available -= count;
    }

    /**
     * Removes a frame from the buffer and returns a record with the frame's payload. {@link #ensure} must have been
     * called for the whole frame.
     *
     * @param frameBytes the frame's length in bytes
     * @param payloadAt the offset in the frame at which the payload begins
     * @param payloadBytes the payload's length in bytes
     */
    public RawRecord record(int frameBytes, int payloadAt, int payloadBytes) {
        int from = position + payloadAt;
        long start = offset;
        skip(frameBytes);
        return origin.record(array, from, payloadBytes, start, offset, nextRecord++);
    }

    /**
     * Finds a byte among the unread bytes that have arrived. Searches all chunks and copies nothing.
     *
     * @param from the number of unread bytes to leave out of the search, at least 0. Pass the number of bytes that have
     *     already been searched
     * @return the number of unread bytes before the first match, including the bytes that were left out of the search;
     *     -1 if there is no match among the bytes that have arrived
     */
    public long indexOf(byte value, long from) {
        if (from < 0) {
            throw new IllegalArgumentException("expected from >= 0, but got " + from);
        }
        int inFront = end - position;
        if (from < inFront) {
            int at = ByteSearch.indexOf(array, position + (int) from, end, value);
            if (at >= 0) {
                return (long) at - position;
            }
        }
        return later.isEmpty() ? -1 : indexInLaterChunks(value, Math.max(from, inFront));
    }

    /**
     * Searches the chunks from the newest one back to the one that contains the offset {@code from}. Begins with the
     * newest chunk, because the older chunks of a long frame have already been searched.
     */
    private long indexInLaterChunks(byte value, long from) {
        long found = -1;
        long start = available;
        Iterator<ByteBuffer> newestFirst = later.descendingIterator();
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

    // == a frame that is read in pieces: begin(), then join() and skip(), then joined() ==

    /**
     * Begins a frame whose payload is not contiguous in the stream. The frame is removed from the buffer in pieces,
     * when these pieces arrive. Until {@link #joined} returns the record, error messages state the offset of this
     * frame, and the end of the input is reported as a truncation.
     */
    public void begin() {
        begun = offset;
    }

    /**
     * Moves the next bytes from the buffer to the payload. Moves all bytes that have arrived, but at most
     * {@code count}.
     *
     * @return the number of bytes that are still missing: {@code count} minus the number of bytes that were moved
     */
    public long join(long count) {
        long missing = count;
        while (missing > 0 && ensure(1)) {
            int part = (int) Math.min(missing, end - position);
            pieces.add(array, position, part);
            keepArray();
            skip(part);
            missing -= part;
        }
        wanted = missing;
        return missing;
    }

    /** Adds bytes to the payload. These bytes are not part of the stream. */
    public void join(byte[] bytes) {
        pieces.add(bytes, 0, bytes.length);
    }

    /**
     * Removes all bytes from the payload and returns them. Decoders use this method to replace the payload, or to read
     * a frame that has no record (see {@link #abandon}).
     */
    public byte[] takeJoined() {
        return pieces.join();
    }

    /**
     * Ends the frame that was begun, without returning a record. Decoders use this method, for example, for a header
     * between records.
     */
    public void abandon() {
        pieces.clear();
        begun = NOT_BEGUN;
    }

    /** Ends the frame that was begun, and returns a record with the frame's payload. */
    public RawRecord joined() {
        byte[] payload = pieces.join();
        long start = begun;
        begun = NOT_BEGUN;
        return origin.record(payload, 0, payload.length, start, offset, nextRecord++);
    }

    /**
     * Checks a record length that a header announces.
     *
     * @throws CorruptRecordException if the length is negative or exceeds the format's maximum
     */
    public void checkLength(long recordBytes) {
        if (recordBytes < 0 || recordBytes > maxRecordBytes) {
            throw corrupt(
                    ErrorKind.LONG_RECORD,
                    "record length " + Long.toUnsignedString(recordBytes) + " is more than the maximum of "
                            + maxRecordBytes + " bytes");
        }
    }

    /**
     * Returns an exception for an invalid frame, with the frame's position. The decoder must throw this exception, and
     * the stream cannot continue afterwards.
     */
    public CorruptRecordException corrupt(String what) {
        return corrupt(ErrorKind.BAD_RECORD, what);
    }

    CorruptRecordException corrupt(ErrorKind kind, String what) {
        corruptFrameBytes = 0;
        return CoreAccess.exception(
                CorruptRecordException.class,
                kind,
                format + ": " + what + hint(),
                origin.source(),
                origin.position(frameOffset(), nextRecord),
                null);
    }

    /**
     * Returns a hint for an error message. If the first frame has failed, the hint names the format that the input
     * seems to have. If that format is unknown, or a later frame has failed, the hint states why the input's bytes may
     * be wrong.
     */
    private String hint() {
        String seems = offset == 0 ? firstBytes() : "";
        String mayBe = seems.isEmpty() ? doubt.get() : null;
        return mayBe == null ? seems : "; " + mayBe;
    }

    private String firstBytes() {
        int known = (int) Math.min(available, FirstBytes.ENOUGH);
        byte[] head = new byte[known];
        int copied = Math.min(known, end - position);
        System.arraycopy(array, position, head, 0, copied);
        for (ByteBuffer chunk : later) {
            int more = Math.min(known - copied, chunk.remaining());
            chunk.get(chunk.position(), head, copied, more);
            copied += more;
        }
        return FirstBytes.hint(head, format);
    }

    private long frameOffset() {
        return begun == NOT_BEGUN ? offset : begun;
    }

    /**
     * Returns an exception as {@link #corrupt} does, for a frame whose length is known to be correct. A
     * {@link SkipPolicy} can therefore skip the frame.
     *
     * @param frameBytes the frame's length in bytes. {@link #ensure} must have been called for the whole frame
     */
    public CorruptRecordException corruptFrame(int frameBytes, String what) {
        CorruptRecordException corrupt = corrupt(ErrorKind.DAMAGED_RECORD, what);
        corruptFrameBytes = frameBytes;
        return corrupt;
    }

    /**
     * Returns an exception for input that has ended too early, with the position of the incomplete frame. Decoders that
     * keep bytes in their own state use this method.
     */
    public TruncatedInputException truncated(String what) {
        return truncated(ErrorKind.TRUNCATED, what);
    }

    TruncatedInputException truncated(ErrorKind kind, String what) {
        return CoreAccess.exception(
                TruncatedInputException.class,
                kind,
                format + ": " + what + hint(),
                origin.source(),
                origin.position(frameOffset(), nextRecord),
                null);
    }

    /** Returns the length of the next frame if it is corrupt and can be skipped, otherwise 0. */
    int corruptFrameBytes() {
        return corruptFrameBytes;
    }

    /** Removes the corrupt frame from the buffer and returns a copy of the frame's bytes. */
    ByteBuffer takeCorruptFrame() {
        byte[] frame = Arrays.copyOfRange(array, position, position + corruptFrameBytes);
        skip(corruptFrameBytes);
        nextRecord++;
        return ByteBuffer.wrap(frame);
    }

    /** Returns null if the input may end here. Otherwise, returns an exception that states where the input ended. */
    @Nullable
    TruncatedInputException truncation() {
        if (toSkip > 0) {
            return truncated(ErrorKind.END_BEFORE_START, "the input ended " + toSkip + " bytes before the start point");
        }
        long taken = offset - frameOffset();
        return available == 0 && begun == NOT_BEGUN
                ? null
                : truncated("truncated record: the input ended after " + (taken + available) + " of " + (taken + wanted)
                        + " bytes");
    }

    /** Returns the next record's ordinal in the epoch. */
    long nextRecord() {
        return nextRecord;
    }

    /** Releases the bytes that have not been decoded. */
    void clear() {
        later.clear();
        pieces.clear();
        packing = false;
        array = NOTHING;
        position = 0;
        end = 0;
        available = 0;
    }

    /**
     * Adds a chunk. The chunk's buffer is not changed, because the source may keep the buffer and emit it to other
     * subscribers.
     */
    void append(ByteBuffer chunk) {
        int skipped = (int) Math.min(toSkip, chunk.remaining());
        toSkip -= skipped;
        int from = chunk.position() + skipped;
        int count = chunk.limit() - from;
        if (count == 0) {
            return;
        }
        available += count;
        if (packing && count <= later.getLast().capacity() - later.getLast().limit()) {
            pack(later.getLast(), chunk, from);
            leave(chunk);
        } else if (count < SMALL && available > count) {
            // the new buffer has as much room as there are unread bytes, so that the memory in use stays proportional
            // to their number
            int room = (int) Math.min(4 * SMALL, Math.max(64, available));
            later.add(pack(ByteBuffer.allocate(room).limit(0), chunk, from));
            leave(chunk);
            packing = true;
        } else {
            // the bytes of a direct or read-only buffer are copied into an array, because decoders read arrays
            later.add(
                    chunk.hasArray()
                            ? chunk.duplicate().position(from)
                            : pack(ByteBuffer.allocate(count).limit(0), chunk, from));
            packing = false;
        }
        if (position == end) {
            advance();
        }
    }

    /**
     * Appends the bytes of {@code chunk}, beginning with index {@code from}, at the limit of {@code into}. The capacity
     * of {@code into} must be sufficient.
     */
    private static ByteBuffer pack(ByteBuffer into, ByteBuffer chunk, int from) {
        int at = into.limit();
        int count = chunk.limit() - from;
        return into.limit(at + count).put(at, chunk, from, count);
    }

    /** Drops the first chunk, so that the next chunk becomes the first one. */
    private void advance() {
        ByteBuffer chunk = later.remove();
        packing &= !later.isEmpty();
        leaveArray();
        array = chunk.array();
        position = chunk.arrayOffset() + chunk.position();
        end = chunk.arrayOffset() + chunk.limit();
    }

    private void leaveArray() {
        if (left != null && !keepsArray) {
            left.leave(array);
        }
        keepsArray = false;
    }

    // the array is passed on as a whole, so it does not matter where in the array the chunk begins
    @SuppressWarnings("ByteBufferBackingArray")
    private void leave(ByteBuffer chunk) {
        if (left != null && chunk.hasArray()) {
            left.leave(chunk.array());
        }
    }

    /** Copies the next bytes into a new array, which becomes the first chunk. */
    private void gather(int count) {
        if (position == end) {
            advance();
            if (count <= end - position) {
                return;
            }
        }
        byte[] whole = left == null ? new byte[count] : left.memory().take(count);
        int filled = end - position;
        System.arraycopy(array, position, whole, 0, filled);
        while (filled < count) {
            ByteBuffer chunk = later.element();
            int part = Math.min(chunk.remaining(), count - filled);
            chunk.get(whole, filled, part);
            filled += part;
            if (!chunk.hasRemaining()) {
                later.remove();
                packing &= !later.isEmpty();
                leave(chunk);
            }
        }
        leaveArray();
        array = whole;
        position = 0;
        end = count;
    }
}
