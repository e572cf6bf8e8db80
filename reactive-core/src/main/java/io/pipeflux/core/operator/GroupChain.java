package io.pipeflux.core.operator;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The groups of rows of one subscription, in the order of the rows. They form one linked list with three cursors and no
 * locks.
 *
 * <pre>{@code
 *   [batch] -> [batch] -> [rows, being made] -> [rows] -> [rows]
 *      |                          |                          |
 *     head                     claimed                      tail
 * }</pre>
 *
 * <p>The drain moves {@code head}, the workers move {@code claimed}, and the thread that collects rows moves
 * {@code tail}.
 *
 * <p>A group of regrouped rows is not part of the list. It is kept separately, and precedes all groups of the list.
 */
final class GroupChain<B> {

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<GroupChain, RowGroup> CLAIMED =
            AtomicReferenceFieldUpdater.newUpdater(GroupChain.class, RowGroup.class, "claimed");

    @SuppressWarnings({"rawtypes", "NullAway"}) // a field that is null at first
    private static final AtomicReferenceFieldUpdater<GroupChain, @Nullable RowGroup> UNMADE =
            AtomicReferenceFieldUpdater.newUpdater(GroupChain.class, RowGroup.class, "unmade");

    // written by the thread that collects rows
    private RowGroup<B> tail = RowGroup.root();
    private volatile long appended; // the ordinal of the most recently appended group

    // changed by the workers, and by the thread that discards
    private volatile RowGroup<B> claimed = tail;
    private volatile @Nullable RowGroup<B> unmade; // a group of regrouped rows that waits for a worker

    // used by the draining thread
    private RowGroup<B> head = tail;
    private RowGroup<B> made = tail;
    private @Nullable RowGroup<B> again; // a group of regrouped rows, whose batch is emitted next

    // == called by the thread that collects rows ==

    RowGroup<B> last() {
        return tail;
    }

    void append(RowGroup<B> group) {
        tail.next = group;
        tail = group;
        appended = group.number;
    }

    // == called by the workers, and by the thread that discards ==

    /** Returns the approximate number of groups that no thread has claimed. */
    long waiting() {
        return appended - claimed.number + (unmade == null ? 0 : 1);
    }

    /** Claims the next group, so that no other thread gets it. Returns null if no group waits. */
    @Nullable
    RowGroup<B> claim() {
        RowGroup<B> cut = claimAgain();
        if (cut != null) {
            return cut;
        }
        while (true) {
            RowGroup<B> last = claimed;
            RowGroup<B> next = last.next;
            if (next == null || CLAIMED.compareAndSet(this, last, next)) {
                return next;
            }
        }
    }

    /** Claims the group of regrouped rows, so that no other thread gets it. Returns null if there is none. */
    @Nullable
    RowGroup<B> claimAgain() {
        RowGroup<B> group = unmade;
        return group != null && UNMADE.compareAndSet(this, group, null) ? group : null;
    }

    // == called by the draining thread ==

    /** Returns the group whose batch is emitted next, or null if there is none. */
    @Nullable
    RowGroup<B> next() {
        return again == null ? head.next : again;
    }

    /** Removes the group that {@link #next} has returned. */
    void take(RowGroup<B> group) {
        if (group.isAgain) {
            again = null;
        } else {
            head = group;
        }
    }

    /**
     * Adds a group of regrouped rows, whose original groups were already removed from the list. {@link #next} returns
     * the added group before all groups in the list.
     */
    void cutAgain(@Nullable Object[] rows) {
        RowGroup<B> group = RowGroup.again(head, rows);
        again = group;
        unmade = group;
    }

    /** Returns the group that {@link #cutAgain} has added, or null if there is none or it has been taken. */
    @Nullable
    RowGroup<B> again() {
        return again;
    }

    /**
     * Advances past the groups that have become batches, and returns the ordinal of the last of them. Stops at the
     * first group without a batch, so this method must be called before a batch is taken out of its group.
     */
    long made() {
        for (RowGroup<B> next; (next = made.next) != null && next.settled && next.batch != null; ) {
            made = next;
        }
        return made.number;
    }
}
