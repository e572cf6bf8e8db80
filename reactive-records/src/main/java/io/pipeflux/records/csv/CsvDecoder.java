package io.pipeflux.records.csv;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.LeavesChunks;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Decodes records from a byte stream in one pass. {@link CsvRecords} defines the syntax of a record.
 *
 * <pre>
 *   state    next byte                     next state
 *   PLAIN    " at the start of a field     QUOTED
 *   QUOTED   "                             QUOTE
 *   QUOTE    " (the quote was escaped)     QUOTED
 *   QUOTE    any other byte                PLAIN
 * </pre>
 *
 * <p>All other bytes leave the state unchanged. A line feed in the state {@code PLAIN} or {@code QUOTE} ends the
 * record.
 *
 * <p>A record that spans several chunks is moved out of the buffer piece by piece. Otherwise each chunk that arrives
 * would cause the earlier bytes of the record to be copied again.
 */
final class CsvDecoder implements FrameDecoder<RawRecord>, LeavesChunks {

    private static final int LONGEST_HEADER = 1 << 20;
    private static final byte[] UTF8_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private enum State {
        PLAIN,
        QUOTED,
        QUOTE
    }

    private final byte delimiter;
    private final boolean quotes;
    private final CsvHeader kind;
    private final @Nullable HeaderColumns columns;
    private final int count; // the number of columns of a record, or 0 if unknown

    private State state = State.PLAIN;
    private boolean seen; // whether the stream's first byte has been examined
    private boolean marked; // whether a byte order mark has been skipped before the current record
    private boolean headerDue;
    private byte @Nullable [] header; // the first header; any later record equal to it is a header, too
    private boolean begun; // whether pieces of the current record have been moved out of the buffer
    private long taken; // the total length in bytes of the pieces that have been moved out
    private byte last; // the last byte that has been moved out

    /** Creates a decoder for records without a header. */
    CsvDecoder(byte delimiter, boolean quotes) {
        this.delimiter = delimiter;
        this.quotes = quotes;
        this.kind = CsvHeader.NONE;
        this.columns = null;
        this.count = 0;
    }

    /** Creates a decoder for the records of a schema. */
    CsvDecoder(CsvSchema schema, CsvHeader kind) {
        this.delimiter = schema.delimiter();
        this.quotes = schema.hasQuotes();
        this.kind = kind;
        this.columns = kind == CsvHeader.NAMES ? new HeaderColumns(schema) : null;
        this.count = schema.isSelecting() ? 0 : schema.fields().size();
    }

    @Override
    public @Nullable RawRecord decode(FrameBuffer in) {
        return next(in, false);
    }

    @Override
    public @Nullable RawRecord decodeEnd(FrameBuffer in) {
        RawRecord record = next(in, true);
        if (record != null || (!begun && in.available() == 0)) {
            return record;
        }
        if (state == State.QUOTED) {
            int rest = in.contiguous();
            boolean carriageReturn = rest > 0 && in.array()[in.position() + rest - 1] == '\r';
            // The length is checked here, too, so that the error does not depend on how the input was divided into
            // chunks.
            checkLength(in, taken + rest - (carriageReturn ? 1 : 0));
            throw in.truncated("the input ended inside quotes");
        }
        return record(in, in.contiguous(), 0);
    }

    private @Nullable RawRecord next(FrameBuffer in, boolean ended) {
        while (in.ensure(1)) {
            if (!begun && !isBehindMark(in, ended)) {
                return null;
            }
            int from = in.position();
            int to = from + in.contiguous();
            int end = scan(in.array(), from, to);
            if (end >= 0) {
                RawRecord record = record(in, end - from, 1);
                if (record != null) {
                    return record;
                }
            } else if (ended && in.available() == to - from) {
                return null;
            } else if (!take(in, to - from)) {
                return null;
            }
        }
        return null;
    }

    /**
     * Skips a byte order mark before a record, if there is one. Returns false if more bytes must arrive before a mark
     * can be detected.
     */
    private boolean isBehindMark(FrameBuffer in, boolean ended) {
        if (!seen) {
            seen = true;
            headerDue = kind != CsvHeader.NONE && in.offset() == 0;
        }
        byte first = in.array()[in.position()];
        if (first > 0 || (first < (byte) 0xef && first != 0)) {
            return true;
        }
        int length = first == (byte) 0xef ? UTF8_MARK.length : in.offset() > 0 ? 0 : first == 0 ? 4 : 2;
        if (!in.ensure(length)) {
            return ended;
        }
        byte[] array = in.array();
        int at = in.position();
        if (length == UTF8_MARK.length && Arrays.equals(array, at, at + length, UTF8_MARK, 0, length)) {
            if (marked) {
                throw in.corrupt("expected at most one byte order mark (ef bb bf) before a record, but got a second one"
                        + " after it: remove all but the first");
            }
            marked = true;
            in.skip(length);
            return in.ensure(1) && isBehindMark(in, ended);
        }
        int two = length == 2 ? (array[at] & 0xff) << 8 | (array[at + 1] & 0xff) : 0;
        boolean isWide = two == 0xfffe || two == 0xfeff;
        isWide |= length == 4 && array[at + 1] == 0 && array[at + 2] == (byte) 0xfe && array[at + 3] == (byte) 0xff;
        if (isWide) {
            throw in.corrupt("expected text whose line feed is the byte 10, but got the byte order mark of "
                    + (length == 4 ? "UTF-32" : "UTF-16 or UTF-32") + ": convert the text to UTF-8");
        }
        return true;
    }

    /** Returns the index of the line feed that ends the record, or -1 if there is none. */
    private int scan(byte[] array, int from, int to) {
        int at = from;
        while (at < to) {
            if (state == State.QUOTED) {
                while (at < to && array[at] != '"') {
                    at++;
                }
                if (at < to) {
                    state = State.QUOTE;
                    at++;
                }
            } else if (state == State.QUOTE && array[at] == '"') {
                state = State.QUOTED;
                at++;
            } else {
                state = State.PLAIN;
                at = plain(array, from, at, to);
                if (at < to && array[at] == '\n') {
                    return at;
                }
                at++;
            }
        }
        return -1;
    }

    /**
     * Returns the index of the next line feed or of the next quote that begins a field, whichever comes first. Returns
     * {@code to} if there is neither.
     */
    private int plain(byte[] array, int from, int begin, int to) {
        for (int at = begin; at < to; at++) {
            byte b = array[at];
            if (b == '\n') {
                return at;
            }
            if (b == '"' && quotes && (at > from ? array[at - 1] == delimiter : !begun || last == delimiter)) {
                state = State.QUOTED;
                return at;
            }
        }
        return to;
    }

    /**
     * Moves a piece of the unfinished record out of the buffer. If the piece ends with a carriage return, the carriage
     * return remains in the buffer, because it may be part of the line break that ends the record. Returns false if
     * more bytes must arrive.
     */
    private boolean take(FrameBuffer in, int length) {
        byte[] array = in.array();
        int end = in.position() + length;
        int piece = length - (array[end - 1] == '\r' ? 1 : 0);
        if (piece == 0) {
            return in.ensure(2);
        }
        checkLength(in, taken + piece);
        if (!begun) {
            in.begin();
            begun = true;
        }
        last = array[in.position() + piece - 1];
        taken += piece;
        in.join(piece);
        return piece == length || in.ensure(2);
    }

    private void checkLength(FrameBuffer in, long length) {
        if (headerDue && length > LONGEST_HEADER) {
            throw in.corrupt(
                    "expected a header of at most " + LONGEST_HEADER + " bytes, but got a longer first record");
        }
        in.checkLength(length);
    }

    /**
     * Removes the final piece of a record from the buffer, and returns the record. Returns null if the record is an
     * empty line or a header.
     */
    private @Nullable RawRecord record(FrameBuffer in, int length, int feed) {
        state = State.PLAIN;
        marked = false;
        int from = in.position();
        byte[] array = in.array();
        int content = length > 0 && array[from + length - 1] == '\r' ? length - 1 : length;
        checkLength(in, taken + content);
        if (begun) {
            return joined(in, content, length - content + feed);
        }
        if (content == 0 || isHeader(in, array, from, content)) {
            in.skip(length + feed);
            return null;
        }
        byte[] ordered = columns == null ? null : columns.inOrder(array, from, content);
        if (ordered == null) {
            return in.record(length + feed, 0, content);
        }
        in.begin();
        in.skip(length + feed);
        in.join(ordered);
        return in.joined();
    }

    private @Nullable RawRecord joined(FrameBuffer in, int content, int behind) {
        in.join(content);
        if (behind > 0) {
            in.skip(behind);
        }
        begun = false;
        taken = 0;
        if (kind == CsvHeader.NONE) {
            return in.joined();
        }
        byte[] payload = in.takeJoined();
        if (isHeader(in, payload, 0, payload.length)) {
            in.abandon();
            return null;
        }
        byte[] ordered = columns == null ? null : columns.inOrder(payload, 0, payload.length);
        in.join(ordered == null ? payload : ordered);
        return in.joined();
    }

    private boolean isHeader(FrameBuffer in, byte[] array, int from, int length) {
        if (headerDue) {
            headerDue = false;
            readNames(in, array, from, length);
            header = in.isObject() ? null : Arrays.copyOfRange(array, from, from + length);
            return true;
        }
        if (header == null) {
            return false;
        }
        boolean again = Arrays.equals(array, from, from + length, header, 0, header.length);
        if (!again && columns != null && columns.isHeader(array, from, length)) {
            readNames(in, array, from, length);
            return true;
        }
        return again;
    }

    private void readNames(FrameBuffer in, byte[] array, int from, int length) {
        if (columns == null) {
            String broken = new FieldCuts(delimiter, quotes).broken(array, from, length, count);
            if (broken != null) {
                throw in.corrupt(broken);
            }
            return;
        }
        String wrong = columns.read(array, from, length);
        if (wrong != null) {
            CorruptRecordException here = in.corrupt(wrong);
            throw CoreAccess.exception(
                    SchemaMismatchException.class,
                    ErrorKind.WRONG_HEADER,
                    "CSV: " + wrong,
                    here.source(),
                    here.position(),
                    null);
        }
    }
}
