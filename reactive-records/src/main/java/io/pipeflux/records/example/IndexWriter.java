package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the indexes of one dimension of a sparse feature. The writer of the first dimension sorts the values and the
 * indexes of all dimensions. Therefore {@link #endRow} must be called on the first dimension's writer before it is
 * called on the feature's other writers.
 */
final class IndexWriter extends IntegerWriter {

    private final @Nullable ColumnWriter values; // null if another dimension's writer sorts the values
    private final List<IndexWriter> others;

    private IndexWriter(
            Feature feature, FeatureLocation location, @Nullable ColumnWriter values, List<IndexWriter> others) {
        super(feature, location);
        this.values = values;
        this.others = others;
    }

    /**
     * Returns the writers of all dimensions of a sparse feature.
     *
     * @param values the writer of the feature's values
     */
    static List<IndexWriter> of(Feature sparse, FeatureLocation location, ColumnWriter values) {
        List<Feature> indices = sparse.indices();
        List<IndexWriter> all = new ArrayList<>();
        for (Feature later : indices.subList(1, indices.size())) {
            all.add(new IndexWriter(later, location, null, List.of()));
        }
        all.add(0, new IndexWriter(indices.get(0), location, values, List.copyOf(all)));
        return all;
    }

    @Override
    void endRow(RawRecord record) {
        if (values != null) {
            order(record, values);
        }
        super.endRow(record);
    }

    private void order(RawRecord record, ColumnWriter ofValues) {
        requireRight(record);
        for (IndexWriter other : others) {
            other.requireRight(record);
        }
        String wrongValues = ofValues.wrong();
        if (wrongValues != null) {
            throw ofValues.mismatch(record, wrongValues);
        }
        requireCount(record, ofValues);
        boolean ascending = areAscending(record);
        for (IndexWriter other : others) {
            other.requireCount(record, ofValues);
            other.areAscending(record); // called only to check the range; the order depends on all dimensions together
        }
        if (!ascending || !others.isEmpty()) {
            sort(ofValues);
        }
    }

    private void requireRight(RawRecord record) {
        String wrong = wrong();
        if (wrong != null) {
            throw mismatch(record, wrong);
        }
    }

    private void requireCount(RawRecord record, ColumnWriter ofValues) {
        if (count() != ofValues.count()) {
            throw mismatch(
                    record,
                    "Number of indices != number of values of " + ofValues.feature.key() + ": " + count() + " != "
                            + ofValues.count() + ": write one index for each value");
        }
    }

    /** Checks the range of the current row's indexes, and returns whether the indexes are ascending. */
    private boolean areAscending(RawRecord record) {
        boolean ascending = true;
        long last = 0;
        for (int i = 0; i < count(); i++) {
            long index = index(i);
            if (index < 0 || index >= feature.sparseSize()) {
                throw mismatch(
                        record,
                        "indices[" + i + "] = [" + row() + "," + index + "] is out of bounds: need 0 <= index < ["
                                + rows() + "," + feature.sparseSize() + "]: specify a size greater than each index, and"
                                + " write indexes from 0");
            }
            ascending &= index >= last;
            last = index;
        }
        return ascending;
    }

    private long index(int i) {
        return elements().getLong((base() + i) * Long.BYTES);
    }

    private void sort(ColumnWriter ofValues) {
        Integer[] order = new Integer[count()];
        Arrays.setAll(order, i -> i);
        Comparator<Integer> byIndex = Comparator.comparingLong(this::index);
        for (IndexWriter other : others) {
            byIndex = byIndex.thenComparingLong(other::index);
        }
        Arrays.sort(order, byIndex);
        ofValues.reorder(order);
        reorder(order);
        for (IndexWriter other : others) {
            other.reorder(order);
        }
    }

    /** Accepts a row without indexes. A check at the end of the row ensures that such a row has no values either. */
    @Override
    @Nullable
    String wrong() {
        return kind() == null ? null : super.wrong();
    }
}
