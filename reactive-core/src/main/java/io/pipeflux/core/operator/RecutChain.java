package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Releasable;
import io.pipeflux.core.internal.Throwables;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * A {@link Recut} whose batches are made by workers. Only the draining thread calls its methods, except {@link
 * #nextSize} and {@link #begin}.
 */
final class RecutChain<B> {

    private static final @Nullable Object[] NO_ROWS = {}; // became a batch, or were discarded

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
     * Called for each group that was taken from the chain. Afterwards it has no batch if its rows are cut anew. Throws
     * what ends the stream.
     *
     * @return true if rows were cut anew: a worker must then be woken
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
                releasable.release(); // not discarded: its rows will be in another batch
            }
        }
        return recut.isFull() && chain.again() == null && cut();
    }

    /**
     * Skips rows that are known to be bad. Called after the batch before them has been emitted. Throws the error that
     * ends the stream, if any.
     */
    void skipKnown() {
        if (chain.again() == null) { // otherwise a worker has the rows
            recut.skipKnown();
        }
    }

    /** Called at the end. Returns true if the last rows were cut anew: a worker must then be woken. */
    boolean cutRest() {
        return recut.isActive() && chain.again() == null && cut();
    }

    private boolean cut() {
        chain.cutAgain(recut.next());
        return true;
    }

    /** Discards the rows that wait. Returns false if a worker is at them. */
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

    /** Discards the rows of a group that has no batch: some of them vanish, or they are the last. */
    static void discardKept(RowGroup<?> group, Context context) {
        @Nullable Object[] kept = group.kept;
        group.kept = null;
        if (kept != null && group.batch == null) {
            Rows.discard(kept, 0, group.count, context);
        }
    }
}
