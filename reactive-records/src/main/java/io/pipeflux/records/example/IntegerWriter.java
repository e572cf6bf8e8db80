package io.pipeflux.records.example;

/** Writes a column of 4-byte or 8-byte integers. */
class IntegerWriter extends NumberWriter {

    IntegerWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
    }

    /** Returns whether each row has exactly one value of 8 bytes. */
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
