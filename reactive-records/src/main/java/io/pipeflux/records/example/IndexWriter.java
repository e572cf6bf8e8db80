package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The indexes of a sparse feature. Ends its rows before the writer of the values does, since it puts both in order.
 */
final class IndexWriter extends IntegerWriter {

    private final ColumnWriter values;

    IndexWriter(Feature feature, FeatureLocation location, ColumnWriter values) {
        super(feature, location);
        this.values = values;
    }

    @Override
    void endRow(RawRecord record) {
        String wrong = wrong();
        if (wrong != null) {
            throw mismatch(record, wrong);
        }
        String wrongValues = values.wrong();
        if (wrongValues != null) {
            throw values.mismatch(record, wrongValues);
        }
        if (count() != values.count()) {
            throw mismatch(
                    record,
                    "Number of indices != number of values of " + values.feature.key() + ": " + count() + " != "
                            + values.count());
        }
        if (!areAscending(record)) {
            sort();
        }
        super.endRow(record);
    }

    /** Checks the range of the row's indexes and says whether they are in order. */
    private boolean areAscending(RawRecord record) {
        boolean ascending = true;
        long last = 0;
        for (int i = 0; i < count(); i++) {
            long index = index(i);
            if (index < 0 || index >= feature.sparseSize()) {
                throw mismatch(
                        record,
                        "indices[" + i + "] = [" + row() + "," + index + "] is out of bounds: need 0 <= index < ["
                                + rows() + "," + feature.sparseSize() + "]");
            }
            ascending &= index >= last;
            last = index;
        }
        return ascending;
    }

    private long index(int i) {
        return elements().getLong((base() + i) * Long.BYTES);
    }

    private void sort() {
        Integer[] order = new Integer[count()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingLong(this::index));
        values.reorder(order);
        reorder(order);
    }

    /** Without indexes the row is empty, if there are no values either. */
    @Override
    @Nullable
    String wrong() {
        return kind() == null ? null : super.wrong();
    }
}
