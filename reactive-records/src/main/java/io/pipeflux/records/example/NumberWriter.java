package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A column of numbers, which are its elements. */
abstract class NumberWriter extends ColumnWriter {

    final int width;

    NumberWriter(Feature feature, FeatureLocation location) {
        super(feature, location, feature.dtype().bytes(), 0);
        this.width = feature.dtype().bytes();
    }

    @Override
    final void fill(byte @Nullable [][] values) {
        if (values != null) {
            elements().put(next() * width, values[0]);
        }
    }

    @Override
    final Column column(int @Nullable [] shape, ByteBuffer values, List<RawRecord> records) {
        return shape == null
                ? Column.ragged(feature.name(), feature.dtype(), splits(), values)
                : Column.of(feature.name(), feature.dtype(), shape, values);
    }
}
