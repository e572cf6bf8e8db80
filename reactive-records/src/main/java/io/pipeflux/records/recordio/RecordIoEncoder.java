package io.pipeflux.records.recordio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Encodes payloads as RecordIO frames. {@link RecordIo} shows the layout of a frame. Stateless. */
final class RecordIoEncoder {

    private static final int MAX_FRAME_BYTES = Integer.MAX_VALUE - 63;

    private final Dialect dialect;
    private final int maxPartBytes;

    /**
     * Creates an encoder.
     *
     * @param maxPartBytes the maximum length of a part in bytes: {@link PartHeader#MAX_BYTES}, or a smaller value in
     *     tests
     */
    RecordIoEncoder(Dialect dialect, int maxPartBytes) {
        this.dialect = dialect;
        this.maxPartBytes = maxPartBytes;
    }

    /** Returns a new heap buffer that contains the whole frame. The payload's buffer is not modified. */
    ByteBuffer encode(ByteBuffer payload) {
        ByteBuffer view = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
        return dialect == Dialect.CONCAT ? split(view) : escape(view);
    }

    private ByteBuffer split(ByteBuffer payload) {
        long length = payload.remaining();
        long before = Math.max(0, length - 1) / maxPartBytes; // the number of parts before the last part
        long last = length - before * maxPartBytes;
        ByteBuffer frame = frame(before * partBytes(maxPartBytes) + partBytes(last));
        int at = 0;
        do {
            int end = (int) Math.min(length, at + (long) maxPartBytes);
            putPart(frame, payload, at, end, PartHeader.kind(at == 0, end == length));
            at = end;
        } while (at < length);
        return frame.flip();
    }

    private ByteBuffer escape(ByteBuffer payload) {
        int length = payload.remaining();
        if (length > maxPartBytes) {
            throw new IllegalArgumentException("expected a payload of at most " + maxPartBytes
                    + " bytes, because DMLC has no longer records, but got " + length);
        }
        int magics = 0;
        for (int at = nextMagic(payload, 0); at < length; at = nextMagic(payload, at + Integer.BYTES)) {
            magics++;
        }
        ByteBuffer frame = frame(magics * (long) (PartHeader.HEADER_BYTES - Integer.BYTES) + partBytes(length));
        int at = 0;
        boolean first = true;
        for (int end = nextMagic(payload, 0); end < length; end = nextMagic(payload, at)) {
            putPart(frame, payload, at, end, PartHeader.kind(first, false));
            first = false;
            at = end + Integer.BYTES;
        }
        putPart(frame, payload, at, length, PartHeader.kind(first, true));
        return frame.flip();
    }

    /**
     * Returns the offset of the next magic number whose offset is a multiple of four, or the payload's length if there
     * is none.
     */
    private static int nextMagic(ByteBuffer payload, int from) {
        int length = payload.remaining();
        for (int at = from; at <= length - Integer.BYTES; at += Integer.BYTES) {
            if (payload.getInt(at) == PartHeader.MAGIC) {
                return at;
            }
        }
        return length;
    }

    private static ByteBuffer frame(long bytes) {
        if (bytes > MAX_FRAME_BYTES) {
            throw new IllegalArgumentException(
                    "expected a frame of at most " + MAX_FRAME_BYTES + " bytes, but it would have " + bytes);
        }
        return ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long partBytes(long length) {
        return PartHeader.HEADER_BYTES + length + PartHeader.padding(length);
    }

    private static void putPart(ByteBuffer frame, ByteBuffer payload, int from, int to, int kind) {
        int length = to - from;
        PartHeader.putHeader(frame, kind, length);
        frame.put(frame.position(), payload, from, length);
        // the padding already consists of zeros, because the frame's buffer is new
        frame.position(frame.position() + length + PartHeader.padding(length));
    }
}
