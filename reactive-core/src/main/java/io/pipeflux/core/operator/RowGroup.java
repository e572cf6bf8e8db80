package io.pipeflux.core.operator;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * A group of rows that become one batch: a node in the list of a {@link GroupChain}. It contains the rows until a
 * worker takes them, and then the batch, or the error that takes the place of the batch.
 */
final class RowGroup<B> {

    final long number;
    final long first; // the number of the group's first row, counted from the beginning of the subscription
    final int count;
    final long bytes;

    /** Whether this group has no rows, but only the error with which the source has ended. */
    boolean rowsEnded;

    /** Whether this group contains regrouped rows, that is, rows that were in other groups before. */
    final boolean isAgain;

    /** The rows, or null after a worker has taken them or they have been discarded. */
    @Nullable
    Object @Nullable [] rows;

    /** The rows, if they may have to be regrouped after the group has been settled; otherwise null. */
    @Nullable
    Object @Nullable [] kept;

    /** The bad rows that prevented this group from becoming a batch; null if there are none. */
    @Nullable
    BadRows bad;

    @Nullable
    B batch;

    @Nullable
    Throwable error;

    /**
     * Whether the workers have finished with this group. If so, the group has a batch, an error or rows to be
     * regrouped, unless its rows were discarded.
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

    /** Returns a placeholder that precedes the first group. */
    static <B> RowGroup<B> root() {
        RowGroup<B> root = new RowGroup<>(0, 0, null, 0, 0, false);
        root.settled = true;
        return root;
    }

    static <B> RowGroup<B> after(RowGroup<B> last, Rows rows, long bytes) {
        return new RowGroup<>(last.number + 1, last.first + last.count, rows.slots(), rows.count(), bytes, false);
    }

    /**
     * Returns a group of regrouped rows. Its batch follows the batches of all groups in the chain up to {@code last}.
     * The group itself is not in the chain.
     */
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

    /**
     * Returns whether this settled group must wait until downstream requests another batch. A batch always waits. Rows
     * to be regrouped wait only if downstream has not requested anything yet. An error waits only if downstream has
     * already requested a batch; before that, the error is signalled immediately.
     *
     * @param asked whether downstream has already requested a batch
     */
    boolean waitsForDemand(boolean asked) {
        return error != null ? asked : batch != null || !asked;
    }

    /** Settles the group without making a batch, because its rows will be regrouped. */
    void leaveUnmade() {
        kept = rows;
        rows = null;
        settled = true;
    }

    /** Discards the rows unless a worker has taken them. */
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
