package io.pipeflux.records.recordio;

import java.nio.ByteBuffer;

/** Reads and writes the header of a RecordIO part. {@link RecordIo} shows the layout of a part. */
final class PartHeader {

    static final int MAGIC = 0xced7230a;
    static final int HEADER_BYTES = 2 * Integer.BYTES;

    /** The maximum length of a part in bytes. The header has 29 bits for the length. */
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

    /** Returns the number of padding bytes after a payload of the given length. */
    static int padding(long length) {
        return (int) (-length & (ALIGNMENT - 1));
    }

    /**
     * Returns the kind of a part.
     *
     * @param first whether the part is the first of its record
     * @param last whether the part is the last of its record
     */
    static int kind(boolean first, boolean last) {
        if (first) {
            return last ? WHOLE : FIRST;
        }
        return last ? LAST : MIDDLE;
    }

    /** Writes a header to a little-endian buffer. */
    static void putHeader(ByteBuffer into, int kind, int length) {
        into.putInt(MAGIC).putInt(kind << 29 | length);
    }

    /** Returns a description of a kind of part, for error messages. */
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
