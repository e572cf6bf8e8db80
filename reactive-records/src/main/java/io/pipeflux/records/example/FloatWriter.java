package io.pipeflux.records.example;

/** A column of floats or doubles: they are on the wire as they are in the column. */
final class FloatWriter extends NumberWriter {

    FloatWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
    }

    /** Returns whether this number of bytes on the wire is a whole row, to be copied as it is. */
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
