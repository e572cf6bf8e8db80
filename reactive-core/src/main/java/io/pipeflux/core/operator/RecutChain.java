package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Releasable;
import io.pipeflux.core.internal.Throwables;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Connects a {@link Recut} to the {@link GroupChain} from which workers make batches. All methods except {@link
 * #nextSize} and {@link #begin} are called by the draining thread.
 */
final class RecutChain<B> {

    private static final @Nullable Object[] NO_ROWS = {}; // stands for rows that became a batch or were discarded

    private final Recut recut;
    private final GroupChain<B> chain;
    private final BatchMaker<B> maker;
    private final Context context;

    RecutChain(Recut recut, GroupChain<B> chain, BatchMaker<B> maker, Context context) {
        this.maker = maker;
        this.recut = recut;
        this.chain = chain;
        this.context = context;
    }

    int nextSize() {
        return recut.nextSize();
    }

    int begin() {
        return recut.begin();
    }

    /**
     * Handles a group that was taken from the chain. If the rows of the group must be regrouped, the group has no batch
     * afterwards. Throws the error that ends the stream, if there is one.
     *
     * @return true if rows were regrouped, so that a worker must be woken
     */
    boolean take(RowGroup<B> group) {
        @Nullable Object[] kept = group.kept;
        group.kept = null;
        if (group.isAgain) {
            recut.settled(kept == null ? NO_ROWS : kept, group.bad);
        } else if (kept != null && (group.bad != null || !recut.isBatch(group.count))) {
            recut.add(kept, group.count, group.first, group.bad);
            B early = group.batch;
            group.batch = null;
            if (early instanceof Releasable releasable) {
                releasable.release(); // not discarded: its rows will become part of a different batch
            }
        }
        return recut.isFull() && chain.again() == null && cut();
    }

    /**
     * Skips rows that are already known to be bad. Called after the batch before these rows has been emitted. Throws
     * the error that ends the stream, if there is one.
     */
    void skipKnown() {
        if (chain.again() == null) { // otherwise a worker has the rows
            recut.skipKnown();
        }
    }

    /**
     * Regroups the last rows after the source has ended. Returns true if there were any, so that a worker must be
     * woken.
     */
    boolean cutRest() {
        return recut.isActive() && chain.again() == null && cut();
    }

    private boolean cut() {
        chain.cutAgain(recut.next());
        return true;
    }

    /** Discards the rows that wait to be regrouped. Returns false if a worker is using them. */
    boolean discard() {
        RowGroup<B> group = chain.again();
        if (group != null) {
            if (chain.claimAgain() == null) {
                if (!group.settled) {
                    return false;
                }
                recut.letGoOf(group.kept == null ? NO_ROWS : group.kept, group.bad);
                maker.discard(group.batch, context);
                group.batch = null;
                if (group.error != null) {
                    Throwables.drop(group.error, context);
                }
            }
            chain.take(group);
        }
        recut.discard();
        return true;
    }

    /**
     * Discards the rows of a group that has no batch, because some of the rows are bad or because there are too few of
     * them.
     */
    static void discardKept(RowGroup<?> group, Context context) {
        @Nullable Object[] kept = group.kept;
        group.kept = null;
        if (kept != null && group.batch == null) {
            Rows.discard(kept, 0, group.count, context);
        }
    }
}
