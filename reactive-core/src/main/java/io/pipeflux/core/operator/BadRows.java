package io.pipeflux.core.operator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Thrown by a {@link BatchMaker} if rows cannot be part of a batch. The batch is to be made again without them. */
final class BadRows extends RuntimeException {

    private static final long serialVersionUID = 1;

    /**
     * A row that cannot be part of a batch.
     *
     * @param index which of the rows it is, counted from 0
     */
    record BadRow(int index, Exception reason) {}

    private final transient List<BadRow> rows;

    private BadRows(List<BadRow> rows) {
        super(rows.size() + " rows cannot be part of a batch", null, false, false);
        this.rows = rows;
    }

    /** Returns the rows, ascending; at least one. */
    List<BadRow> rows() {
        return rows;
    }

    /** Adds a row behind those that were found before. */
    static BadRows and(@Nullable BadRows before, int index, Exception reason) {
        BadRows all = before == null ? new BadRows(new ArrayList<>(1)) : before;
        all.rows.add(new BadRow(index, reason));
        return all;
    }
}
