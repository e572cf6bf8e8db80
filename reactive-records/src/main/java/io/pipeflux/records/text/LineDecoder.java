package io.pipeflux.records.text;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.internal.LeavesChunks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decodes text lines from a byte stream. {@link TextLines} defines what a line is. */
final class LineDecoder implements FrameDecoder<RawRecord>, LeavesChunks {

    private static final int[] UTF8_MARK = {0xef, 0xbb, 0xbf};
    private static final int[] UTF16_LITTLE = {0xff, 0xfe};
    private static final int[] UTF16_BIG = {0xfe, 0xff};
    private static final int[] UTF32_LITTLE = {0xff, 0xfe, 0, 0};
    private static final int[] UTF32_BIG = {0, 0, 0xfe, 0xff};

    private final boolean keepCarriageReturn;
    private final boolean skipBlankLines;
    private final boolean skipMark;
    private final boolean keepMark;

    private long searched; // the number of unread bytes that have already been searched without finding a line feed

    LineDecoder(List<LineOption> options) {
        this.keepCarriageReturn = options.contains(LineOption.KEEP_CARRIAGE_RETURN);
        this.skipBlankLines = options.contains(LineOption.SKIP_BLANK_LINES);
        this.skipMark = options.contains(LineOption.SKIP_BYTE_ORDER_MARK);
        this.keepMark = options.contains(LineOption.KEEP_BYTE_ORDER_MARK);
    }

    @Override
    public @Nullable RawRecord decode(FrameBuffer in) {
        RawRecord line = null;
        while (line == null) {
            long end = in.indexOf((byte) '\n', searched);
            if (end < 0) {
                searched = in.available();
                // the last byte is not counted, because it may be a carriage return that is removed from the line
                in.checkLength(Math.max(0, searched - 1));
                return null;
            }
            line = line(in, end, 1);
        }
        return line;
    }

    @Override
    public @Nullable RawRecord decodeEnd(FrameBuffer in) {
        RawRecord line = decode(in);
        return line == null && in.available() > 0 ? line(in, in.available(), 0) : line;
    }

    /**
     * Removes a line from the buffer, and returns it as a record. Returns null if the line is skipped, either because
     * it is blank or because it contains only byte order marks.
     *
     * @param length the number of bytes before the line feed
     * @param feed 1 if a line feed ends the line; 0 if the end of the input ends it
     */
    private @Nullable RawRecord line(FrameBuffer in, long length, int feed) {
        searched = 0;
        in.checkLength(Math.max(0, length - 1));
        int frame = (int) length + feed;
        in.ensure(frame);
        boolean carriageReturn = length > 0 && in.array()[in.position() + (int) length - 1] == '\r';
        int content = (int) length - (carriageReturn ? 1 : 0);
        int mark = keepMark ? 0 : mark(in, content);
        boolean onlyMarks = mark > 0 && mark == frame; // marks alone are not a line
        if (onlyMarks || (skipBlankLines && content == mark)) {
            in.skip(frame);
            return null;
        }
        int payload = (keepCarriageReturn ? (int) length : content) - mark;
        in.checkLength(payload);
        return in.record(frame, mark, payload);
    }

    /**
     * Returns the total length of the byte order marks to skip at the beginning of a line. Every line is checked,
     * because in a stream of joined objects each object may begin with a mark.
     */
    private int mark(FrameBuffer in, int content) {
        int first = content < UTF16_BIG.length ? '\n' : in.array()[in.position()] & 0xff;
        if (first > 0 && first < UTF8_MARK[0]) {
            return 0;
        }
        int at = 0;
        while (isAt(in, at, content, UTF8_MARK)) {
            if (!skipMark) {
                throw in.corrupt("the line begins with a byte order mark (ef bb bf): skip it by"
                        + " LineOption.SKIP_BYTE_ORDER_MARK, or take it as content by KEEP_BYTE_ORDER_MARK");
            }
            at += UTF8_MARK.length;
        }
        if (isAt(in, at, content, UTF32_LITTLE) || isAt(in, at, content, UTF32_BIG)) {
            throw encoded(in, "UTF-32");
        }
        if (isAt(in, at, content, UTF16_LITTLE) || isAt(in, at, content, UTF16_BIG)) {
            throw encoded(in, "UTF-16");
        }
        return at;
    }

    private static CorruptRecordException encoded(FrameBuffer in, String charset) {
        return in.corrupt("expected text whose line feed is the byte 10, but got the byte order mark of " + charset
                + ": convert the text to UTF-8, or take the mark as content by LineOption.KEEP_BYTE_ORDER_MARK");
    }

    private static boolean isAt(FrameBuffer in, int at, int content, int[] mark) {
        if (content - at < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if ((in.array()[in.position() + at + i] & 0xff) != mark[i]) {
                return false;
            }
        }
        return true;
    }
}
