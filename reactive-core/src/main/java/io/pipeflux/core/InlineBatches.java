package io.pipeflux.core;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Makes each batch on the thread that brings its last row. Asks for no row that was not asked for. */
final class InlineBatches<T, B> implements CoreSubscriber<T>, Subscription, Scannable {

    private final CoreSubscriber<? super B> actual;
    private final BatchOptions options;
    private final BatchMaker<B> maker;
    private final @Nullable PipelineMonitor monitor;

    private @Nullable Subscription s;
    private boolean done;
    private volatile @Nullable Rows filling;
    private volatile boolean cancelled;

    InlineBatches(CoreSubscriber<? super B> actual, BatchOptions options, BatchMaker<B> maker) {
        this.actual = actual;
        this.options = options;
        this.maker = maker;
        this.monitor = PipelineMonitor.given(actual.currentContext());
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        if (Operators.validate(s, subscription)) {
            s = subscription;
            actual.onSubscribe(this);
        }
    }

    @Override
    public void onNext(T row) {
        if (done) {
            Operators.onNextDropped(row, currentContext());
            return;
        }
        Rows rows = filling;
        if (rows == null) {
            rows = new Rows(options.size());
            filling = rows;
            if (cancelled) {
                rows.discard(currentContext());
            }
        }
        if (!rows.add(row)) {
            Operators.onDiscard(row, currentContext());
        } else if (rows.isFull()) {
            emit(rows);
        }
    }

    private boolean emit(Rows rows) {
        filling = null;
        if (!rows.seal()) {
            return false;
        }
        B batch;
        try {
            batch = maker.make(rows.slots(), rows.count(), currentContext());
        } catch (Throwable t) {
            done = true;
            upstream().cancel();
            actual.onError(BatchMaker.failure(t, currentContext()));
            return false;
        }
        if (monitor != null) {
            monitor.addBatches(1);
        }
        actual.onNext(batch);
        return true;
    }

    @Override
    public void onError(Throwable t) {
        if (done) {
            Operators.onErrorDropped(t, currentContext());
            return;
        }
        done = true;
        discardFilling();
        actual.onError(t);
    }

    @Override
    public void onComplete() {
        if (done) {
            return;
        }
        done = true;
        Rows rows = filling;
        if (rows != null && options.remainder() == Remainder.KEEP) {
            if (!emit(rows)) {
                return;
            }
        } else {
            discardFilling();
        }
        actual.onComplete();
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            upstream().request(Operators.multiplyCap(n, options.size()));
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        upstream().cancel();
        discardFilling();
    }

    private void discardFilling() {
        Rows rows = filling;
        if (rows != null) {
            rows.discard(currentContext());
        }
    }

    private Subscription upstream() {
        return s == null ? Operators.cancelledSubscription() : s;
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return s;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.TERMINATED) {
            return done;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.CAPACITY) {
            return options.size();
        }
        if (key == Attr.BUFFERED) {
            Rows rows = filling;
            return rows == null ? 0 : rows.count();
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.SYNC;
        }
        return null;
    }

    @Override
    public String stepName() {
        return options.stepName();
    }
}
