package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.util.List;

/** A column of integers. */
final class Int64Writer extends ColumnWriter {

    private final ByteBuffer values;

    Int64Writer(Feature feature, int rows) {
        super(feature, rows);
        this.values = allocate((long) rows * feature.size() * Long.BYTES);
    }

    @Override
    void int64(long value) {
        if (room() > 0) {
            values.putLong(next() * Long.BYTES, value);
        }
        super.int64(value);
    }

    @Override
    Column finish(List<RawRecord> records) {
        return Column.of(feature.name(), feature.dtype(), feature.shapeOf(rows), values);
    }
}
