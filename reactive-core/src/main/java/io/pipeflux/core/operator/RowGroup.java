package io.pipeflux.core.operator;

import org.jspecify.annotations.Nullable;

/**
 * A link of a chain in the order of the rows. It contains the rows of one batch on their way to a worker, then the
 * batch, or the error that takes its place.
 */
final class RowGroup<B> {

    final long number;
    final int count;
    final long bytes;

    /** Null once the batch has been made, or the rows have been discarded. */
    @Nullable
    Object @Nullable [] rows;

    @Nullable
    B batch;

    @Nullable
    Throwable error;

    /** No worker will change the group any more. It has a batch, an error, or neither if it was discarded. */
    volatile boolean settled;

    volatile @Nullable RowGroup<B> next;

    private RowGroup(long number, @Nullable Object @Nullable [] rows, int count, long bytes) {
        this.number = number;
        this.rows = rows;
        this.count = count;
        this.bytes = bytes;
    }

    /** Returns the link before the first one. */
    static <B> RowGroup<B> root() {
        RowGroup<B> root = new RowGroup<>(0, null, 0, 0);
        root.settled = true;
        return root;
    }

    static <B> RowGroup<B> of(long number, Rows rows, long bytes) {
        return new RowGroup<>(number, rows.slots(), rows.count(), bytes);
    }

    static <B> RowGroup<B> failed(long number, Throwable error) {
        RowGroup<B> group = new RowGroup<>(number, null, 0, 0);
        group.error = error;
        group.settled = true;
        return group;
    }
}
