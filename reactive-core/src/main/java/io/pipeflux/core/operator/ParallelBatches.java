package io.pipeflux.core.operator;

import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.RunSubscriber;
import io.pipeflux.core.internal.Throwables;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * Makes batches on workers, and emits them in the order of their rows.
 *
 * <pre>{@code
 *   upstream --> [rows] [rows] [claimed] [batch] [claimed] [batch] --> downstream
 * }</pre>
 *
 * <p>The groups of rows form one {@linkplain GroupChain list}, to which upstream's thread appends. A {@linkplain
 * BatchWorkers worker} claims the oldest unclaimed group and makes its batch, then claims the next one, until no group
 * waits. While downstream has demand, the drain, which runs on one thread at a time, takes the oldest group off the
 * list when its batch has been made or has failed.
 */
final class ParallelBatches<T, B> extends DrainingSubscriber<T, B>
        implements BatchWorkers.Work, RunSubscriber<T>, Discards.Maker {

    private final BatchOptions options;
    private final BatchMaker<B> maker;
    private final JoinedPrefetch prefetch;
    private final ReadAhead readAhead;
    private final BatchWorkers workers;
    private final GroupChain<B> chain = new GroupChain<>();
    private final QueueWatch watch;
    private final @Nullable RegroupChain<B> regroupChain; // null if bad rows must not be skipped

    // changed by upstream's thread only, unless stated otherwise
    private final HeldChunks chunks = new HeldChunks();
    private long fillingBytes;
    private boolean inRun;
    private final EndedChunks ended = new EndedChunks(); // also changed by the draining thread
    private long owed; // the number of requested rows that have not arrived; set by the thread that requests
    private volatile @Nullable Rows filling;

    // written by the workers
    private volatile long failedAt = Long.MAX_VALUE; // the ordinal of a group whose batch could not be made

    // set by downstream's first request, and read by any thread
    private volatile boolean asked; // whether downstream has requested a batch; before that, no batch is made

    ParallelBatches(
            CoreSubscriber<? super B> actual, BatchOptions options, BatchMaker<B> maker, JoinedPrefetch prefetch) {
        super(actual, actual.currentContext(), options.stepName());
        this.options = options;
        this.maker = maker;
        this.prefetch = prefetch;
        this.readAhead = options.newReadAhead(prefetch);
        this.workers = new BatchWorkers(options.scheduler(), options.parallelism(), this, context);
        String step = options.stepName();
        Regrouper regrouper = options.newRegrouper(context);
        this.regroupChain = regrouper == null
                ? null
                : new RegroupChain<>(regrouper, chain, maker, context, this::workerFailedBeside);
        this.watch = QueueWatch.of(context, prefetch.withName(step), () -> prefetch.describe(step, upstream()));
    }

    // == signals from upstream, on the reading thread ==

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
                rows = new Rows(regroupChain == null ? options.size() : regroupChain.begin());
                filling = rows;
                if (isOver()) {
                    rows.discard(context);
                }
            }
            long bytes = Weight.of(row);
            kept = rows.add(chunks.keep(row));
            if (!kept) {
                Operators.onDiscard(Rows.elementOf(row), context);
                return;
            }
            fillingBytes += bytes;
            boolean goesOn = !(rows.isFull() || isKnownBad(row)) || append(rows);
            if (--owed <= 0 && goesOn) {
                allCame();
            }
        } catch (Throwable t) {
            if (!kept) {
                Operators.onDiscard(Rows.elementOf(row), context);
            }
            failAfterKept(t);
        }
    }

    /**
     * Returns whether a row is known to be bad. Such a row closes its group even if the group is not full, because the
     * row may end the stream.
     */
    private boolean isKnownBad(T row) {
        return regroupChain != null && row instanceof Outcome outcome && !(outcome instanceof Outcome.Mapped);
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
        return regroupChain == null && maker.letsGo(); // rows that may have to be regrouped must be kept longer
    }

    @Override
    public boolean makesForSubscriber() {
        return maker.letsGo();
    }

    @Override
    public void chunkEnds(byte[] chunk, ChunkMemory memory) {
        // after a cancel or a failure, the chunk is not given back, because a user's hook may have kept a discarded row
        // of the chunk
        if (!isOver() && failedAt == Long.MAX_VALUE) {
            ended.add(chunk, memory, chain.last().number + (collected() == 0 ? 0 : 1));
        }
    }

    /** Requests more rows or wakes the workers. Called when all requested rows have arrived. */
    private void allCame() {
        if (asked) {
            if (readAhead.askAgain()) {
                request();
            } else {
                workers.pausing();
            }
        } else {
            readAhead.pause();
            ask(); // downstream may have made its first request a moment ago
        }
    }

    private void ask() {
        if (!isDone() && !isOver() && failedAt == Long.MAX_VALUE && (asked || early() > 0) && readAhead.ask()) {
            request();
        }
    }

    /**
     * Requests the rows that the current group still needs, or fewer if downstream has not requested a batch yet.
     * Called only by the thread that {@link ReadAhead} has allowed to request.
     */
    private void request() {
        long rows = asked ? missing() : Math.min(missing(), Math.max(1, early()));
        owed = rows;
        upstream().request(rows);
    }

    private long missing() {
        Rows rows = filling;
        if (rows == null) {
            return regroupChain == null ? options.size() : regroupChain.nextSize();
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
        if (rows != null) {
            append(rows);
        }
        if (t != null) {
            link(RowGroup.failed(chain.last(), t));
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
        RowGroup<B> group = RowGroup.after(chain.last(), rows, fillingBytes);
        boolean sealed = rows.seal();
        filling = null;
        fillingBytes = 0;
        if (!sealed) {
            return false;
        }
        if (regroupChain != null && group.count < options.size()) {
            group.leaveUnmade(); // too small for a batch of its own, but its rows may be regrouped with others
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
        chain.append(group);
        if (isOver()) {
            drain(); // the thread that discards the groups may have missed this group
        }
    }

    private void discardFilling() {
        Rows rows = filling;
        if (rows != null) {
            rows.discard(context);
        }
    }

    // == signals from downstream ==

    @Override
    protected void demanded(long n) {
        if (!asked) {
            asked = true;
            workers.pausing(); // for the groups that arrived before this request
        }
        drain();
        ask();
    }

    @Override
    public void cancel() {
        super.cancel();
        workers.close(); // immediately, even if the drain is busy, so that a worker that blocks is interrupted
    }

    // == making batches, done by up to `parallelism` threads at a time ==

    @Override
    public long waiting() {
        return chain.waiting();
    }

    @Override
    public boolean makeNext() {
        RowGroup<B> group = chain.claim();
        if (group == null) {
            return false;
        }
        make(group);
        return true;
    }

    private void make(RowGroup<B> group) {
        @Nullable Object[] rows = group.rows;
        if (rows == null) {
            return; // the group contains upstream's error, so there is no batch to make
        }
        group.rows = null;
        try {
            if (regroupChain != null) {
                group.kept = rows;
            }
            if (isOver() || group.number > failedAt) {
                group.kept = null;
                Rows.discard(rows, 0, group.count, context);
            } else {
                group.batch = maker.make(rows, group.count, context);
            }
        } catch (Throwable t) {
            if (regroupChain != null && t instanceof BadRows bad) {
                group.bad = bad;
                return;
            }
            group.kept = null;
            failed(group, Throwables.toSignal(t, context));
        } finally {
            group.settled = true;
        }
    }

    private void failed(RowGroup<B> group, Throwable signal) {
        group.error = signal;
        // if several batches fail, it does not matter which of their groups this field names, because the field is only
        // used to stop the reading and to skip later batches
        failedAt = group.number;
        cancelUpstream();
        discardFilling();
    }

    // == emitting, done by one thread at a time ==

    @Override
    protected void emit() {
        long emitted = 0;
        lookForMade();
        while (!isOver()) {
            boolean end = isDone(); // checked before the list, so that the last groups are not missed
            RowGroup<B> next = chain.next();
            if (next == null) {
                if (!end) {
                    watch.waitsFor(emitted == requested() ? Cause.DEMAND : Cause.UPSTREAM);
                    break;
                }
                if (regroupRest()) {
                    continue;
                }
                signalEnd(null);
                break;
            }
            if (next.rowsEnded && regroupRest()) {
                continue;
            }
            if (!next.settled || (emitted == requested() && !isDropped(next) && next.waitsForDemand(asked))) {
                watch.waitsFor(next.settled ? Cause.DEMAND : null);
                break;
            }
            lookForMade();
            Throwable failure = takeNext(next);
            if (failure == null && isDropped(next)) {
                maker.discard(next.takeBatch(), context); // the batch was made only to find bad rows
            } else if (failure == null
                    && (next.batch != null || regroupChain == null)) { // otherwise its rows are regrouped
                emitted++;
                watch.emitsBatch();
                actual.onNext(next.takeBatch());
            }
            failure = failure == null ? skipKnown() : failure;
            if (failure != null) {
                cancelUpstream();
                signalEnd(failure);
                break;
            }
            ask();
        }
        produced(emitted);
    }

    /**
     * Returns whether a group's batch is discarded instead of emitted. This happens to a batch with too few rows if an
     * error of the source follows or if {@link Remainder#DROP} is set.
     */
    private boolean isDropped(RowGroup<B> group) {
        return group.batch != null
                && group.count < options.size()
                && (error() != null || options.remainder() == Remainder.DROP);
    }

    /**
     * Makes a worker create a batch of the rows that remain when the source has ended. Returns false if no such rows
     * remain, or if they were already passed to a worker.
     */
    private boolean regroupRest() {
        boolean cut = regroupChain != null && regroupChain.regroupRest();
        if (cut) {
            workers.arrived();
        }
        return cut;
    }

    /** Skips the bad rows that have been found. Returns the Throwable that ends the stream, or null. */
    private @Nullable Throwable skipKnown() {
        try {
            if (regroupChain != null && !isOver()) {
                regroupChain.skipKnown();
            }
            return null;
        } catch (Throwable t) {
            return Throwables.toSignal(t, context);
        }
    }

    /**
     * Takes a settled group off the list. If the rows of the group must be regrouped, its batch is removed. Returns the
     * Throwable that ends the stream, or null.
     */
    private @Nullable Throwable takeNext(RowGroup<B> next) {
        Throwable failure = next.error;
        next.error = null;
        take(next);
        if (regroupChain == null) {
            return failure;
        }
        try {
            if (regroupChain.take(next) && failure == null) {
                workers.arrived();
            }
            return failure;
        } catch (Throwable t) {
            return Throwables.toSignal(t, context);
        }
    }

    /**
     * Gives back the chunks whose rows have all become batches. Stops at the first group without a batch, because that
     * group may have been discarded, and a user's hook may then have kept some of its rows.
     */
    private void lookForMade() {
        ended.made(chain.made());
    }

    private void take(RowGroup<B> group) {
        chain.take(group);
        if (!group.isAgain) { // the rows of a regrouped group have already been counted
            readAhead.gone(options.size(), group.bytes);
            watch.queued(-group.count, -group.bytes);
        }
    }

    /**
     * Discards all groups except those whose batches are being made. This method is called again when one of those
     * batches has been made.
     */
    @Override
    protected void release() {
        try {
            discardFilling();
            if (regroupChain != null && !regroupChain.discard()) {
                return; // this method is called again when the worker has settled the group
            }
            RowGroup<B> group;
            while ((group = chain.claim()) != null) {
                group.discardRows(context);
                group.settled = true;
            }
            for (RowGroup<B> next; (next = chain.next()) != null && next.settled; ) {
                take(next);
                discardBatch(next);
            }
            watch.close();
        } finally {
            workers.close();
        }
    }

    @SuppressWarnings("ReferenceEquality") // exactly this error, not an equal one
    private void discardBatch(RowGroup<B> group) {
        if (regroupChain != null) {
            RegroupChain.discardKept(group, context);
        }
        B batch = group.batch;
        group.batch = null;
        maker.discard(batch, context);
        Throwable late = group.error;
        group.error = null;
        if (late != null && late != error()) { // the base class drops upstream's error
            workerFailedBeside(late);
        }
    }

    @Override
    public void rejected(Throwable t) {
        RowGroup<B> group = chain.claim();
        if (group != null) {
            boolean over = isOver();
            boolean unmade = group.rows != null; // otherwise the group contains upstream's error
            group.discardRows(context);
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
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
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
