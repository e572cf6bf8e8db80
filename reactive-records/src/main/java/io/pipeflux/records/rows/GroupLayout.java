package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * The layout of rows that consist of several RecordIO records. The bytes of a row are the bytes of these records,
 * including headers and padding.
 */
final class GroupLayout implements RowLayout {

    private final List<Field> fields;
    private final FrameFormat<RawRecord> format;

    GroupLayout(List<Field> fields) {
        this.fields = fields;
        this.format = FrameFormat.of("RecordIO", () -> new GroupDecoder(fields.size()));
    }

    @Override
    public FrameFormat<RawRecord> format() {
        return format;
    }

    @Override
    public void find(RawRecord row, RowFields into) {
        PartWalk walk = new PartWalk();
        byte[] array = row.array();
        int end = row.arrayOffset() + row.size();
        int at = row.arrayOffset();
        int first = at; // the index at which the current record's first part begins
        int joinedBytes = 0;
        while (walk.records() < fields.size()) {
            int field = walk.records();
            if (!walk.isInParts()) {
                first = at;
                joinedBytes = 0;
            }
            String fault = end - at < PartWalk.HEADER_BYTES ? "it ends" : walk.next(array, at);
            if (fault != null || walk.frameBytes() > end - at) {
                throw notARow();
            }
            int payload = at + PartWalk.HEADER_BYTES;
            at += (int) walk.frameBytes();
            if (walk.isWhole()) {
                into.set(field, array, payload, walk.length());
                continue;
            }
            joinedBytes += walk.length();
            if (walk.records() > field) {
                into.set(field, join(array, first, joinedBytes), 0, joinedBytes);
            }
        }
        if (at != end) {
            throw notARow();
        }
    }

    /**
     * Joins the parts of a record. The parts must have been checked before. A record can have very many parts of a few
     * bytes each, so all payloads are copied directly into one array of the final size.
     */
    private static byte[] join(byte[] array, int first, int bytes) {
        byte[] joined = new byte[bytes];
        PartWalk walk = new PartWalk();
        int at = first;
        int to = 0;
        while (walk.records() == 0) {
            walk.next(array, at);
            System.arraycopy(array, at + PartWalk.HEADER_BYTES, joined, to, walk.length());
            to += walk.length();
            at += (int) walk.frameBytes();
        }
        return joined;
    }

    private IllegalArgumentException notARow() {
        return new IllegalArgumentException("expected a row of " + fields.size()
                + " RecordIO records, but got a record of another format: decode with the same RowSchema");
    }

    @Override
    public String describe(int field, RawRecord row) {
        return "field \"" + fields.get(field).name() + "\", record " + (field + 1) + " of the " + fields.size()
                + " of its row";
    }

    @Override
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> checkStart() {
        return bytes -> GroupStart.check(bytes, fields.size());
    }

    @Override
    public String mark() {
        return "in rows of " + fields.size() + " records";
    }
}
