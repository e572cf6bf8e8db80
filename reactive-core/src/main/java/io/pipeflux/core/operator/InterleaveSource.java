package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Scans;
import io.pipeflux.core.internal.Throwables;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * One of the sources of a mix. It requests a block of elements, and the next block when all elements of the previous
 * block have been taken.
 */
final class InterleaveSource<T> implements CoreSubscriber<T>, Scannable {

    @SuppressWarnings({"rawtypes", "NullAway"}) // a field that is null at first
    private static final AtomicReferenceFieldUpdater<InterleaveSource, @Nullable Subscription> S =
            AtomicReferenceFieldUpdater.newUpdater(InterleaveSource.class, Subscription.class, "s");

    /**
     * The largest block for which the whole queue is allocated at once. For larger blocks, the queue grows as elements
     * arrive.
     */
    private static final int LINKED_FROM = 1024;

    private final DrainingSubscriber<?, ?> parent;
    private final Context context; // contains the pass of this source
    private final int block;
    private final Queue<T> queue;
    private final HeldChunks chunks = new HeldChunks();

    private volatile @Nullable Subscription s;
    private @Nullable Subscription upstream; // the subscription that s refers to, but kept even after a cancel
    private volatile boolean done;
    private @Nullable Throwable error;
    private int taken;

    InterleaveSource(DrainingSubscriber<?, ?> parent, Context context, int block) {
        this.parent = parent;
        this.context = context;
        this.block = block;
        this.queue = block <= LINKED_FROM
                ? Queues.<T>get(block).get()
                : Queues.<T>unbounded(LINKED_FROM).get();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = upstream == null ? subscription : upstream;
        if (Operators.setOnce(S, this, subscription)) {
            try {
                subscription.request(block);
            } catch (Throwable t) {
                fail(t);
            }
        }
    }

    @Override
    public void onNext(T element) {
        if (done) {
            Discards.drop(element, upstream, currentContext());
            return;
        }
        boolean kept = false;
        Throwable refused = null;
        try {
            kept = queue.offer(chunks.keep(element));
        } catch (Throwable t) {
            refused = t;
        }
        if (!kept) {
            Discards.discard(element, upstream, currentContext());
            fail(
                    refused != null
                            ? refused
                            : Exceptions.failWithOverflow(
                                    "a source emitted more than the " + block + " elements requested"));
        }
        parent.drain();
    }

    /** Ends this source with a Throwable. The Throwable is signalled when it is the source's turn. */
    void fail(Throwable t) {
        Subscription subscription = s;
        if (subscription != null && !done) {
            Throwables.cancel(subscription, currentContext());
        }
        onError(Throwables.toSignal(t, currentContext()));
    }

    @Override
    public void onError(Throwable t) {
        if (done) {
            Throwables.drop(t, currentContext());
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

    /** Cancels this source. Any thread may call this method. */
    void cancel() {
        if (!done) {
            try {
                Operators.terminate(S, this);
            } catch (Throwable t) {
                Throwables.drop(t, currentContext());
            }
        }
    }

    // == called in the parent's drain loop ==

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

    /** Returns the source's error the first time, and null afterwards. The caller must signal or drop the error. */
    @Nullable
    Throwable takeError() {
        Throwable t = error;
        error = null;
        return t;
    }

    /** Counts an element that was taken and emitted. After the last element of a block, requests the next block. */
    void taken() {
        if (++taken == block) {
            taken = 0;
            Subscription subscription = s;
            if (subscription != null && !done) {
                subscription.request(block);
            }
        }
    }

    /** Subscribes to the source. If that throws, the Throwable is signalled when it is the source's turn. */
    void subscribeTo(Flux<? extends T> source) {
        try {
            source.subscribe(this);
        } catch (Throwable t) {
            fail(t);
        }
    }

    /** Discards an element that was taken from the queue. */
    void discard(T element) {
        Discards.discard(element, upstream, currentContext());
    }

    void cancelAndDiscard() {
        cancel();
        for (T element = queue.poll(); element != null; element = queue.poll()) {
            Discards.discard(element, upstream, currentContext());
        }
        Throwable late = done ? takeError() : null;
        if (late != null) {
            parent.failedBeside(late);
        }
    }

    @Override
    public Context currentContext() {
        return context;
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.ERROR) {
            return error;
        }
        if (key == Attr.PREFETCH) {
            return block;
        }
        if (key == Attr.BUFFERED) {
            return queue.size();
        }
        return Scans.synchronous(key, s, parent, done);
    }
}
