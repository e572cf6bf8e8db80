package io.pipeflux.core.operator;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The groups of rows of one subscription, in their order: one chain with three cursors and no locks.
 *
 * <pre>
 *   [batch] -&gt; [batch] -&gt; [rows, being made] -&gt; [rows] -&gt; [rows]
 *      |                          |                          |
 *     head: the drain        claimed: the workers       tail: who collects rows
 * </pre>
 *
 * <p>A group whose rows were in the chain before, and that was cut anew, is not in it. It comes before the rest.
 */
final class GroupChain<B> {

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<GroupChain, RowGroup> CLAIMED =
            AtomicReferenceFieldUpdater.newUpdater(GroupChain.class, RowGroup.class, "claimed");

    @SuppressWarnings({"rawtypes", "NullAway"}) // a field that is null at first
    private static final AtomicReferenceFieldUpdater<GroupChain, @Nullable RowGroup> UNMADE =
            AtomicReferenceFieldUpdater.newUpdater(GroupChain.class, RowGroup.class, "unmade");

    // used by the thread that collects rows
    private RowGroup<B> tail = RowGroup.root();
    private volatile long appended; // the number of the last group

    // used by the workers
    private volatile RowGroup<B> claimed = tail;
    private volatile @Nullable RowGroup<B> unmade; // was cut anew, and waits for a worker

    // used by the draining thread
    private RowGroup<B> head = tail;
    private RowGroup<B> made = tail;
    private @Nullable RowGroup<B> again; // was cut anew: its batch is the next

    // == the thread that collects rows ==

    RowGroup<B> last() {
        return tail;
    }

    void append(RowGroup<B> group) {
        tail.next = group;
        tail = group;
        appended = group.number;
    }

    // == the workers, and who discards ==

    /** Returns the approximate number of groups that nobody has claimed. */
    long waiting() {
        return appended - claimed.number + (unmade == null ? 0 : 1);
    }

    /** Returns the next group, for the caller alone, or null if there is none. */
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

    /** Returns the group that was cut anew, for the caller alone, or null if there is none. */
    @Nullable
    RowGroup<B> claimAgain() {
        RowGroup<B> group = unmade;
        return group != null && UNMADE.compareAndSet(this, group, null) ? group : null;
    }

    // == the draining thread ==

    /** Returns the group whose batch comes next, or null if there is none. */
    @Nullable
    RowGroup<B> next() {
        return again == null ? head.next : again;
    }

    /** Removes the {@link #next} group. */
    void take(RowGroup<B> group) {
        if (group.isAgain) {
            again = null;
        } else {
            head = group;
        }
    }

    /** Makes a new group of rows that have already left the chain. It is returned before all groups in the chain. */
    void cutAgain(@Nullable Object[] rows) {
        RowGroup<B> group = RowGroup.again(head, rows);
        again = group;
        unmade = group;
    }

    /** Returns the group that {@link #cutAgain} has added, until it is taken; otherwise null. */
    @Nullable
    RowGroup<B> again() {
        return again;
    }

    /** Returns the number of the last group up to which all have become batches, as far as this was seen. */
    long made() {
        for (RowGroup<B> next; (next = made.next) != null && next.settled && next.batch != null; ) {
            made = next;
        }
        return made.number;
    }
}
