package io.pipeflux.records.recordio;

import java.nio.ByteBuffer;

/** The numbers of a RecordIO part; the layout is drawn at {@link RecordIo}. */
final class PartHeader {

    static final int MAGIC = 0xced7230a;
    static final int HEADER_BYTES = 2 * Integer.BYTES;

    /** The most that the 29 bits of a length can say. */
    static final int MAX_BYTES = (1 << 29) - 1;

    static final int WHOLE = 0;
    static final int FIRST = 1;
    static final int MIDDLE = 2;
    static final int LAST = 3;

    private static final int ALIGNMENT = 4;

    private PartHeader() {}

    static int kind(int lengthWord) {
        return lengthWord >>> 29;
    }

    static int length(int lengthWord) {
        return lengthWord & MAX_BYTES;
    }

    /** How many bytes of padding follow a payload. */
    static int padding(long length) {
        return (int) (-length & (ALIGNMENT - 1));
    }

    /** The kind of a part, given whether one came before it and one comes after it. */
    static int kind(boolean first, boolean last) {
        if (first) {
            return last ? WHOLE : FIRST;
        }
        return last ? LAST : MIDDLE;
    }

    /** Puts a header into a little-endian buffer. */
    static void putHeader(ByteBuffer into, int kind, int length) {
        into.putInt(MAGIC).putInt(kind << 29 | length);
    }

    /** The kind in the words of a message. */
    static String describe(int kind) {
        return switch (kind) {
            case WHOLE -> "0 (a whole record)";
            case FIRST -> "1 (first part)";
            case MIDDLE -> "2 (middle part)";
            case LAST -> "3 (last part)";
            default -> kind + " (not known)";
        };
    }
}
