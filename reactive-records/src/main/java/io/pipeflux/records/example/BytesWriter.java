package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A column of byte strings. How many bytes they have is known when the last row has been read; so the values stay in
 * their records until then, and what is noted of each is where its length stands, in the memory that will hold its
 * offset.
 */
final class BytesWriter extends ColumnWriter {

    private final ByteBuffer offsets;
    private final WireReader lengths = new WireReader();
    private long bytes;
    private long rowBytes;

    BytesWriter(Feature feature, int rows) {
        super(feature, rows);
        this.offsets = allocate(((long) rows * feature.size() + 1) * Integer.BYTES);
    }

    @Override
    void startFeature() {
        super.startFeature();
        rowBytes = 0;
    }

    @Override
    void startList(ValueKind next) {
        if (kind() != next) {
            rowBytes = 0;
        }
        super.startList(next);
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int length) {
        if (room() > 0) {
            offsets.putInt(next() * Integer.BYTES, lengthAt);
        }
        rowBytes += length;
        super.bytes(array, lengthAt, from, length);
    }

    @Override
    void endRow(RawRecord record) {
        bytes += rowBytes; // before super, which starts the next row
        super.endRow(record);
    }

    @Override
    Column finish(List<RawRecord> records) {
        ByteBuffer values = allocate(bytes);
        int value = 0;
        for (RawRecord record : records) {
            lengths.start(record);
            for (int i = 0; i < feature.size(); i++, value++) {
                lengths.back(offsets.getInt(value * Integer.BYTES));
                int length = lengths.length();
                offsets.putInt(value * Integer.BYTES, values.position());
                values.put(record.array(), lengths.position(), length);
            }
        }
        offsets.putInt(value * Integer.BYTES, values.position());
        return Column.ofBytes(feature.name(), feature.shapeOf(rows), offsets, values.flip());
    }
}
