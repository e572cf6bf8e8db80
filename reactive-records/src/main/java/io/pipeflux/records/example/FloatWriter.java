package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.util.List;

/** A column of floats: they are on the wire as they are in the column. */
final class FloatWriter extends ColumnWriter {

    private final ByteBuffer values;

    FloatWriter(Feature feature, int rows) {
        super(feature, rows);
        this.values = allocate((long) rows * feature.size() * Float.BYTES);
    }

    @Override
    void floats(byte[] array, int from, int count) {
        int taken = Math.min(count, room());
        if (taken > 0) {
            values.put(next() * Float.BYTES, array, from, taken * Float.BYTES);
        }
        super.floats(array, from, count);
    }

    @Override
    Column finish(List<RawRecord> records) {
        return Column.of(feature.name(), feature.dtype(), feature.shapeOf(rows), values);
    }
}
