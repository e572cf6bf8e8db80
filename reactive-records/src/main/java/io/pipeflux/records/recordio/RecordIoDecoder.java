package io.pipeflux.records.recordio;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.internal.LeavesChunks;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Decodes RecordIO records from a byte stream. {@link RecordIo} shows the layout of a record. In this diagram of the
 * decoder's states, the numbers are kinds of parts:
 *
 * <pre>{@code
 *              0: emit the record             2: join
 *             +---+                          +---+
 *             |   v                          |   v
 *            between records ----- 1 -----> in a record of parts
 *                  ^                             |
 *                  +----- 3: emit the record ----+
 *
 *   In each state, any other kind of part is an error.
 * }</pre>
 */
final class RecordIoDecoder implements FrameDecoder<RawRecord>, LeavesChunks {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] MAGIC_BYTES = ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(PartHeader.MAGIC)
            .array();

    private final Dialect dialect;

    // The following fields describe the record that is being read, if it has several parts. They are valid only while
    // inParts is true.
    private boolean inParts;
    private long joined; // the length of the record up to the end of the current part
    private long missing; // the number of bytes of the current part's payload that have not arrived
    private int padding; // the length of the padding after the current part
    private boolean last;

    RecordIoDecoder(Dialect dialect) {
        this.dialect = dialect;
    }

    @Override
    public @Nullable RawRecord decode(FrameBuffer in) {
        while (!inParts || endPart(in)) {
            if (inParts && last) {
                inParts = false;
                return in.joined();
            }
            if (!in.ensure(PartHeader.HEADER_BYTES)) {
                return null;
            }
            checkMagic(in, (int) INT.get(in.array(), in.position()));
            int word = (int) INT.get(in.array(), in.position() + Integer.BYTES);
            checkOrder(in, PartHeader.kind(word));
            if (PartHeader.kind(word) == PartHeader.WHOLE) {
                return whole(in, PartHeader.length(word));
            }
            startPart(in, PartHeader.kind(word), PartHeader.length(word));
        }
        return null;
    }

    private static @Nullable RawRecord whole(FrameBuffer in, int length) {
        in.checkLength(length);
        int frameBytes = PartHeader.HEADER_BYTES + length + PartHeader.padding(length);
        return in.ensure(frameBytes) ? in.record(frameBytes, PartHeader.HEADER_BYTES, length) : null;
    }

    private void startPart(FrameBuffer in, int kind, int length) {
        boolean magic = kind != PartHeader.FIRST && dialect == Dialect.DMLC;
        joined = (kind == PartHeader.FIRST ? 0 : joined) + (magic ? MAGIC_BYTES.length : 0) + length;
        in.checkLength(joined);
        if (kind == PartHeader.FIRST) {
            in.begin();
            inParts = true;
        }
        in.skip(PartHeader.HEADER_BYTES);
        if (magic) {
            in.join(MAGIC_BYTES);
        }
        missing = length;
        padding = PartHeader.padding(length);
        last = kind == PartHeader.LAST;
    }

    /**
     * Reads the rest of the current part, including the padding. Returns false if not all of these bytes have arrived.
     */
    private boolean endPart(FrameBuffer in) {
        missing = in.join(missing);
        if (missing > 0 || !in.ensure(padding)) {
            return false;
        }
        in.skip(padding);
        padding = 0;
        return true;
    }

    private static void checkMagic(FrameBuffer in, int found) {
        if (found != PartHeader.MAGIC) {
            throw corrupt(
                    in,
                    String.format(Locale.ROOT, "the magic number 0x%08x", PartHeader.MAGIC),
                    String.format(Locale.ROOT, "0x%08x", found));
        }
    }

    private void checkOrder(FrameBuffer in, int kind) {
        boolean legal = inParts
                ? kind == PartHeader.MIDDLE || kind == PartHeader.LAST
                : kind == PartHeader.WHOLE || kind == PartHeader.FIRST;
        if (!legal) {
            throw corrupt(
                    in,
                    "a part of kind " + PartHeader.describe(inParts ? PartHeader.MIDDLE : PartHeader.WHOLE) + " or "
                            + PartHeader.describe(inParts ? PartHeader.LAST : PartHeader.FIRST),
                    "kind " + PartHeader.describe(kind));
        }
    }

    private static CorruptRecordException corrupt(FrameBuffer in, String expected, String found) {
        return in.corrupt("corrupted record: at byte " + in.offset() + " expected " + expected + ", but got " + found);
    }
}
