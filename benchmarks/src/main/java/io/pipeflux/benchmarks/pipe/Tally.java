package io.pipeflux.benchmarks.pipe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * Counts what a side has read: the number of rows and the sum of their labels. In a pass that is not timed, it also
 * computes a checksum for each column. The checksums do not depend on the batch size, because the bytes are added row
 * by row.
 */
final class Tally {

    private final boolean checks;
    private final List<CRC32C> sums = new ArrayList<>();
    private final ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long rows;
    private long labels;

    /** @param checks whether to also compute checksums of all columns */
    Tally(boolean checks) {
        this.checks = checks;
    }

    boolean checks() {
        return checks;
    }

    void add(long moreRows, long sumOfLabels) {
        rows += moreRows;
        labels += sumOfLabels;
    }

    /** Adds values of a column to the column's first checksum. The values must be in little-endian order. */
    void values(int column, ByteBuffer bytes) {
        sum(2 * column).update(bytes);
    }

    /** Adds the length of a row or byte string to the column's second checksum, which covers only lengths. */
    void length(int column, int length) {
        sum(2 * column + 1).update(number.putInt(0, length).array());
    }

    private CRC32C sum(int i) {
        while (sums.size() <= i) {
            sums.add(new CRC32C());
        }
        return sums.get(i);
    }

    /** Returns the row count, the label sum and the checksums as text without blanks. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(rows + ":" + labels);
        for (int i = 0; i < sums.size(); i += 2) {
            text.append(String.format(Locale.ROOT, ":%08x", sums.get(i).getValue()));
            if (i + 1 < sums.size() && sums.get(i + 1).getValue() != 0) {
                text.append(String.format(Locale.ROOT, "-%08x", sums.get(i + 1).getValue()));
            }
        }
        return text.toString();
    }
}
