package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Releasable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Connects a {@link Regrouper} to the {@link GroupChain} from which workers make batches. All methods except {@link
 * #nextSize} and {@link #begin} are called by the draining thread.
 */
final class RegroupChain<B> {

    private static final @Nullable Object[] NO_ROWS = {}; // used if the rows became a batch or were discarded

    private final Regrouper regrouper;
    private final GroupChain<B> chain;
    private final BatchMaker<B> maker;
    private final Context context;
    private final Consumer<Throwable> late;

    /** @param late receives the error of a batch that was being made when the stream ended */
    RegroupChain(
            Regrouper regrouper, GroupChain<B> chain, BatchMaker<B> maker, Context context, Consumer<Throwable> late) {
        this.maker = maker;
        this.regrouper = regrouper;
        this.chain = chain;
        this.context = context;
        this.late = late;
    }

    int nextSize() {
        return regrouper.nextSize();
    }

    int begin() {
        return regrouper.begin();
    }

    /**
     * Handles a group that was taken from the chain. If the rows of the group must be regrouped, the group's batch is
     * released and removed. Throws the error that ends the stream, if there is one.
     *
     * @return true if rows were regrouped; the caller must then wake a worker
     */
    boolean take(RowGroup<B> group) {
        @Nullable Object[] kept = group.kept;
        group.kept = null;
        if (group.isAgain) {
            regrouper.settled(kept == null ? NO_ROWS : kept, group.bad);
        } else if (kept != null && (group.bad != null || !regrouper.isBatch(group.count))) {
            regrouper.add(kept, group.count, group.first, group.bad);
            B early = group.batch;
            group.batch = null;
            if (early instanceof Releasable releasable) {
                releasable.release(); // not discarded: its rows will become part of a different batch
            }
        }
        return regrouper.isFull() && chain.again() == null && regroup();
    }

    /**
     * Skips the next rows that are already known to be bad. Called after a batch has been emitted. Throws the error
     * that ends the stream, if there is one.
     */
    void skipKnown() {
        if (chain.again() == null) { // otherwise a worker may be using the rows
            regrouper.skipKnown();
        }
    }

    /**
     * Regroups the rows that remain when the source has ended. Returns true if it has passed rows to the chain; the
     * caller must then wake a worker.
     */
    boolean regroupRest() {
        return regrouper.isActive() && chain.again() == null && regroup();
    }

    private boolean regroup() {
        chain.cutAgain(regrouper.next());
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
                regrouper.letGoOf(group.kept == null ? NO_ROWS : group.kept, group.bad);
                maker.discard(group.batch, context);
                group.batch = null;
                if (group.error != null) {
                    late.accept(group.error);
                }
            }
            chain.take(group);
        }
        regrouper.discard();
        return true;
    }

    /**
     * Discards the rows of a group if no batch was made of them. That is the case if some of the rows are bad, or if
     * there are too few rows.
     */
    static void discardKept(RowGroup<?> group, Context context) {
        @Nullable Object[] kept = group.kept;
        group.kept = null;
        if (kept != null && group.batch == null) {
            Rows.discard(kept, 0, group.count, context);
        }
    }
}
