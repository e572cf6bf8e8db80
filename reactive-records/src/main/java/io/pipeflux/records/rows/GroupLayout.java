package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/** Rows of k RecordIO records; the bytes of a row are those of its records with headers and padding. */
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
        byte[] joined = {};
        int joinedBytes = 0;
        while (walk.records() < fields.size()) {
            int field = walk.records();
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
            joined = Arrays.copyOf(joined, joinedBytes + walk.length());
            System.arraycopy(array, payload, joined, joinedBytes, walk.length());
            joinedBytes += walk.length();
            if (walk.records() > field) {
                into.set(field, joined, 0, joinedBytes);
                joined = new byte[0];
                joinedBytes = 0;
            }
        }
        if (at != end) {
            throw notARow();
        }
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
