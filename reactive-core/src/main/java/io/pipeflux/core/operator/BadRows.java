package io.pipeflux.core.operator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a {@link BatchMaker} if some rows cannot be part of a batch. The batch must be made again without these
 * rows.
 */
final class BadRows extends RuntimeException {

    private static final long serialVersionUID = 1;

    /**
     * A row that cannot be part of a batch.
     *
     * @param index the index of the row in its group
     * @param reason the Throwable that shows why the row is bad; always an Exception if {@code skippable} is true
     * @param skippable whether a policy may skip the row
     */
    record BadRow(int index, Throwable reason, boolean skippable) {}

    private final transient List<BadRow> rows;

    private BadRows(List<BadRow> rows) {
        super(rows.size() + " rows cannot be part of a batch", null, false, false);
        this.rows = rows;
    }

    /** Returns the bad rows in ascending order of their indexes. There is at least one. */
    List<BadRow> rows() {
        return rows;
    }

    /** Returns the bad rows that were found earlier, plus one that a policy may skip. */
    static BadRows and(@Nullable BadRows before, int index, Exception reason) {
        return and(before, new BadRow(index, reason, true));
    }

    /**
     * Returns the bad rows that were found earlier, plus one that no policy may skip. That row ends the stream after
     * the earlier ones have been skipped.
     */
    static BadRows andBroken(@Nullable BadRows before, int index, Throwable reason) {
        return and(before, new BadRow(index, reason, false));
    }

    private static BadRows and(@Nullable BadRows before, BadRow row) {
        BadRows all = before == null ? new BadRows(new ArrayList<>(1)) : before;
        all.rows.add(row);
        return all;
    }
}
