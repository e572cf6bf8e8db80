package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a numeric column. Each element of the column is one number. */
abstract class NumberWriter extends ColumnWriter {

    private static final byte[] ZEROS = new byte[512];

    final int width;

    NumberWriter(Feature feature, FeatureLocation location) {
        super(feature, location, feature.dtype().bytes(), 0);
        this.width = feature.dtype().bytes();
    }

    @Override
    final void fill(byte @Nullable [][] values) {
        int at = next() * width;
        if (values != null) {
            elements().put(at, values[0]);
            return;
        }
        for (int left = feature.size() * width; left > 0; left -= ZEROS.length) {
            elements().put(at, ZEROS, 0, Math.min(left, ZEROS.length));
            at += ZEROS.length;
        }
    }

    @Override
    final Column column(int @Nullable [] shape, ByteBuffer values, List<RawRecord> records) {
        return shape == null
                ? Column.ragged(feature.name(), feature.dtype(), rowSplits(), values)
                : Column.of(feature.name(), feature.dtype(), shape, values);
    }
}
