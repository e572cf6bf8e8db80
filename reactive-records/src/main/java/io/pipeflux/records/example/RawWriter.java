package io.pipeflux.records.example;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes a column of numbers that are the content of a single byte string of fixed length. The bytes of the numbers are
 * the same as in the column, or are in reverse order.
 */
final class RawWriter extends NumberWriter {

    private final int rowBytes;
    private int length;

    RawWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
        this.rowBytes = feature.size() * width;
    }

    /** Returns whether {@code bytes} bytes on the wire are a whole row, which can be copied without conversion. */
    boolean isRow(int bytes) {
        return isFixed() && bytes == rowBytes && !feature.isSwapped();
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int bytes) {
        if (bytes == rowBytes && room(1) > 0) {
            int at = next() * width;
            elements().put(at, array, from, bytes);
            if (feature.isSwapped()) {
                LittleEndian.swap(elements(), width, at, at + bytes);
            }
        }
        length = bytes;
        super.bytes(array, lengthAt, from, bytes);
    }

    @Override
    @Nullable
    String wrong() {
        String wrong = super.wrong();
        return wrong == null && length != rowBytes ? wrongLength(feature, length) : wrong;
    }

    /** Returns a description of the fault for a value of {@code length} bytes, which is a wrong length. */
    static String wrongLength(Feature feature, int length) {
        int width = feature.source().bytes();
        String type = feature.source().name().toLowerCase(Locale.ROOT);
        String what = "Input to DecodeRaw has length " + length;
        if (length % width != 0) {
            return what + " that is not a multiple of " + width + ", the size of " + type;
        }
        boolean fixed = feature.layout() == Feature.Layout.FIXED;
        return what + " but output shape: " + feature.shape() + " of " + type + " has "
                + (fixed ? "" : "a multiple of ") + feature.size() * width;
    }
}
