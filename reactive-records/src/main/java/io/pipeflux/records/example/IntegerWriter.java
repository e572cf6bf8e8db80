package io.pipeflux.records.example;

/** A column of integers, of 4 or 8 bytes. */
class IntegerWriter extends NumberWriter {

    IntegerWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
    }

    /** Says whether each row has one int64. */
    final boolean isInt64() {
        return isFixed() && feature.size() == 1 && width == Long.BYTES;
    }

    @Override
    final void integer(long value) {
        if (room(1) > 0) {
            if (width == Long.BYTES) {
                elements().putLong(next() * Long.BYTES, value);
            } else {
                elements().putInt(next() * Integer.BYTES, (int) value);
            }
        }
        super.integer(value);
    }
}
