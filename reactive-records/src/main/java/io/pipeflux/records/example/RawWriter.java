package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes a numeric column from byte strings. In each row, the numbers are the content of a single byte string of fixed
 * length. The bytes of each number are in the same order as in the column, or in reverse order.
 */
final class RawWriter extends NumberWriter {

    private final int rowBytes;
    private int length;

    RawWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
        this.rowBytes = feature.size() * width;
    }

    /** Returns whether a payload of {@code bytes} bytes is a whole row that can be copied without conversion. */
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

    /** Returns the error message for a value whose length of {@code length} bytes is wrong. */
    static String wrongLength(Feature feature, int length) {
        int width = feature.source().bytes();
        String type = feature.source().name().toLowerCase(Locale.ROOT);
        String what = "Input to DecodeRaw has length " + length;
        if (length % width != 0) {
            return what + " that is not a multiple of " + width + ", the size of " + type
                    + ": specify the type that was written";
        }
        boolean fixed = feature.layout() == Feature.Layout.FIXED;
        return what + " but output shape: " + feature.shape() + " of " + type + " has "
                + (fixed ? "" : "a multiple of ") + feature.size() * width + ": " + cure(feature, length, fixed);
    }

    /** Describes the type or shape that would fit a value of {@code length} bytes. */
    private static String cure(Feature feature, int length, boolean fixed) {
        if (!fixed) {
            return "specify the shape of a step as it was written";
        }
        if (length == 0) {
            return "if the number of values varies, use raggedRaw or paddedRaw";
        }
        String types = length % feature.size() == 0 ? typesOf(length / feature.size()) : "";
        int values = length / feature.source().bytes();
        return "specify " + (types.isEmpty() ? "" : types + ", or ") + "a shape of " + values
                + (values == 1 ? " value" : " values") + "; if their number varies, use raggedRaw or paddedRaw";
    }

    private static String typesOf(int width) {
        return Arrays.stream(DType.values())
                .filter(type -> !type.hasOffsets() && type.bytes() == width)
                .map(DType::name)
                .collect(Collectors.joining(", "));
    }
}
