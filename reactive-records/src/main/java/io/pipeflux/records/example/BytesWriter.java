package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.example.Feature.Layout;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a byte-string column. The total length of the values is known only after the last row, so the values remain in
 * their records until then. Meanwhile, each element of the column is an index in the value's record: the index of the
 * varint that contains the value's length. For value {@code i} of the feature's default or padding, the element is
 * {@code -1 - i}. After the last row, offsets replace these elements.
 */
class BytesWriter extends ColumnWriter {

    private static final byte[] EMPTY = {};

    private final WireReader lengths = new WireReader("value");
    private long bytes;
    private long rowBytes;
    private long rowBytesBefore; // the total number of bytes in earlier steps of the current row

    BytesWriter(Feature feature, FeatureLocation location) {
        super(feature, location, Integer.BYTES, 1);
    }

    @Override
    final void start(int count, BatchMemory ofBatch) {
        super.start(count, ofBatch);
        bytes = 0;
    }

    @Override
    void startFeature() {
        super.startFeature();
        rowBytes = 0;
        rowBytesBefore = 0;
    }

    @Override
    void startStep() {
        super.startStep();
        rowBytesBefore = rowBytes;
    }

    @Override
    void startList(ValueKind next) {
        if (kind() != next) {
            rowBytes = rowBytesBefore;
        }
        super.startList(next);
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int length) {
        if (room(1) > 0) {
            elements().putInt(next() * Integer.BYTES, lengthAt);
        }
        rowBytes += length;
        super.bytes(array, lengthAt, from, length);
    }

    @Override
    final void endRow(RawRecord record) {
        bytes += rowBytes; // must come before super.endRow, which begins the next row
        super.endRow(record);
    }

    @Override
    final void fill(byte @Nullable [][] values) {
        for (int i = 0; i < feature.size(); i++) {
            elements().putInt((next() + i) * Integer.BYTES, -1 - i);
            bytes += own(i).length;
        }
    }

    @Override
    final byte[] pad() {
        return new byte[] {-1, -1, -1, -1};
    }

    /** Returns value {@code i} of the feature's default or padding, or an empty array if the feature has neither. */
    private byte[] own(int i) {
        byte[][] fill = feature.fill();
        return fill == null ? EMPTY : fill[i];
    }

    @Override
    final Column column(int @Nullable [] shape, ByteBuffer marks, List<RawRecord> records) {
        int count = marks.remaining() / Integer.BYTES - 1;
        boolean padded = feature.layout() == Layout.PADDED;
        ByteBuffer values =
                allocate(padded ? bytes + (count - (long) rowEnd(rows() - 1)) * own(0).length : bytes, rows());
        int next = 0;
        for (int row = 0; row < rows(); row++) {
            int end = padded ? count / rows() * (row + 1) : rowEnd(row);
            if (row < records.size()) {
                lengths.start(records.get(row));
            }
            for (; next < end; next++) {
                int mark = marks.getInt(next * Integer.BYTES);
                marks.putInt(next * Integer.BYTES, values.position());
                put(values, mark);
            }
        }
        marks.putInt(next * Integer.BYTES, values.position());
        lengths.stop();
        return typed(
                shape == null
                        ? Column.raggedBytes(feature.name(), rowSplits(), marks, values.flip())
                        : Column.ofBytes(feature.name(), shape, marks, values.flip()));
    }

    /** Converts a column to the feature's type. By default, returns the given column. */
    Column typed(Column column) {
        return column;
    }

    private void put(ByteBuffer values, int mark) {
        if (mark < 0) {
            values.put(own(-1 - mark));
            return;
        }
        lengths.move(mark);
        int length = lengths.length();
        values.put(lengths.array(), lengths.position(), length);
    }
}
