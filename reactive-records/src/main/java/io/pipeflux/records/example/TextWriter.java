package io.pipeflux.records.example;

import io.pipeflux.core.internal.Utf8;
import io.pipeflux.records.batch.Column;
import org.jspecify.annotations.Nullable;

/** Writes a text column, that is, a column of byte strings that must be valid UTF-8. */
final class TextWriter extends BytesWriter {

    private int illegal = -1; // the index, in the row or step, of the first value that is not valid UTF-8; or -1

    TextWriter(Feature feature, FeatureLocation location) {
        super(feature, location);
    }

    @Override
    void startFeature() {
        super.startFeature();
        illegal = -1;
    }

    @Override
    void startStep() {
        super.startStep();
        illegal = -1;
    }

    @Override
    void startList(ValueKind next) {
        if (kind() != next) {
            illegal = -1;
        }
        super.startList(next);
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int length) {
        if (illegal < 0 && !Utf8.isLegal(array, from, from + length)) {
            illegal = stepCount();
        }
        super.bytes(array, lengthAt, from, length);
    }

    @Override
    @Nullable
    String wrong() {
        String wrong = super.wrong();
        return wrong == null && illegal >= 0 ? "Value " + illegal + " is not valid UTF-8" : wrong;
    }

    @Override
    Column typed(Column column) {
        return column.asUtf8();
    }
}
