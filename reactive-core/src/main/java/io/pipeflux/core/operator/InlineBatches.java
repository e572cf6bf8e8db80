package io.pipeflux.core.operator;

import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.RunSubscriber;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/**
 * Makes each batch on the thread that emits its last row. Requests only the rows of batches that downstream has
 * requested.
 */
final class InlineBatches<T, B> extends DrainingSubscriber<T, B> implements RunSubscriber<T>, Discards.Maker {

    private final BatchOptions options;
    private final BatchMaker<B> maker;
    private final QueueWatch watch;
    private final @Nullable Regrouper regrouper; // null if bad rows must not be skipped

    private final HeldChunks chunks = new HeldChunks(); // used by upstream's thread only
    private final EndedChunks ended = new EndedChunks();
    private long closed; // the number of closed groups; used by upstream's thread only
    private long made; // the number of batches that were made; used by the draining thread only
    private long taken; // the number of rows that were taken from the queue; used by the draining thread only
    private boolean isRest; // whether the last rows are too few for a batch; used by the draining thread only
    private volatile @Nullable Rows filling;
    private final Queue<Rows> full = Queues.<Rows>unbounded(8).get();

    InlineBatches(
            CoreSubscriber<? super B> actual, BatchOptions options, BatchMaker<B> maker, JoinedPrefetch prefetch) {
        super(actual, actual.currentContext(), options.stepName());
        this.options = options;
        this.regrouper = options.newRegrouper(context);
        this.maker = maker;
        String step = options.stepName();
        this.watch = QueueWatch.of(context, step, () -> prefetch.describe(step, upstream()));
    }

    @Override
    public void onNext(T row) {
        if (isDone()) {
            Operators.onNextDropped(row, context);
            return;
        }
        boolean kept = false;
        try {
            Rows rows = filling;
            if (rows == null) {
                rows = new Rows(regrouper == null ? options.size() : regrouper.begin());
                filling = rows;
                if (isOver()) {
                    rows.discard(context);
                }
            }
            kept = rows.add(chunks.keep(row));
            if (!kept) {
                Operators.onDiscard(row, context);
            } else if (rows.isFull()) {
                close(rows);
            }
        } catch (Throwable t) {
            if (!kept) {
                Operators.onDiscard(row, context);
            }
            failAfterKept(t);
        }
    }

    @Override
    public void runBegins() {}

    @Override
    public void runEnds() {}

    @Override
    public boolean letsGo() {
        return regrouper == null && maker.letsGo(); // rows that may have to be regrouped must be kept longer
    }

    @Override
    public boolean makesForSubscriber() {
        return maker.letsGo();
    }

    @Override
    public void chunkEnds(byte[] chunk, ChunkMemory memory) {
        if (isOver()) { // a user's hook may have kept a discarded row of the chunk
            return;
        }
        Rows rows = filling;
        ended.add(chunk, memory, rows == null || rows.count() == 0 ? closed : closed + 1);
    }

    private void close(Rows rows) {
        boolean sealed = rows.seal();
        filling = null;
        if (!sealed) {
            return;
        }
        try {
            closed++;
            full.offer(rows);
        } catch (Throwable t) {
            Rows.discard(rows.slots(), 0, rows.count(), context);
            throw t;
        }
        drain();
    }

    @Override
    protected void ending(@Nullable Throwable t) {
        Rows rows = filling;
        if (rows != null) {
            close(rows);
        }
    }

    @Override
    protected void demanded(long n) {
        upstream().request(Operators.multiplyCap(n, options.size()));
    }

    @Override
    protected void emit() {
        long emitted = 0;
        while (!isOver()) {
            boolean end = isDone(); // checked before the queue is polled, so that the last groups are not missed
            skipKnown();
            Rows rows = full.poll();
            if (rows == null && !(end && hasRest())) {
                if (end) {
                    signalEnd(error());
                }
                break;
            }
            B batch = make(rows);
            if (batch == null) {
                continue; // rows were skipped, and other rows were requested in their place
            }
            if (isOver()) {
                maker.discard(batch, context);
                break;
            }
            if (isRest && (error() != null || options.remainder() == Remainder.DROP)) {
                maker.discard(batch, context); // the batch was made only to find bad rows
                continue;
            }
            watch.emitsBatch();
            ended.made(++made);
            emitted++;
            actual.onNext(batch);
        }
        produced(emitted);
    }

    private boolean hasRest() {
        return regrouper != null && regrouper.isActive();
    }

    private void skipKnown() {
        int skipped = regrouper == null ? 0 : regrouper.skipKnown();
        if (skipped > 0) {
            upstream().request(skipped);
        }
    }

    /**
     * Makes the batch of a group. Returns null if rows were skipped and the remaining rows are too few for a batch.
     *
     * @param rows the group, or null to make a batch of the rows that remain at the end
     */
    private @Nullable B make(@Nullable Rows rows) {
        if (regrouper == null) {
            isRest = rows != null && rows.count() < options.size();
            return rows == null ? null : maker.make(rows.slots(), rows.count(), context);
        }
        isRest = false;
        if (rows == null) {
            return makeAgain(regrouper);
        }
        long first = taken;
        taken += rows.count();
        BadRows bad = null;
        if (regrouper.isBatch(rows.count())) {
            try {
                return maker.make(rows.slots(), rows.count(), context);
            } catch (BadRows found) {
                bad = found;
            }
        }
        regrouper.add(rows.slots(), rows.count(), first, bad);
        if (bad != null) {
            upstream().request(bad.rows().size());
        }
        return regrouper.isFull() ? makeAgain(regrouper) : null;
    }

    private @Nullable B makeAgain(Regrouper regrouper) {
        isRest = !regrouper.isFull();
        do {
            @Nullable Object[] rows = regrouper.next();
            BadRows bad = null;
            try {
                return maker.make(rows, rows.length, context);
            } catch (BadRows found) {
                bad = found;
            } finally {
                regrouper.letGoOf(rows, bad);
            }
            regrouper.settled(rows, bad);
            upstream().request(bad.rows().size());
        } while (regrouper.isFull() || (isRest && regrouper.isActive()));
        return null;
    }

    @Override
    protected void release() {
        watch.close();
        discardFilling();
        for (Rows rows = full.poll(); rows != null; rows = full.poll()) {
            Rows.discard(rows.slots(), 0, rows.count(), context);
        }
        if (regrouper != null) {
            regrouper.discard();
        }
    }

    private void discardFilling() {
        Rows rows = filling;
        if (rows != null) {
            rows.discard(context);
        }
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.CAPACITY) {
            return options.size();
        }
        if (key == Attr.BUFFERED) {
            Rows rows = filling;
            return rows == null ? 0 : rows.count();
        }
        return super.scanUnsafe(key);
    }
}
