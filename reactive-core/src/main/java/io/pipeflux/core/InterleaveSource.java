package io.pipeflux.core;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** One of the sources of an interleave: asks for a block, and for as much again as a block has been taken. */
final class InterleaveSource<T> implements CoreSubscriber<T>, Scannable {

    @SuppressWarnings({"rawtypes", "NullAway"}) // a field that is null at first
    private static final AtomicReferenceFieldUpdater<InterleaveSource, @Nullable Subscription> S =
            AtomicReferenceFieldUpdater.newUpdater(InterleaveSource.class, Subscription.class, "s");

    /** From so many elements on a queue grows with those that have arrived, instead of being allocated whole. */
    private static final int LINKED_FROM = 1024;

    private final FluxInterleave.InterleaveSubscriber<T> parent;
    private final int block;
    private final Queue<T> queue;

    private volatile @Nullable Subscription s;
    private volatile boolean done;
    private @Nullable Throwable error;
    private int taken;

    InterleaveSource(FluxInterleave.InterleaveSubscriber<T> parent, int block) {
        this.parent = parent;
        this.block = block;
        this.queue = block <= LINKED_FROM
                ? Queues.<T>get(block).get()
                : Queues.<T>unbounded(LINKED_FROM).get();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        if (Operators.setOnce(S, this, subscription)) {
            subscription.request(block);
        }
    }

    @Override
    public void onNext(T element) {
        if (done) {
            Operators.onNextDropped(element, currentContext());
            return;
        }
        queue.offer(element);
        parent.drain();
    }

    @Override
    public void onError(Throwable t) {
        if (done) {
            Operators.onErrorDropped(t, currentContext());
            return;
        }
        error = t;
        done = true;
        parent.drain();
    }

    @Override
    public void onComplete() {
        done = true;
        parent.drain();
    }

    // == by the parent's drain ==

    @Nullable
    T poll() {
        return queue.poll();
    }

    @Nullable
    T peek() {
        return queue.peek();
    }

    boolean isDone() {
        return done;
    }

    @Nullable
    Throwable error() {
        return error;
    }

    /** An element was taken and emitted. */
    void taken() {
        if (++taken == block) {
            taken = 0;
            Subscription subscription = s;
            if (subscription != null && !done) {
                subscription.request(block);
            }
        }
    }

    void cancelAndDiscard() {
        Operators.terminate(S, this);
        for (T element = queue.poll(); element != null; element = queue.poll()) {
            Operators.onDiscard(element, currentContext());
        }
    }

    @Override
    public Context currentContext() {
        return parent.currentContext();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return s;
        }
        if (key == Attr.ACTUAL) {
            return parent;
        }
        if (key == Attr.TERMINATED) {
            return done;
        }
        if (key == Attr.ERROR) {
            return error;
        }
        if (key == Attr.PREFETCH) {
            return block;
        }
        if (key == Attr.BUFFERED) {
            return queue.size();
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.SYNC;
        }
        return null;
    }
}
