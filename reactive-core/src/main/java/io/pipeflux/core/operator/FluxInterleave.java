package io.pipeflux.core.operator;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Mixed.Place;
import io.pipeflux.core.internal.Throwables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
        InterleaveSubscriber<T> subscriber;
        try {
            MixStart start = MixStart.of(actual.currentContext(), stepName());
            subscriber = new InterleaveSubscriber<>(actual, cycle, block, start);
        } catch (Throwable t) {
            Throwables.refuse(actual, Throwables.toSignal(t, actual.currentContext()));
            return;
        }
        DrainingSubscriber.subscribe(source, subscriber);
    }

    @Override
    public String stepName() {
        return "interleave(" + cycle + ", " + block + ")";
    }

    /**
     * Subscribes to the sources and emits their elements.
     *
     * <pre>
     *   waiting sources    s5  s4
     *   slots              [s0]  [s1]  [s2]  [s3]
     *   emitting                  ^
     * </pre>
     *
     * <p>There are up to {@code cycle} slots. One more source is requested whenever a slot becomes free. At most one
     * block of elements is requested at a time from the source in each slot. Elements are emitted from the source in
     * the slot {@code at}.
     */
    static final class InterleaveSubscriber<T> extends DrainingSubscriber<Flux<T>, T> {

        private final int cycle;
        private final int block;
        private final Queue<InterleaveSource<T>> waiting;
        private final Set<InterleaveSource<T>> begun = ConcurrentHashMap.newKeySet(); // the sources to cancel

        // used by the draining thread only
        private final List<@Nullable InterleaveSource<T>> slots = new ArrayList<>();
        // sources that were still waiting for a slot when the mix ended
        private final List<InterleaveSource<T>> neverOpened = new ArrayList<>();
        private int at;
        private int open;
        private int left; // the number of elements of the current block that have not been emitted
        private long used; // the number of sources that have been given a slot
        private long toDrop; // the number of elements to drop, because they precede the resume point
        private final MixStart start;
        private final MixMarks marks;

        // The constructor sets the following fields. After that, `expected` and `arrived` are changed only by the
        // thread that emits the sources.
        private final long resumed; // the number of sources that had been given a slot before the resume point
        // the resumed sources that have a slot but have not arrived yet, keyed by their ordinals
        private final Map<Long, InterleaveSource<T>> expected = new HashMap<>();
        private long arrived; // the number of sources that have arrived

        InterleaveSubscriber(CoreSubscriber<? super T> actual, int cycle, int block, MixStart start) {
            super(actual, start.inSources(actual.currentContext()), start.by());
            this.cycle = cycle;
            this.block = block;
            this.left = block;
            this.waiting = Queues.<InterleaveSource<T>>unbounded(16).get();
            this.start = start;
            this.marks = new MixMarks(start);
            this.toDrop = start.drop();
            if (start.state() != null) {
                resume(start.state());
            }
            this.resumed = used;
        }

        private void resume(Mixed<ResumePoint> state) {
            List<Long> turn = state.turn();
            int count = state.places().size();
            start.require(turn.size() == 3 && count <= cycle);
            start.require(turn.get(0) >= 0 && turn.get(0) < count && turn.get(1) >= 1 && turn.get(1) <= block);
            at = turn.get(0).intValue();
            left = turn.get(1).intValue();
            used = turn.get(2);
            for (int i = 0; i < count; i++) {
                Place<ResumePoint> place = state.places().get(i);
                if (place == null) {
                    slots.add(null);
                    marks.end(i);
                    continue;
                }
                start.require(place.source() < used);
                InterleaveSource<T> next = new InterleaveSource<>(this, start.inSource(context, place), block);
                slots.add(next);
                start.require(expected.put(place.source(), next) == null);
                marks.open(i, place.source(), place.point());
                open++;
            }
        }

        // == signals from upstream, which emits the sources ==

        @Override
        public void onNext(Flux<T> source) {
            if (isDone()) {
                Operators.onNextDropped(source, context);
                return;
            }
            InterleaveSource<T> next;
            try {
                next = arrived < resumed ? expected.remove(arrived) : new InterleaveSource<>(this, context, block);
                if (arrived++ >= resumed) {
                    waiting.offer(next);
                }
            } catch (Throwable t) {
                failAfterKept(t);
                return;
            }
            if (next != null) { // null for a source that had ended before the resume point
                begun.add(next); // before isOver() is checked
                if (!isOver()) {
                    next.subscribeTo(source); // this requests the first block before it is the source's turn
                }
            }
            drain();
        }

        // == signals from downstream ==

        @Override
        protected void demanded(long n) {
            if (beginsDemand()) {
                upstream().request(Operators.addCap(cycle, resumed - open));
            }
            drain();
        }

        // == emitting, done by one thread at a time ==

        @Override
        protected void emit() {
            long limit = requested();
            long emitted = 0;
            if (isDone() && arrived < resumed) {
                signalEnd(error() != null ? error() : start.missing(resumed, arrived));
                return;
            }
            while (!isOver()) {
                InterleaveSource<T> from = at < slots.size() ? slots.get(at) : null;
                if (from == null) {
                    if (!fill()) {
                        break;
                    }
                    continue;
                }
                // checked before the queue is polled, so that the last elements are not missed
                boolean end = from.isDone();
                boolean drops = toDrop > 0;
                T element = emitted == limit && !drops ? from.peek() : from.poll();
                if (element == null) {
                    if (!end) {
                        break;
                    }
                    Throwable t = from.takeError();
                    if (t != null) {
                        cancelUpstream();
                        signalEnd(t);
                        break;
                    }
                    slots.set(at, null);
                    begun.remove(from);
                    marks.end(at);
                    open--;
                    upstream().request(1);
                    advance();
                    continue;
                }
                if (drops) {
                    toDrop--;
                    from.discard(marked(from, element));
                } else if (emitted == limit) {
                    break;
                } else {
                    emitted++;
                    actual.onNext(marked(from, element));
                }
                from.taken();
                if (--left == 0) {
                    advance();
                }
            }
            produced(emitted);
        }

        private T marked(InterleaveSource<T> from, T element) {
            try {
                if (marks.isDue()) {
                    marks.mark(List.of((long) at, (long) left, used));
                }
                return marks.mixed(at, element);
            } catch (Throwable t) {
                from.discard(element);
                throw t;
            }
        }

        /**
         * Puts the next source into the empty slot. Returns false if more sources may arrive, but none has arrived yet.
         * If no more sources will arrive, skips the slot or, if all sources have ended or the Flux of sources has
         * failed, ends the result.
         */
        private boolean fill() {
            boolean end = isDone(); // checked before the queue is polled, so that the last sources are not missed
            InterleaveSource<T> next = waiting.poll();
            if (next != null) {
                if (at < slots.size()) {
                    slots.set(at, next);
                } else {
                    slots.add(next);
                }
                marks.open(at, used++, null);
                open++;
                return true;
            }
            if (!end) {
                return false;
            }
            if (error() != null) {
                signalEnd(error());
            } else if (open == 0) {
                signalEnd(toDrop == 0 ? null : start.ended(toDrop));
            } else {
                advance();
            }
            return true;
        }

        private void advance() {
            boolean last = at == slots.size() || at + 1 == cycle; // an unused slot is always the last one
            at = last ? 0 : at + 1;
            left = block;
        }

        @Override
        protected void cancelSources() {
            begun.forEach(InterleaveSource::cancel);
        }

        @Override
        protected void release() {
            for (InterleaveSource<T> next = waiting.poll(); next != null; next = waiting.poll()) {
                neverOpened.add(next);
            }
            // release() may be called several times, so each call discards the elements that have arrived in the
            // meantime
            neverOpened.forEach(InterleaveSource::cancelAndDiscard);
            for (InterleaveSource<T> source : slots) {
                if (source != null) {
                    source.cancelAndDiscard();
                }
            }
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == Attr.PREFETCH) {
                return cycle;
            }
            return super.scanUnsafe(key);
        }
    }
}
