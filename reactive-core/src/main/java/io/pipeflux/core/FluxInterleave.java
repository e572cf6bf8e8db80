package io.pipeflux.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** Takes a block from each of so many sources in turn. */
final class FluxInterleave<T> extends FluxOperator<Flux<T>, T> {

    private final int cycle;
    private final int block;

    private FluxInterleave(Flux<Flux<T>> sources, int cycle, int block) {
        super(sources);
        this.cycle = cycle;
        this.block = block;
    }

    static <T> Flux<T> of(Flux<Flux<T>> sources, int cycle, int block) {
        return onAssembly(new FluxInterleave<>(sources, cycle, block));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        ResumePoint start = Pass.current(actual.currentContext()).start();
        if (start != null && start.nextRecord() != 0) {
            Operators.error(
                    actual,
                    new IllegalArgumentException(
                            stepName() + " mixes the records of several sources and cannot start at " + start.position()
                                    + ": start at the beginning of an epoch"));
            return;
        }
        source.subscribe(new InterleaveSubscriber<>(actual, cycle, block, stepName()));
    }

    @Override
    public String stepName() {
        return "interleave(" + cycle + ", " + block + ")";
    }

    /**
     * <pre>
     *   sources that wait     s5 s4          asked for one by one, as slots become free
     *   slots                 [s0] [s1] [s2] [s3]      each has asked its source for a block at most
     *                               ^ at               what is emitted comes from this one only
     * </pre>
     */
    static final class InterleaveSubscriber<T> implements CoreSubscriber<Flux<T>>, Subscription, Scannable {

        @SuppressWarnings("rawtypes")
        private static final AtomicIntegerFieldUpdater<InterleaveSubscriber> WIP =
                AtomicIntegerFieldUpdater.newUpdater(InterleaveSubscriber.class, "wip");

        @SuppressWarnings("rawtypes")
        private static final AtomicIntegerFieldUpdater<InterleaveSubscriber> BEGUN =
                AtomicIntegerFieldUpdater.newUpdater(InterleaveSubscriber.class, "begun");

        @SuppressWarnings("rawtypes")
        private static final AtomicLongFieldUpdater<InterleaveSubscriber> REQUESTED =
                AtomicLongFieldUpdater.newUpdater(InterleaveSubscriber.class, "requested");

        private final CoreSubscriber<? super T> actual;
        private final Context context;
        private final int block;
        private final String name;
        private final Queue<InterleaveSource<T>> waiting;

        private @Nullable Subscription s;
        private volatile boolean done;
        private @Nullable Throwable error;

        // the drain's
        private final @Nullable InterleaveSource<T>[] slots;
        private final List<InterleaveSource<T>> neverOpened = new ArrayList<>(); // when it was over
        private int at;
        private int open;
        private int left; // of the block
        private volatile boolean ended;
        private volatile boolean cancelled;

        @SuppressWarnings("UnusedVariable") // by WIP
        private volatile int wip;

        @SuppressWarnings("UnusedVariable") // by BEGUN
        private volatile int begun;

        private volatile long requested;

        @SuppressWarnings({"unchecked", "rawtypes"})
        InterleaveSubscriber(CoreSubscriber<? super T> actual, int cycle, int block, String name) {
            this.actual = actual;
            this.context = actual.currentContext();
            this.block = block;
            this.left = block;
            this.name = name;
            this.slots = new InterleaveSource[cycle];
            this.waiting = Queues.<InterleaveSource<T>>unbounded(16).get();
        }

        // == the sources, one after the other ==

        @Override
        public void onSubscribe(Subscription subscription) {
            if (Operators.validate(s, subscription)) {
                s = subscription;
                actual.onSubscribe(this);
            }
        }

        @Override
        public void onNext(Flux<T> source) {
            if (done) {
                Operators.onNextDropped(source, context);
                return;
            }
            InterleaveSource<T> next = new InterleaveSource<>(this, block);
            waiting.offer(next);
            if (!isOver()) {
                source.subscribe(next); // reads its first block before its turn has come
            }
            drain();
        }

        @Override
        public void onError(Throwable t) {
            if (done) {
                Operators.onErrorDropped(t, context);
                return;
            }
            error = t;
            done = true;
            drain();
        }

        @Override
        public void onComplete() {
            done = true;
            drain();
        }

        // == downstream ==

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                Operators.addCap(REQUESTED, this, n);
                if (BEGUN.compareAndSet(this, 0, 1)) {
                    upstream().request(slots.length);
                }
                drain();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            upstream().cancel();
            drain();
        }

        // == emitting, by one thread at a time ==

        void drain() {
            if (WIP.getAndIncrement(this) != 0) {
                return;
            }
            int missed = 1;
            do {
                emit();
                missed = WIP.addAndGet(this, -missed);
            } while (missed != 0);
        }

        private void emit() {
            long limit = requested;
            long emitted = 0;
            while (!isOver()) {
                InterleaveSource<T> from = slots[at];
                if (from == null) {
                    if (!fill()) {
                        break;
                    }
                    continue;
                }
                boolean end = from.isDone(); // read before the queue: what came before the end is seen with it
                T element = emitted == limit ? from.peek() : from.poll();
                if (element == null) {
                    if (!end) {
                        break;
                    }
                    Throwable t = from.error();
                    if (t != null) {
                        end(t);
                        break;
                    }
                    slots[at] = null;
                    open--;
                    upstream().request(1);
                    advance();
                    continue;
                }
                if (emitted == limit) {
                    break;
                }
                emitted++;
                actual.onNext(element);
                from.taken();
                if (--left == 0) {
                    advance();
                }
            }
            Operators.produced(REQUESTED, this, emitted);
            if (isOver()) {
                discardAll();
            }
        }

        /** Puts the next source into the empty slot, or passes by it; false: neither can be done now. */
        private boolean fill() {
            boolean end = done; // read before the queue
            InterleaveSource<T> next = waiting.poll();
            if (next != null) {
                slots[at] = next;
                open++;
                return true;
            }
            if (!end) {
                return false;
            }
            Throwable t = error;
            if (t != null) {
                end(t);
            } else if (open == 0) {
                end(null);
            } else {
                advance();
            }
            return true;
        }

        private void advance() {
            at = (at + 1) % slots.length;
            left = block;
        }

        private void end(@Nullable Throwable t) {
            ended = true;
            if (t == null) {
                actual.onComplete();
            } else {
                upstream().cancel();
                actual.onError(t);
            }
        }

        private void discardAll() {
            for (InterleaveSource<T> next = waiting.poll(); next != null; next = waiting.poll()) {
                neverOpened.add(next);
            }
            neverOpened.forEach(InterleaveSource::cancelAndDiscard); // again, if more has come
            for (InterleaveSource<T> source : slots) {
                if (source != null) {
                    source.cancelAndDiscard();
                }
            }
        }

        boolean isOver() {
            return cancelled || ended;
        }

        private Subscription upstream() {
            return s == null ? Operators.cancelledSubscription() : s;
        }

        @Override
        public Context currentContext() {
            return context;
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
                return ended;
            }
            if (key == Attr.CANCELLED) {
                return cancelled;
            }
            if (key == Attr.ERROR) {
                return error;
            }
            if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
                return requested;
            }
            if (key == Attr.PREFETCH) {
                return slots.length;
            }
            if (key == Attr.RUN_STYLE) {
                return Attr.RunStyle.SYNC;
            }
            return null;
        }

        @Override
        public String stepName() {
            return name;
        }
    }
}
