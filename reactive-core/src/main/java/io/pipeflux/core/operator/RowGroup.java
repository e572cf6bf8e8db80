package io.pipeflux.core.operator;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * A link of a chain in the order of the rows. It contains the rows of one batch on their way to a worker, then the
 * batch, or the error that takes its place.
 */
final class RowGroup<B> {

    final long number;
    final long first; // the number of its first row in the subscription
    final int count;
    final long bytes;

    /** Whether it has no rows: it is the error of the source, after the last row. */
    boolean rowsEnded;

    /** Whether this group contains rows of earlier groups, which are divided into batches again. */
    final boolean isAgain;

    /** Null once the batch has been made, or the rows have been discarded. */
    @Nullable
    Object @Nullable [] rows;

    /** The rows of a batch that was made, or of which some vanish, if they may be needed again; otherwise null. */
    @Nullable
    Object @Nullable [] kept;

    /** Which rows vanish, so that there is no batch; otherwise null. */
    @Nullable
    BadRows bad;

    @Nullable
    B batch;

    @Nullable
    Throwable error;

    /**
     * No worker will change the group any more. It has a batch, an error, rows that vanish, or none of them if it
     * was discarded.
     */
    volatile boolean settled;

    volatile @Nullable RowGroup<B> next;

    private RowGroup(
            long number, long first, @Nullable Object @Nullable [] rows, int count, long bytes, boolean isAgain) {
        this.number = number;
        this.first = first;
        this.rows = rows;
        this.count = count;
        this.bytes = bytes;
        this.isAgain = isAgain;
    }

    /** Returns the link before the first one. */
    static <B> RowGroup<B> root() {
        RowGroup<B> root = new RowGroup<>(0, 0, null, 0, 0, false);
        root.settled = true;
        return root;
    }

    static <B> RowGroup<B> after(RowGroup<B> last, Rows rows, long bytes) {
        return new RowGroup<>(last.number + 1, last.first + last.count, rows.slots(), rows.count(), bytes, false);
    }

    /** Returns a group outside the chain, whose batch comes after those of another group. */
    static <B> RowGroup<B> again(RowGroup<B> last, @Nullable Object[] rows) {
        return new RowGroup<>(last.number, last.first, rows, rows.length, 0, true);
    }

    static <B> RowGroup<B> failed(RowGroup<B> last, Throwable error) {
        RowGroup<B> group = new RowGroup<>(last.number + 1, last.first + last.count, null, 0, 0, false);
        group.error = error;
        group.rowsEnded = true;
        group.settled = true;
        return group;
    }

    /** Returns whether this settled group must not be taken without demand. Rows that are cut anew may. */
    boolean waitsForDemand(boolean asked) {
        return error != null ? asked : batch != null || !asked;
    }

    /** Settles the group without a batch: its rows are to be cut anew. */
    void leaveUnmade() {
        kept = rows;
        rows = null;
        settled = true;
    }

    /** Discards the rows, if no worker has taken them. */
    void discardRows(Context context) {
        @Nullable Object[] unmade = rows;
        if (unmade != null) {
            rows = null;
            Rows.discard(unmade, 0, count, context);
        }
    }

    B takeBatch() {
        B made = batch;
        batch = null;
        if (made == null) {
            throw new IllegalStateException("expected a settled group with a batch, but got none");
        }
        return made;
    }
}
