package io.pipeflux.core.operator;

import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Releasable;
import io.pipeflux.core.internal.RowVanishes;
import io.pipeflux.core.internal.RunSubscriber;
import io.pipeflux.core.internal.Throwables;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * Makes batches on workers, and emits them in the order of their rows.
 *
 * <pre>
 *   upstream --&gt; [rows] -&gt; [rows] -&gt; [rows] -&gt; [batch] -&gt; [rows] -&gt; [batch] --&gt; downstream
 *              append                |                     |             drain: one thread at a time,
 *                                    +---- being made -----+             while downstream has demand
 * </pre>
 *
 * <p>The groups of rows are one chain. Upstream's thread appends groups. A {@linkplain BatchWorkers worker} claims the
 * first unclaimed group, and then the next, until none waits. The drain takes settled groups off the head. The chain
 * has three cursors and no locks.
 */
final class ParallelBatches<T, B> extends DrainingSubscriber<T, B> implements BatchWorkers.Work, RunSubscriber<T> {

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<ParallelBatches, RowGroup> CLAIMED =
            AtomicReferenceFieldUpdater.newUpdater(ParallelBatches.class, RowGroup.class, "claimed");

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<ParallelBatches, RowGroup> UNMADE =
            AtomicReferenceFieldUpdater.newUpdater(ParallelBatches.class, RowGroup.class, "unmade");

    private final BatchOptions options;
    private final BatchMaker<B> maker;
    private final JoinedPrefetch prefetch;
    private final ReadAhead readAhead;
    private final BatchWorkers workers;
    private final QueueWatch watch;
    private final @Nullable Recut recut; // null: no row vanishes

    // used by upstream's thread only
    private RowGroup<B> tail = RowGroup.root();
    private final HeldChunks chunks = new HeldChunks();
    private long fillingBytes;
    private boolean inRun;
    private final EndedChunks ended = new EndedChunks();
    private long owed; // requested rows that have not arrived; set by whoever requests
    private volatile @Nullable Rows filling;
    private volatile long appended; // the number of the last group

    // used by the workers
    private volatile RowGroup<B> claimed = tail;
    private volatile @Nullable RowGroup<B> unmade; // a group that was cut anew, and waits for a worker
    private volatile long failedAt = Long.MAX_VALUE; // the number of a group whose batch could not be made

    // used by the draining thread only
    private RowGroup<B> head = tail;
    private RowGroup<B> made = tail; // the batches up to this one have been made
    private @Nullable RowGroup<B> again; // a group that was cut anew: its batch is the next
    private volatile boolean asked; // downstream has requested a batch, so batches are made

    ParallelBatches(
            CoreSubscriber<? super B> actual, BatchOptions options, BatchMaker<B> maker, JoinedPrefetch prefetch) {
        super(actual, actual.currentContext(), options.stepName());
        this.options = options;
        this.maker = maker;
        this.prefetch = prefetch;
        this.readAhead = options.newReadAhead(prefetch);
        this.workers = new BatchWorkers(options.scheduler(), options.parallelism(), this, context);
        String step = options.stepName();
        this.recut = maker.newRecut(options.size());
        this.watch = QueueWatch.of(context, prefetch.withName(step), () -> prefetch.describe(step, upstream()));
    }

    // == upstream, by the reader ==

    @Override
    protected void subscribed() {
        if (prefetch.early(0, 0) > 0) {
            ask();
        }
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
                rows = new Rows(recut == null ? options.size() : recut.begin());
                filling = rows;
                if (isOver()) {
                    rows.discard(context);
                }
            }
            long bytes = Weight.of(row);
            kept = rows.add(chunks.keep(row));
            if (!kept) {
                Operators.onDiscard(row, context);
                return;
            }
            fillingBytes += bytes;
            boolean goesOn = !rows.isFull() || append(rows);
            if (--owed <= 0 && goesOn) {
                allCame();
            }
        } catch (Throwable t) {
            if (!kept) {
                Operators.onDiscard(row, context);
            }
            failAfterKept(t);
        }
    }

    @Override
    public void runBegins() {
        inRun = true;
    }

    @Override
    public void runEnds() {
        inRun = false;
        if (asked && waiting() > 0) {
            workers.arrived();
        }
    }

    @Override
    public boolean letsGo() {
        return recut == null && maker.letsGo(); // rows that are cut anew are needed for longer
    }

    @Override
    public void chunkEnds(byte[] chunk, ChunkMemory memory) {
        if (!isOver() && failedAt == Long.MAX_VALUE) { // otherwise a hook may have kept a discarded row of it
            ended.add(chunk, memory, collected() == 0 ? tail.number : tail.number + 1);
        }
    }

    /** Called when all requested rows have arrived. */
    private void allCame() {
        if (asked) {
            if (readAhead.askAgain()) {
                request();
            } else {
                workers.pausing();
            }
        } else {
            readAhead.pause();
            ask(); // also if downstream has requested a moment ago
        }
    }

    private void ask() {
        if (!isDone() && !isOver() && failedAt == Long.MAX_VALUE && (asked || early() > 0) && readAhead.ask()) {
            request();
        }
    }

    /** Requests the rest of a batch. Called by who has the turn to request. */
    private void request() {
        long rows = asked ? missing() : Math.min(missing(), Math.max(1, early()));
        owed = rows;
        upstream().request(rows);
    }

    private long missing() {
        Rows rows = filling;
        if (rows == null) {
            return recut == null ? options.size() : recut.nextSize();
        }
        return rows.missing();
    }

    private long early() {
        return prefetch.early(readAhead.heldElements() + collected(), readAhead.heldBytes() + fillingBytes);
    }

    private int collected() {
        Rows rows = filling;
        return rows == null ? 0 : rows.count();
    }

    @Override
    protected void ending(@Nullable Throwable t) {
        Rows rows = filling;
        if (t == null && rows != null && (recut != null || options.remainder() == Remainder.KEEP)) {
            append(rows);
        } else {
            discardFilling();
        }
        if (t != null) {
            link(RowGroup.failed(tail, t));
        }
    }

    @Override
    protected void endCame() {
        if (asked) {
            workers.pausing();
        }
        drain();
    }

    private boolean append(Rows rows) {
        RowGroup<B> group = RowGroup.after(tail, rows, fillingBytes);
        boolean sealed = rows.seal();
        filling = null;
        fillingBytes = 0;
        if (!sealed) {
            return false;
        }
        try {
            readAhead.read(options.size(), group.bytes);
            watch.queued(group.count, group.bytes);
        } finally {
            link(group);
        }
        if (asked && inRun) {
            workers.arrivedAmongOthers();
        } else if (asked) {
            workers.arrived();
        }
        return true;
    }

    private void link(RowGroup<B> group) {
        tail.next = group;
        tail = group;
        appended = group.number;
        if (isOver()) {
            drain(); // possibly no other thread discards it
        }
    }

    private void discardFilling() {
        Rows rows = filling;
        if (rows != null) {
            rows.discard(context);
        }
    }

    // == downstream ==

    @Override
    protected void demanded(long n) {
        if (!asked) {
            asked = true;
            workers.pausing(); // for the batches whose rows came before
        }
        drain();
        ask();
    }

    @Override
    public void cancel() {
        super.cancel();
        workers.close(); // now, even if the drain is busy: a worker that blocks is interrupted
    }

    // == making batches, by up to `parallelism` threads at a time ==

    @Override
    public long waiting() {
        return appended - claimed.number + (unmade == null ? 0 : 1);
    }

    @Override
    public boolean makeNext() {
        RowGroup<B> group = claimUnmade();
        if (group == null) {
            group = claim();
        }
        if (group == null) {
            return false;
        }
        make(group);
        return true;
    }

    private @Nullable RowGroup<B> claimUnmade() {
        RowGroup<B> group = unmade;
        return group != null && UNMADE.compareAndSet(this, group, null) ? group : null;
    }

    private @Nullable RowGroup<B> claim() {
        while (true) {
            RowGroup<B> last = claimed;
            RowGroup<B> next = last.next;
            if (next == null || CLAIMED.compareAndSet(this, last, next)) {
                return next;
            }
        }
    }

    private void make(RowGroup<B> group) {
        @Nullable Object[] rows = group.rows;
        if (rows == null) {
            return; // upstream's error: no batch to make
        }
        group.rows = null;
        try {
            if (recut != null) {
                group.kept = rows;
            }
            if (isOver() || group.number > failedAt) {
                group.kept = null;
                Rows.discard(rows, 0, group.count, context);
            } else {
                group.batch = maker.make(rows, group.count, context);
            }
        } catch (RowVanishes vanishes) {
            group.vanished = vanishes;
        } catch (Throwable t) {
            group.kept = null;
            failed(group, Throwables.toSignal(t, context));
        } finally {
            group.settled = true;
        }
    }

    private void failed(RowGroup<B> group, Throwable signal) {
        group.error = signal;
        failedAt = group.number; // of several failures any may remain: it only stops the reading
        cancelUpstream();
        discardFilling();
    }

    // == emitting, by one thread at a time ==

    @Override
    protected void emit() {
        long emitted = 0;
        lookForMade();
        while (!isOver()) {
            boolean end = isDone(); // read before the chain, so that groups before the end are not missed
            RowGroup<B> next = again == null ? head.next : again;
            if (next == null) {
                if (!end) {
                    watch.waitsFor(emitted == requested() ? Cause.DEMAND : Cause.UPSTREAM);
                    break;
                }
                if (recut != null && options.remainder() == Remainder.KEEP && recut.isActive()) {
                    cut(recut);
                    continue;
                }
                tellEnd(null);
                break;
            }
            if (!next.settled || (emitted == requested() && (next.error == null || asked))) {
                watch.waitsFor(next.settled ? Cause.DEMAND : null);
                break;
            }
            lookForMade();
            Throwable failure = takeNext(next);
            if (failure != null) {
                cancelUpstream();
                tellEnd(failure);
                break;
            }
            if (next.batch != null) {
                emitted++;
                watch.emitsBatch();
                actual.onNext(batchOf(next));
            }
            ask();
        }
        produced(emitted);
    }

    /** Takes a settled group. It has no batch afterwards if its rows are cut anew. Returns what ends the stream. */
    private @Nullable Throwable takeNext(RowGroup<B> next) {
        Throwable failure = next.error;
        next.error = null;
        if (next == again) {
            again = null;
        } else {
            take(next);
        }
        return recut == null ? failure : cutAnew(recut, next, failure);
    }

    // == cutting rows anew behind one that has vanished ==

    private @Nullable Throwable cutAnew(Recut recut, RowGroup<B> group, @Nullable Throwable failure) {
        @Nullable Object[] kept = group.kept;
        group.kept = null;
        try {
            if (group.isAgain) {
                recut.settled(group.vanished);
            } else if (kept != null && (group.vanished != null || !recut.isBatch(group.count))) {
                recut.add(kept, group.count, group.first, group.vanished);
                B early = group.batch;
                group.batch = null;
                if (early instanceof Releasable releasable) {
                    releasable.release(); // not discarded: its rows will be in another batch
                }
            }
            if (failure == null && recut.isFull() && again == null) {
                cut(recut);
            }
            return failure;
        } catch (Throwable t) {
            return Throwables.toSignal(t, context);
        }
    }

    /** Lets a worker make a batch of the rows that wait. */
    private void cut(Recut recut) {
        RowGroup<B> group = RowGroup.again(head, recut.next());
        again = group;
        unmade = group;
        workers.arrived();
    }

    /** Returns false if a worker is at the rows: this is called again when it has done its work. */
    private boolean discardAgain(Recut recut) {
        RowGroup<B> group = again;
        if (group != null && claimUnmade() == null) {
            if (!group.settled) {
                return false;
            }
            recut.letGoOf(group.vanished);
            discardBatch(group);
        }
        again = null;
        recut.discard(context);
        return true;
    }

    /** Discarded rows may have been kept by a user's hook: behind them, no chunk is given back. */
    private void lookForMade() {
        RowGroup<B> last = made;
        for (RowGroup<B> next; (next = last.next) != null && next.settled && next.batch != null; ) {
            last = next;
        }
        if (last != made) {
            made = last;
            ended.made(last.number);
        }
    }

    private void take(RowGroup<B> group) {
        head = group;
        readAhead.gone(options.size(), group.bytes);
        watch.queued(-group.count, -group.bytes);
    }

    private B batchOf(RowGroup<B> group) {
        B batch = group.batch;
        group.batch = null;
        if (batch == null) {
            throw new IllegalStateException("expected a settled group with a batch, but got none");
        }
        return batch;
    }

    /** Discards all groups except those being made. This method is called again when they are settled. */
    @Override
    protected void release() {
        try {
            discardFilling();
            if (recut != null && !discardAgain(recut)) {
                return;
            }
            RowGroup<B> group;
            while ((group = claim()) != null) {
                discardRows(group);
                group.settled = true;
            }
            for (RowGroup<B> next = head.next; next != null && next.settled; next = next.next) {
                take(next);
                discardBatch(next);
            }
            watch.close();
        } finally {
            workers.close();
        }
    }

    private void discardRows(RowGroup<B> group) {
        @Nullable Object[] rows = group.rows;
        if (rows != null) {
            group.rows = null;
            Rows.discard(rows, 0, group.count, context);
        }
    }

    @SuppressWarnings("ReferenceEquality") // the same error, not one like it
    private void discardBatch(RowGroup<B> group) {
        @Nullable Object[] kept = group.kept;
        group.kept = null;
        if (kept != null && group.vanished != null && !group.isAgain) { // otherwise they are in the batch, or waiting
            Rows.discard(kept, 0, group.count, context);
        }
        B batch = group.batch;
        group.batch = null;
        BatchMaker.discard(batch, context);
        Throwable late = group.error;
        group.error = null;
        if (late != null && late != error()) { // the base class drops upstream's error
            Throwables.drop(late, context);
        }
    }

    @Override
    public void rejected(Throwable t) {
        RowGroup<B> group = claimUnmade();
        if (group == null) {
            group = claim();
        }
        if (group != null) {
            boolean over = isOver();
            boolean unmade = group.rows != null; // otherwise it is upstream's error
            discardRows(group);
            if (unmade && !over) {
                failed(group, Throwables.ofScheduler(t, context));
            }
            group.settled = true;
        }
        drain();
    }

    @Override
    public void failed(Throwable t) {
        fail(t);
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return prefetch.parent(upstream(), this);
        }
        if (key == Attr.PREFETCH) {
            return options.size();
        }
        if (key == Attr.BUFFERED) {
            return (int) readAhead.heldElements();
        }
        if (key == Attr.RUN_ON) {
            return options.scheduler();
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.ASYNC;
        }
        return super.scanUnsafe(key);
    }
}
