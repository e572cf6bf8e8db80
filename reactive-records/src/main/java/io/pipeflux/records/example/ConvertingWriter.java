package io.pipeflux.records.example;

import io.pipeflux.records.example.Feature.Layout;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes a numeric column whose values cannot simply be copied, because they have a different type in the record, must
 * be scaled or checked, or are the content of a single byte string of any length.
 */
final class ConvertingWriter extends NumberWriter {

    private final Conversion conversion;
    private final int wireWidth;
    private final boolean oneValue; // whether each row is one byte string of any length
    private int length; // the length of the latest byte string in bytes
    private int rowElements; // the number of elements of the row; used only if oneValue is true
    private @Nullable String misfit; // the text of the first value that does not fit, or null

    ConvertingWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
        this.conversion = feature.conversion();
        this.wireWidth = feature.source().bytes();
        this.oneValue = feature.isRaw() && feature.layout() != Layout.FIXED && !location.hasSteps();
    }

    @Override
    void startFeature() {
        super.startFeature();
        forget();
    }

    @Override
    void startStep() {
        super.startStep();
        forget();
    }

    @Override
    void startList(ValueKind next) {
        if (kind() != next) {
            forget();
        }
        super.startList(next);
    }

    private void forget() {
        misfit = null;
        length = 0;
        rowElements = 0;
    }

    @Override
    void floats(byte[] array, int from, int values) {
        convert(array, from, room(values), next());
        super.floats(array, from, values);
    }

    @Override
    void integer(long value) {
        long integer = feature.kind() == ValueKind.INT32 ? (int) value : value;
        if (room(1) > 0 && !conversion.integer(integer, elements(), next() * width)) {
            misfit(Long.toString(integer));
        }
        super.integer(value);
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int bytes) {
        int numbers = bytes / wireWidth;
        if (oneValue) {
            if (count() == 0) {
                grow(numbers);
                convert(array, from, numbers, base());
                rowElements = numbers;
            }
        } else if (bytes == feature.size() * wireWidth && room(1) > 0) {
            convert(array, from, numbers, next());
        }
        length = bytes;
        super.bytes(array, lengthAt, from, bytes);
    }

    private void convert(byte[] array, int from, int count, int to) {
        int wrong = count > 0 ? conversion.numbers(array, from, count, elements(), to * width) : -1;
        if (wrong >= 0) {
            misfit(conversion.text(array, from, wrong));
        }
    }

    private void misfit(String value) {
        if (misfit == null) {
            misfit = "Value " + value + " is out of the range of "
                    + type(feature.dtype().name());
        }
    }

    @Override
    int rowElements() {
        return oneValue ? rowElements : super.rowElements();
    }

    @Override
    @Nullable
    String wrong() {
        String wrong = oneValue && kind() == feature.kind() ? wrongCount() : super.wrong();
        if (wrong != null) {
            return wrong;
        }
        boolean fits = oneValue
                ? length % (wireWidth * feature.size()) == 0
                : !feature.isRaw() || length == feature.size() * wireWidth;
        return fits ? misfit : RawWriter.wrongLength(feature, length);
    }

    private @Nullable String wrongCount() {
        return count() <= 1
                ? null
                : "Number of bytes values != expected.  Values size: " + count() + " but output shape: []";
    }

    private static String type(String dtype) {
        return dtype.toLowerCase(Locale.ROOT);
    }
}
