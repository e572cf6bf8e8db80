package io.pipeflux.records.example;

import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A column of numbers that stand in the bytes of a single value: they are there as they are in the column, or swapped.
 */
final class RawWriter extends NumberWriter {

    private final int rowBytes;
    private int length;

    RawWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
        this.rowBytes = feature.size() * width;
    }

    /** Returns whether this number of bytes on the wire is a whole row, to be copied as it is. */
    boolean isRow(int bytes) {
        return isFixed() && bytes == rowBytes && !feature.isSwapped();
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int bytes) {
        if (bytes == rowBytes && room(1) > 0) {
            int at = next() * width;
            elements().put(at, array, from, bytes);
            if (feature.isSwapped()) {
                swap(elements(), at, at + bytes);
            }
        }
        length = bytes;
        super.bytes(array, lengthAt, from, bytes);
    }

    private void swap(ByteBuffer bytes, int from, int to) {
        for (int i = from; i < to; i += width) {
            if (width == Integer.BYTES) {
                bytes.putInt(i, Integer.reverseBytes(bytes.getInt(i)));
            } else {
                bytes.putLong(i, Long.reverseBytes(bytes.getLong(i)));
            }
        }
    }

    @Override
    @Nullable
    String wrong() {
        String wrong = super.wrong();
        return wrong == null && length != rowBytes ? wrongLength() : wrong;
    }

    private String wrongLength() {
        String type = feature.dtype().name().toLowerCase(Locale.ROOT);
        String what = "Input to DecodeRaw has length " + length;
        return length % width != 0
                ? what + " that is not a multiple of " + width + ", the size of " + type
                : what + " but output shape: " + feature.shape() + " of " + type + " has " + rowBytes;
    }
}
