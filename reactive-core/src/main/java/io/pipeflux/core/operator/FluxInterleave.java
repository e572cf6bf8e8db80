package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Throwables;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/** Takes a block of elements from each of {@code cycle} sources in turn. */
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
            Throwables.refuse(
                    actual,
                    new IllegalArgumentException(
                            stepName() + " mixes the records of several sources, so it cannot start at "
                                    + start.position()
                                    + ": start at the beginning of an epoch"));
            return;
        }
        DrainingSubscriber.subscribe(source, new InterleaveSubscriber<>(actual, cycle, block, stepName()));
    }

    @Override
    public String stepName() {
        return "interleave(" + cycle + ", " + block + ")";
    }

    /**
     * <pre>
     *   sources that wait     s5 s4          requested one by one, as slots become free
     *   slots                 [s0] [s1] [s2] [s3]      each has requested at most a block from its source
     *                               ^ at               only this source is emitted from
     *                                                  slots are added as sources arrive, up to the cycle
     * </pre>
     */
    static final class InterleaveSubscriber<T> extends DrainingSubscriber<Flux<T>, T> {

        private final int cycle;
        private final int block;
        private final Queue<InterleaveSource<T>> waiting;

        // used by the draining thread only
        private final List<@Nullable InterleaveSource<T>> slots = new ArrayList<>();
        private final List<InterleaveSource<T>> neverOpened = new ArrayList<>(); // sources that still waited at the end
        private int at;
        private int open;
        private int left; // how many elements of the block have not been emitted

        InterleaveSubscriber(CoreSubscriber<? super T> actual, int cycle, int block, String name) {
            super(actual, actual.currentContext(), name);
            this.cycle = cycle;
            this.block = block;
            this.left = block;
            this.waiting = Queues.<InterleaveSource<T>>unbounded(16).get();
        }

        // == the sources, one after the other ==

        @Override
        public void onNext(Flux<T> source) {
            if (isDone()) {
                Operators.onNextDropped(source, context);
                return;
            }
            InterleaveSource<T> next = null;
            try {
                next = new InterleaveSource<>(this, block);
                waiting.offer(next);
                if (!isOver()) {
                    source.subscribe(next); // reads its first block before its turn
                }
            } catch (Throwable t) {
                if (next == null) {
                    failAfterKept(t);
                    return;
                }
                next.fail(t);
            }
            drain();
        }

        // == downstream ==

        @Override
        protected void demanded(long n) {
            if (beginsDemand()) {
                upstream().request(cycle);
            }
            drain();
        }

        // == emitting, by one thread at a time ==

        @Override
        protected void emit() {
            long limit = requested();
            long emitted = 0;
            while (!isOver()) {
                InterleaveSource<T> from = at < slots.size() ? slots.get(at) : null;
                if (from == null) {
                    if (!fill()) {
                        break;
                    }
                    continue;
                }
                boolean end = from.isDone(); // read before the queue, so that elements before the end are not missed
                T element = emitted == limit ? from.peek() : from.poll();
                if (element == null) {
                    if (!end) {
                        break;
                    }
                    Throwable t = from.takeError();
                    if (t != null) {
                        cancelUpstream();
                        tellEnd(t);
                        break;
                    }
                    slots.set(at, null);
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
            produced(emitted);
        }

        /** Puts the next source into the empty slot, or skips the slot. Returns false if neither is possible now. */
        private boolean fill() {
            boolean end = isDone(); // read before the queue
            InterleaveSource<T> next = waiting.poll();
            if (next != null) {
                if (at < slots.size()) {
                    slots.set(at, next);
                } else {
                    slots.add(next);
                }
                open++;
                return true;
            }
            if (!end) {
                return false;
            }
            if (error() != null) {
                tellEnd(error());
            } else if (open == 0) {
                tellEnd(null);
            } else {
                advance();
            }
            return true;
        }

        private void advance() {
            boolean last = at == slots.size() || at + 1 == cycle; // a slot that was never used is the last one
            at = last ? 0 : at + 1;
            left = block;
        }

        @Override
        protected void release() {
            for (InterleaveSource<T> next = waiting.poll(); next != null; next = waiting.poll()) {
                neverOpened.add(next);
            }
            neverOpened.forEach(InterleaveSource::cancelAndDiscard); // again, if more elements have arrived
            for (InterleaveSource<T> source : slots) {
                if (source != null) {
                    source.cancelAndDiscard();
                }
            }
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == Attr.PREFETCH) {
                return cycle;
            }
            return super.scanUnsafe(key);
        }
    }
}
