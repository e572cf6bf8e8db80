package io.pipeflux.core.internal;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Creates a source for each element, subscribes to one source after the other, and emits the elements of the sources. A
 * source's elements go straight to the subscriber. Only requests, and the change from one source to the next, are
 * serialized. Every Throwable is signalled, as described in {@link Throwables}.
 *
 * <pre>
 *   elements   --a----------------b-------------X
 *   source of     a --1--2--3-|     b --4--5-|
 *   result       -----1--2--3----------4--5-----X
 * </pre>
 *
 * <p>The first element is requested when the subscriber makes its first request, or earlier if {@link Sources#early}
 * returns true. Each later element is requested when the source of the previous one has ended. If upstream ends with an
 * error, the error is signalled after the current source has emitted all its elements.
 */
public final class FluxConcat<T, R> extends Flux<R> {

    /** Creates the sources. */
    @FunctionalInterface
    public interface Sources<T, R> {
        /** Returns the source of an element. */
        Publisher<R> of(T element);

        /**
         * Returns the Context for the subscription to the source of an element. By default, this is the subscriber's
         * Context.
         */
        default Context in(T element, Context context) {
            return context;
        }

        /**
         * Returns whether to subscribe to the first source before the subscriber makes its first request. Returns false
         * by default.
         */
        default boolean early() {
            return false;
        }

        /** Signals that the source of an element has completed. Called before the next element is requested. */
        default void completed(T element, long emitted) {}
    }

    private final Flux<T> elements;
    private final Sources<T, R> sources;
    private final String name;

    /** @param name the subscriber's {@code stepName} */
    public FluxConcat(Flux<T> elements, Sources<T, R> sources, String name) {
        this.elements = elements;
        this.sources = sources;
        this.name = name;
    }

    @Override
    public void subscribe(CoreSubscriber<? super R> actual) {
        DrainingSubscriber.subscribe(elements, new ConcatSubscriber<>(actual, sources, name));
    }

    private static final class ConcatSubscriber<T, R> extends DrainingSubscriber<T, R> {

        private final Sources<T, R> sources;
        private volatile @Nullable SourceSubscriber<T, R> current;
        // the subscription to the current source or, if there is none, to the previous one
        private volatile @Nullable Subscription last;

        ConcatSubscriber(CoreSubscriber<? super R> actual, Sources<T, R> sources, String name) {
            super(actual, actual.currentContext(), name);
            this.sources = sources;
        }

        CoreSubscriber<? super R> actual() {
            return actual;
        }

        void fails(Throwable t) {
            fail(t);
        }

        boolean ends() {
            return isOver();
        }

        @Override
        public void onNext(T element) {
            if (isDone()) {
                Discards.drop(element, upstream(), context);
                return;
            }
            if (isOver()) {
                Discards.discard(element, upstream(), context);
                return;
            }
            SourceSubscriber<T, R> next = null;
            try {
                next = new SourceSubscriber<>(this, element, sources.in(element, context));
                current = next;
                sources.of(element).subscribe(next);
            } catch (Throwable t) {
                if (next == null || next.s == null) {
                    Discards.discard(element, upstream(), context);
                }
                fail(t);
            }
        }

        @Override
        protected void subscribed() {
            if (sources.early()) {
                begin();
            }
        }

        @Override
        protected void demanded(long n) {
            begin();
            drain();
        }

        private void begin() {
            if (beginsDemand()) {
                upstream().request(1);
            }
        }

        @Override
        protected void emit() {
            while (!isOver()) {
                // isDone() is called before the source is read; otherwise, a source that arrived before the end could
                // be missed
                boolean end = isDone();
                SourceSubscriber<T, R> source = current;
                if (source == null) {
                    if (end) {
                        signalEnd(error());
                    }
                    return;
                }
                if (!source.done) {
                    source.demand(requested());
                    return;
                }
                current = null;
                produced(source.emitted);
                Throwable failure = source.takeError();
                if (failure != null) {
                    cancelUpstream();
                    signalEnd(failure);
                    return;
                }
                sources.completed(source.element, source.emitted);
                upstream().request(1);
            }
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == SourceAttr.ROWS) {
                return RowArrival.of(last);
            }
            return super.scanUnsafe(key);
        }

        /** Cancels the current source. Called again if a source arrives after this operator has ended. */
        @Override
        protected void release() {
            SourceSubscriber<T, R> source = current;
            if (source != null) {
                source.cancelOnce();
                Throwable late = source.takeError();
                if (late != null) {
                    Throwables.drop(late, context);
                }
            }
        }
    }

    private static final class SourceSubscriber<T, R> implements RunSubscriber<R>, Scannable {

        private final ConcatSubscriber<T, R> parent;
        private final CoreSubscriber<? super R> actual;
        private final @Nullable RunSubscriber<? super R> runs;
        private final T element;
        private final Context context;

        private volatile @Nullable Subscription s;
        private volatile boolean done;
        private @Nullable Throwable error; // written before done is set
        private long emitted; // written by the source's thread; other threads read it only after done is set
        private boolean hasThrown; // whether the subscriber has thrown; used by the source's thread

        // The following fields are used only in the parent's drain.
        private long granted;
        private boolean cancelled;
        private boolean errorTaken;

        SourceSubscriber(ConcatSubscriber<T, R> parent, T element, Context context) {
            this.parent = parent;
            this.actual = parent.actual();
            this.runs = RunSubscriber.of(actual);
            this.element = element;
            this.context = context;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            if (Operators.validate(s, subscription)) {
                s = subscription;
                parent.last = subscription;
                parent.drain();
            }
        }

        @Override
        public void onNext(R element) {
            if (done) {
                Discards.drop(element, s, context);
                return;
            }
            if (hasThrown || parent.ends()) {
                Discards.discard(element, s, context);
                return;
            }
            emitted++;
            try {
                actual.onNext(element);
            } catch (Throwable t) {
                // elements that arrive later are discarded: if this thread is inside a request, the source may emit
                // some
                hasThrown = true;
                Throwables.cancel(Objects.requireNonNull(s), context);
                parent.fails(t);
            }
        }

        @Override
        public void runBegins() {
            if (runs != null) {
                runs.runBegins();
            }
        }

        @Override
        public void runEnds() {
            if (runs != null) {
                runs.runEnds();
            }
        }

        @Override
        public boolean letsGo() {
            return runs != null && runs.letsGo();
        }

        @Override
        public void chunkEnds(byte[] chunk, ChunkMemory memory) {
            if (runs != null) {
                runs.chunkEnds(chunk, memory);
            }
        }

        @Override
        public void onError(Throwable t) {
            if (done) {
                Throwables.drop(t, context);
                return;
            }
            error = t;
            done = true;
            parent.drain();
        }

        @Override
        public void onComplete() {
            if (!done) {
                done = true;
                parent.drain();
            }
        }

        /**
         * Requests elements from this source until it has been asked for {@code requested} elements in total.
         *
         * @param requested the number of elements that the subscriber has requested, minus the number that earlier
         *     sources have emitted
         */
        void demand(long requested) {
            Subscription subscription = s;
            if (subscription != null && requested > granted) {
                long more = requested == Long.MAX_VALUE ? requested : requested - granted;
                granted = requested;
                subscription.request(more);
            }
        }

        void cancelOnce() {
            Subscription subscription = s;
            if (subscription != null && !cancelled && !done) {
                cancelled = true;
                Throwables.cancel(subscription, context);
            }
        }

        @Nullable
        Throwable takeError() {
            if (!done || errorTaken) {
                return null;
            }
            errorTaken = true;
            return error;
        }

        @Override
        public Context currentContext() {
            return context;
        }

        @Override
        @SuppressWarnings("rawtypes") // Reactor's Attr is raw
        public @Nullable Object scanUnsafe(Attr key) {
            return Scans.synchronous(key, s, parent, done);
        }
    }
}
