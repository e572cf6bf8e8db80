package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.TreeSet;

/**
 * Writes the values of one feature to its column, row after row. Values that are too many, or of the wrong kind, are
 * counted and not written; {@link #endRow} complains then, unless a later feature of the same name has replaced them.
 */
abstract class ColumnWriter extends ValueSink {

    /** The most bytes of a column: the longest array, padded to Arrow's 64 bytes. */
    private static final long MAX_BYTES = Integer.MAX_VALUE - 63;

    final Feature feature;
    final int rows;
    private int row;

    ColumnWriter(Feature feature, int rows) {
        this.feature = feature;
        this.rows = rows;
    }

    static ColumnWriter of(Feature feature, int rows) {
        if (feature.isRaw()) {
            return new RawWriter(feature, rows);
        }
        return switch (feature.kind()) {
            case BYTES -> new BytesWriter(feature, rows);
            case FLOAT -> new FloatWriter(feature, rows);
            case INT64 -> new Int64Writer(feature, rows);
        };
    }

    /** The column; called once, when all rows have been written. */
    abstract Column finish(List<RawRecord> records);

    /** The row is complete: checks it and goes on to the next. */
    void endRow(RawRecord record) {
        if (kind() == null) {
            throw missing(record);
        }
        if (kind() != feature.kind()) {
            throw mismatch(
                    record,
                    "Data types don't match. Data type: " + kind().type + " but expected type: " + feature.kind().type);
        }
        int expected = feature.isRaw() ? 1 : feature.size();
        if (count() != expected) {
            throw mismatch(
                    record,
                    "Number of " + kind().values + " values != expected.  Values size: " + count()
                            + " but output shape: " + (feature.isRaw() ? "[]" : feature.shape()));
        }
        row++;
        startFeature();
    }

    @Override
    final String name() {
        return feature.name();
    }

    /** The row that is being written. */
    final int row() {
        return row;
    }

    /** Where in the column, in values, the next value is to be written. */
    final int next() {
        return row * feature.size() + count();
    }

    /** How many values the row still takes. */
    final int room() {
        return feature.size() - count();
    }

    /**
     * Memory for the column.
     *
     * @throws IllegalArgumentException if a column cannot have so many bytes
     */
    final ByteBuffer allocate(long bytes) {
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "column \"" + feature.name() + "\" of " + rows + " rows would take " + bytes
                            + " bytes, and " + MAX_BYTES + " are the most: use batches of at most "
                            + (long) ((double) MAX_BYTES / bytes * rows) + " rows");
        }
        return ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    final SchemaMismatchException mismatch(RawRecord record, String what) {
        return SchemaMismatchException.of(
                "Name: <unknown>, Key: " + feature.name() + ", Index: " + row + ".  " + what,
                record.source(),
                record.position(),
                null);
    }

    private SchemaMismatchException missing(RawRecord record) {
        var there = new TreeSet<>(
                Examples.parse(record).getFeatures().getFeatureMap().keySet());
        return SchemaMismatchException.of(
                "Name: <unknown>, Feature: " + feature.name() + " (data type: " + feature.kind().type
                        + ") is required but could not be found.  Features that could be found: " + there,
                record.source(),
                record.position(),
                null);
    }
}
