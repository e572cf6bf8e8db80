package io.pipeflux.records.text;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import org.jspecify.annotations.Nullable;

/** Cuts lines out of a byte stream; what a line is, is told at {@link TextLines}. */
final class LineDecoder implements FrameDecoder<RawRecord> {

    private final boolean keepCarriageReturn;
    private final boolean skipBlankLines;

    private long searched; // how many unread bytes are known to hold no line feed

    LineDecoder(boolean keepCarriageReturn, boolean skipBlankLines) {
        this.keepCarriageReturn = keepCarriageReturn;
        this.skipBlankLines = skipBlankLines;
    }

    @Override
    public @Nullable RawRecord decode(FrameBuffer in) {
        RawRecord line = null;
        while (line == null) {
            long end = in.indexOf((byte) '\n', searched);
            if (end < 0) {
                searched = in.available();
                in.checkLength(Math.max(0, searched - 1)); // the last byte may be a carriage return
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

    /** Takes a line off the buffer; null if it is blank and to be skipped. */
    private @Nullable RawRecord line(FrameBuffer in, long length, int feed) {
        searched = 0;
        in.checkLength(Math.max(0, length - 1));
        int frame = (int) length + feed;
        in.ensure(frame);
        boolean carriageReturn = length > 0 && in.array()[in.position() + (int) length - 1] == '\r';
        int content = (int) length - (carriageReturn ? 1 : 0);
        if (skipBlankLines && content == 0) {
            in.skip(frame);
            return null;
        }
        int payload = keepCarriageReturn ? (int) length : content;
        in.checkLength(payload);
        return in.record(frame, 0, payload);
    }
}
