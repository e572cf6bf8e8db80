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
     * @param reason an Exception that a policy may skip; or, if no policy may, whatever was thrown
     */
    record BadRow(int index, Throwable reason, boolean skippable) {}

    private final transient List<BadRow> rows;

    private BadRows(List<BadRow> rows) {
        super(rows.size() + " rows cannot be part of a batch", null, false, false);
        this.rows = rows;
    }

    /** Returns the rows, ascending; at least one. */
    List<BadRow> rows() {
        return rows;
    }

    /** Adds a row after those that were found before. */
    static BadRows and(@Nullable BadRows before, int index, Exception reason) {
        return and(before, new BadRow(index, reason, true));
    }

    /** Adds the last row: it ends the stream once those before it were skipped. */
    static BadRows andBroken(@Nullable BadRows before, int index, Throwable reason) {
        return and(before, new BadRow(index, reason, false));
    }

    private static BadRows and(@Nullable BadRows before, BadRow row) {
        BadRows all = before == null ? new BadRows(new ArrayList<>(1)) : before;
        all.rows.add(row);
        return all;
    }
}
