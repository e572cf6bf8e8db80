package io.pipeflux.records.rows;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the headers of consecutive RecordIO parts, and counts the records. {@link
 * io.pipeflux.records.recordio.RecordIo} shows the layout of a part.
 */
final class PartWalk {

    static final int HEADER_BYTES = 2 * Integer.BYTES;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MAGIC = 0xced7230a;
    private static final int WHOLE = 0;
    private static final int FIRST = 1;
    private static final int MIDDLE = 2;
    private static final int LAST = 3;

    private boolean inParts;
    private boolean whole;
    private int records;
    private int length;

    /** Reads the next header. Returns a description of the fault, or null if the header is valid. */
    @Nullable
    String next(byte[] array, int at) {
        int magic = (int) INT.get(array, at);
        if (magic != MAGIC) {
            return String.format(Locale.ROOT, "expected the magic number 0x%08x, but got 0x%08x", MAGIC, magic);
        }
        int word = (int) INT.get(array, at + Integer.BYTES);
        int kind = word >>> 29;
        if (inParts ? kind != MIDDLE && kind != LAST : kind != WHOLE && kind != FIRST) {
            return "expected a part of kind " + (inParts ? MIDDLE + " or " + LAST : WHOLE + " or " + FIRST)
                    + ", but got kind " + kind;
        }
        whole = kind == WHOLE;
        inParts = kind == FIRST || kind == MIDDLE;
        records += inParts ? 0 : 1;
        length = word & (1 << 29) - 1;
        return null;
    }

    /**
     * Returns the length in bytes of the current part's payload. The current part is the part whose header was read
     * most recently.
     */
    int length() {
        return length;
    }

    /** Returns the length in bytes of the current part, including the header and the padding. */
    long frameBytes() {
        return HEADER_BYTES + ((length + 3L) & ~3L);
    }

    /** Returns whether the current part is a whole record. */
    boolean isWhole() {
        return whole;
    }

    /** Returns the number of records that have ended, including a record that ends with the current part. */
    int records() {
        return records;
    }

    /** Returns whether the current part is followed by more parts of the same record. */
    boolean isInParts() {
        return inParts;
    }

    /** Sets the number of records to 0. May be called even in the middle of a record with several parts. */
    void endRecords() {
        records = 0;
    }

    void clear() {
        inParts = false;
        records = 0;
    }
}
