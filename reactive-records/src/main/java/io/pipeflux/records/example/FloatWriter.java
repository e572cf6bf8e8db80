package io.pipeflux.records.example;

/** Writes a column of floats or doubles, whose bytes are the same on the wire and in the column. */
final class FloatWriter extends NumberWriter {

    FloatWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
    }

    /** Returns whether a payload of {@code bytes} bytes is a whole row that can be copied without conversion. */
    boolean isRow(int bytes) {
        return isFixed() && bytes == feature.size() * width;
    }

    @Override
    void floats(byte[] array, int from, int values) {
        int taken = room(values);
        if (taken > 0) {
            elements().put(next() * width, array, from, taken * width);
        }
        super.floats(array, from, values);
    }
}
