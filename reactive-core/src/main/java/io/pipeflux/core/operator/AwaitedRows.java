package io.pipeflux.core.operator;

import io.pipeflux.core.internal.DrainingSubscriber;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/**
 * Maps rows with Monos. The subscriber holds the rows whose mappers are in progress, and the mapped rows that wait
 * until an earlier row has been mapped.
 *
 * <pre>{@code
 *   upstream --> [in progress] [mapped] [in progress] [mapped] --> downstream
 * }</pre>
 *
 * <p>At downstream's first request, {@code parallelism} rows are requested from upstream. After that, one row is
 * requested for each row that is emitted, so reading pauses while a mapper is slow. Requests are made outside the
 * drain, because a source may emit a row during the request, and the mapper of that row may block. If it blocked inside
 * the drain, the other mappers could not be cancelled. After a row that ends the stream, no further row is emitted.
 */
final class AwaitedRows<T> extends DrainingSubscriber<T, Outcome> {

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<AwaitedRows> DUE =
            AtomicLongFieldUpdater.newUpdater(AwaitedRows.class, "due");

    private final int parallelism;
    private final boolean skips;
    private final Function<? super T, ? extends Mono<?>> mapper;
    private final HeldChunks chunks = new HeldChunks(); // used by upstream's thread only
    private final Queue<AwaitedRow> rows;
    private volatile long due; // the number of rows to request as replacements for emitted ones
    private volatile @Nullable Throwable rowFailed; // why the last row ends the stream, or null
    private volatile @Nullable Thread emitting; // the thread that is draining, or null

    /**
     * Creates the subscriber.
     *
     * @param skips whether rows that fail may be skipped, so that the stream continues
     */
    AwaitedRows(
            CoreSubscriber<? super Outcome> actual,
            int parallelism,
            boolean skips,
            Function<? super T, ? extends Mono<?>> mapper) {
        super(actual, actual.currentContext(), nameOf(parallelism));
        this.parallelism = parallelism;
        this.skips = skips;
        this.mapper = mapper;
        this.rows = Queues.<AwaitedRow>unbounded(Math.min(parallelism, Queues.SMALL_BUFFER_SIZE))
                .get();
    }

    static String nameOf(int parallelism) {
        return "mapWhen(" + parallelism + ")";
    }

    // == upstream ==

    @Override
    public void onNext(T element) {
        if (isDone()) {
            Operators.onNextDropped(element, context);
            return;
        }
        boolean kept = false;
        try {
            T row = chunks.keep(element);
            AwaitedRow awaited = new AwaitedRow(row, context, this::advance, this::discarded, this::workerFailedBeside);
            kept = rows.offer(awaited);
            if (isOver()) {
                drain(); // the thread that discards the rows may have missed this row
            } else {
                awaited.begin(() -> mapper.apply(row));
            }
        } catch (Throwable t) {
            if (!kept) {
                Operators.onDiscard(element, context);
            }
            failAfterKept(t);
        }
    }

    // == downstream ==

    @Override
    protected void demanded(long n) {
        if (beginsDemand()) {
            upstream().request(parallelism);
        }
        advance();
    }

    /** Emits the rows that can be emitted, and requests one new row for each of them. */
    private void advance() {
        drain();
        if (due > 0 && emitting != Thread.currentThread()) {
            long rows = DUE.getAndSet(this, 0);
            if (rows > 0 && !isOver() && !isDone()) {
                requestMore(rows);
            }
        }
    }

    private void requestMore(long rows) {
        try {
            upstream().request(rows);
        } catch (Throwable t) {
            fail(t);
        }
    }

    @Override
    protected void emit() {
        emitting = Thread.currentThread();
        try {
            emitSettled();
        } finally {
            emitting = null;
        }
    }

    private void emitSettled() {
        long emitted = 0;
        while (!isOver()) {
            boolean end = isDone(); // called before peek(), so that a row that arrives before the end is not missed
            AwaitedRow first = rows.peek();
            if (first == null) {
                if (end) {
                    signalEnd(error());
                }
                break;
            }
            if (emitted == requested()) {
                break;
            }
            Outcome outcome = first.take();
            if (outcome == null) {
                break;
            }
            rows.remove();
            emitted++;
            boolean last = outcome.isLast(skips);
            if (last) { // released first, so that the error has the errors of other rows when it is signalled
                rowFailed = outcome.reason();
                cancelUpstream();
                release();
            }
            actual.onNext(outcome);
            if (last) {
                signalEnd(null);
            }
        }
        produced(emitted);
        if (emitted > 0) {
            DUE.addAndGet(this, emitted);
        }
    }

    /**
     * Handles the failure of a row that is discarded. If the row would be skipped, or if downstream has cancelled, an
     * exception of the mapper is not reported.
     */
    private void discarded(Outcome row) {
        if (row.isLast(skips) && (row instanceof Outcome.Broken || endedBy() != null)) {
            failedBeside(row.reason());
        }
    }

    /**
     * Returns the error that ends this operator. This includes the error of a row, although the operator downstream
     * signals that error.
     */
    @Override
    protected @Nullable Throwable endedBy() {
        Throwable row = rowFailed;
        return row == null ? super.endedBy() : row;
    }

    @Override
    protected void release() {
        for (AwaitedRow row = rows.poll(); row != null; row = rows.poll()) {
            row.discard();
        }
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PREFETCH) {
            return parallelism;
        }
        if (key == Attr.BUFFERED) {
            return rows.size();
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : super.scanUnsafe(key);
    }
}
