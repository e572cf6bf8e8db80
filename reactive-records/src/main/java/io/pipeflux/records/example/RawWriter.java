package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/** A column of numbers that stand in the bytes of a single value: they are there as they are in the column. */
final class RawWriter extends ColumnWriter {

    private final int rowBytes;
    private final ByteBuffer values;
    private int length;

    RawWriter(Feature feature, int rows) {
        super(feature, rows);
        this.rowBytes = feature.size() * feature.dtype().bytes();
        this.values = allocate((long) rows * rowBytes);
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int bytes) {
        if (bytes == rowBytes) {
            values.put(row() * rowBytes, array, from, bytes);
        }
        length = bytes;
        super.bytes(array, lengthAt, from, bytes);
    }

    @Override
    void endRow(RawRecord record) {
        boolean one = kind() == ValueKind.BYTES && count() == 1;
        if (one && length != rowBytes) {
            throw wrongLength(record);
        }
        super.endRow(record);
    }

    private SchemaMismatchException wrongLength(RawRecord record) {
        int width = feature.dtype().bytes();
        String type = feature.dtype().name().toLowerCase(Locale.ROOT);
        String what = "Input to DecodeRaw has length " + length;
        return mismatch(
                record,
                length % width != 0
                        ? what + " that is not a multiple of " + width + ", the size of " + type
                        : what + " but output shape: " + feature.shape() + " of " + type + " has " + rowBytes);
    }

    @Override
    Column finish(List<RawRecord> records) {
        return Column.of(feature.name(), feature.dtype(), feature.shapeOf(rows), values);
    }
}
