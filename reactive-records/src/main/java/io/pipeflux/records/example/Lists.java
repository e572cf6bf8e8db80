package io.pipeflux.records.example;

import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the row splits of a column that is ragged in two levels. The splits of the first level are indexes of lists,
 * and the splits of the second level are indexes of values.
 */
final class Lists {

    private static final int FIRST_LISTS = 64;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final String column;
    private @Nullable BatchMemory memory;
    private ByteBuffer ofRows = NOTHING;
    private ByteBuffer ends = NOTHING;
    private int rows;
    private int before; // the total number of lists in all complete rows

    Lists(String column) {
        this.column = column;
    }

    void start(int count, BatchMemory ofBatch) {
        memory = ofBatch;
        rows = 0;
        before = 0;
        ofRows = ofBatch.allocate(column, (count + 1L) * Integer.BYTES, count).putInt(0, 0);
        ends = ofBatch.allocate(column, (long) FIRST_LISTS * Integer.BYTES, 1).putInt(0, 0);
    }

    void stop() {
        memory = null;
        ofRows = NOTHING;
        ends = NOTHING;
    }

    /**
     * Ends a list of the current row.
     *
     * @param list the number of the list in the row, from 1
     * @param at the index after the list's last value, counted from the first row of the batch
     */
    void end(int list, int at) {
        int next = before + list;
        if ((next + 1L) * Integer.BYTES > ends.capacity()) {
            BatchMemory ofBatch = Objects.requireNonNull(memory, "the memory of a batch that has begun");
            long bytes = Math.max((next + 1L) * Integer.BYTES, Math.min(2L * ends.capacity(), BatchMemory.MAX_BYTES));
            ByteBuffer less = ends;
            ends = ofBatch.allocate(column, bytes, rows + 1).put(less.clear()).clear();
            ofBatch.release(less);
        }
        ends.putInt(next * Integer.BYTES, at);
    }

    /** Ends the current row, which has {@code lists} lists. */
    void endRow(int lists) {
        before += lists;
        rows++;
        ofRows.putInt(rows * Integer.BYTES, before);
    }

    List<ByteBuffer> rowSplits() {
        return List.of(ofRows, ends.slice(0, (before + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN));
    }
}
