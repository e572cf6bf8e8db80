package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A column of numbers that stand in the bytes of a single value: they are there as they are in the column, or swapped.
 */
final class RawWriter extends NumberWriter {

    private final int rowBytes;
    private final boolean isBool;
    private int length;
    private int notBool; // a byte that is neither 0 nor 1

    RawWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
        this.rowBytes = feature.size() * width;
        this.isBool = feature.dtype() == DType.BOOL;
    }

    /** Returns whether this number of bytes on the wire is a whole row, to be copied as it is. */
    boolean isRow(int bytes) {
        return isFixed() && bytes == rowBytes && !feature.isSwapped() && !isBool;
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
        notBool = isBool ? notBool(array, from, from + bytes) : 0;
        super.bytes(array, lengthAt, from, bytes);
    }

    private static int notBool(byte[] array, int from, int to) {
        for (int i = from; i < to; i++) {
            if ((array[i] & ~1) != 0) {
                return array[i] & 0xFF;
            }
        }
        return 0;
    }

    private void swap(ByteBuffer bytes, int from, int to) {
        for (int i = from; i < to; i += width) {
            if (width == Short.BYTES) {
                bytes.putShort(i, Short.reverseBytes(bytes.getShort(i)));
            } else if (width == Integer.BYTES) {
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
        if (wrong != null) {
            return wrong;
        }
        return length != rowBytes
                ? wrongLength()
                : notBool == 0 ? null : "Input to DecodeRaw has the byte " + notBool + ", which is no bool: 0 or 1";
    }

    private String wrongLength() {
        String type = feature.dtype().name().toLowerCase(Locale.ROOT);
        String what = "Input to DecodeRaw has length " + length;
        return length % width != 0
                ? what + " that is not a multiple of " + width + ", the size of " + type
                : what + " but output shape: " + feature.shape() + " of " + type + " has " + rowBytes;
    }
}
