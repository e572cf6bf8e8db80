package io.pipeflux.records.recordio;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Cuts RecordIO records out of a byte stream; the layout is drawn at {@link RecordIo}.
 *
 * <pre>
 *              0: the record                  2: join
 *             +---+                          +---+
 *             |   v                          |   v
 *            between records ----- 1 -----&gt; in a record of parts
 *                  ^                             |
 *                  +-------- 3: the record ------+
 *
 *   any other kind of part is corrupt
 * </pre>
 */
final class RecordIoDecoder implements FrameDecoder<RawRecord> {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] MAGIC_BYTES = ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(Part.MAGIC)
            .array();

    private final Dialect dialect;

    // A record of parts, while inParts:
    private boolean inParts;
    private long joined; // its length up to the end of the current part
    private long missing; // of the current part's payload
    private int padding; // behind it
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
            if (!in.ensure(Part.HEADER_BYTES)) {
                return null;
            }
            checkMagic(in, (int) INT.get(in.array(), in.position()));
            int word = (int) INT.get(in.array(), in.position() + Integer.BYTES);
            checkOrder(in, Part.kind(word));
            if (Part.kind(word) == Part.WHOLE) {
                return whole(in, Part.length(word));
            }
            startPart(in, Part.kind(word), Part.length(word));
        }
        return null;
    }

    private static @Nullable RawRecord whole(FrameBuffer in, int length) {
        in.checkLength(length);
        int frameBytes = Part.HEADER_BYTES + length + Part.padding(length);
        return in.ensure(frameBytes) ? in.record(frameBytes, Part.HEADER_BYTES, length) : null;
    }

    private void startPart(FrameBuffer in, int kind, int length) {
        boolean magic = kind != Part.FIRST && dialect == Dialect.DMLC;
        joined = (kind == Part.FIRST ? 0 : joined) + (magic ? MAGIC_BYTES.length : 0) + length;
        in.checkLength(joined);
        if (kind == Part.FIRST) {
            in.begin();
            inParts = true;
        }
        in.skip(Part.HEADER_BYTES);
        if (magic) {
            in.join(MAGIC_BYTES);
        }
        missing = length;
        padding = Part.padding(length);
        last = kind == Part.LAST;
    }

    /** Takes the rest of the current part; false if it has not arrived whole. */
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
        if (found != Part.MAGIC) {
            throw corrupt(
                    in, String.format("the magic number 0x%08x", Part.MAGIC), String.format("it was 0x%08x", found));
        }
    }

    private void checkOrder(FrameBuffer in, int kind) {
        boolean legal = inParts ? kind == Part.MIDDLE || kind == Part.LAST : kind == Part.WHOLE || kind == Part.FIRST;
        if (!legal) {
            throw corrupt(
                    in,
                    "a part of kind " + Part.describe(inParts ? Part.MIDDLE : Part.WHOLE) + " or "
                            + Part.describe(inParts ? Part.LAST : Part.FIRST),
                    "its kind was " + Part.describe(kind));
        }
    }

    private static CorruptRecordException corrupt(FrameBuffer in, String expected, String found) {
        return in.corrupt("corrupted record: at byte " + in.offset() + " " + expected + " expected but " + found);
    }
}
