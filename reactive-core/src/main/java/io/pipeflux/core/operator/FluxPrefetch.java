package io.pipeflux.core.operator;

import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.RowArrival;
import io.pipeflux.core.internal.RunSubscriber;
import io.pipeflux.core.internal.Throwables;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/** Reads ahead within a bound in bytes and a bound in elements, and emits on a scheduler. */
final class FluxPrefetch<T> extends FluxOperator<T, T> {

    private final long bytes;
    private final int elements;
    private final Scheduler scheduler;

    private FluxPrefetch(Flux<? extends T> source, long bytes, int elements, Scheduler scheduler) {
        super(source);
        this.bytes = bytes;
        this.elements = elements;
        this.scheduler = scheduler;
    }

    static <T> Flux<T> of(Flux<T> source, long bytes, int elements, Scheduler scheduler) {
        return onAssembly(new FluxPrefetch<>(source, bytes, elements, scheduler));
    }

    Flux<? extends T> upstream() {
        return source;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /** Returns the bound in bytes, or {@link Long#MAX_VALUE} if there is none. */
    long bytes() {
        return bytes;
    }

    int elements() {
        return elements;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        PrefetchSubscriber<T> subscriber;
        Scheduler.Worker worker = null;
        try {
            worker = scheduler.createWorker();
            subscriber = new PrefetchSubscriber<>(actual, bytes, elements, worker, stepName());
        } catch (Throwable t) {
            if (worker != null) {
                Throwables.attempt(worker::dispose, actual.currentContext());
            }
            Throwables.refuse(actual, Throwables.ofScheduler(t, actual.currentContext()));
            return;
        }
        DrainingSubscriber.subscribe(source, subscriber);
    }

    @Override
    public String stepName() {
        return bytes == Long.MAX_VALUE
                ? "prefetch(" + elements + ")"
                : "prefetchBytes(" + bytes + ", " + elements + ")";
    }

    static final class PrefetchSubscriber<T> extends DrainingSubscriber<T, T>
            implements Runnable, RunSubscriber<T>, Discards.PassesElements {

        private final ReadAhead readAhead;
        private final PrefetchWindow window;
        private final HeldChunks chunks = new HeldChunks();

        @SuppressWarnings("rawtypes")
        private static final AtomicIntegerFieldUpdater<PrefetchSubscriber> WAKING =
                AtomicIntegerFieldUpdater.newUpdater(PrefetchSubscriber.class, "waking");

        private static final int ANNOUNCED_TOGETHER = 32;

        private static final int MOST_IN_ARRAY = 1024;

        private static final int MOST_TAKEN = 256;

        private final int quarter; // after this number of elements has been taken, there is room for the next request
        // used instead of `quarter` if the source emits on the requesting thread, because an early request to such a
        // source saves no time
        private final int threeQuarters;
        private final long reportAfterBytes;
        private final Scheduler.Worker worker;
        private final QueueWatch watch;
        private final Queue<T> queue;
        private final boolean weighs; // whether bytes are counted, for the bound or for a monitor

        // used by upstream's thread only
        private boolean inRun;
        // the number of elements of the current run for which the worker has not been woken yet
        private int unannounced;

        /** 1 if the worker's task is scheduled and has not started yet, otherwise 0. */
        @SuppressWarnings("UnusedVariable") // accessed through WAKING
        private volatile int waking;

        /**
         * The thread that is making a request inside the drain, or null. No fence is needed, because a thread only
         * compares this field with itself, and no other thread writes that value. Elements that arrive on this thread
         * during the request need no wake-up.
         */
        private @Nullable Thread asking;

        // used by the draining thread only
        private boolean broughtInside;
        private int reportAfterElements;
        private int takenElements;
        private long takenBytes;

        PrefetchSubscriber(
                CoreSubscriber<? super T> actual, long bytes, int elements, Scheduler.Worker worker, String name) {
            super(actual, actual.currentContext(), name);
            this.readAhead = new ReadAhead(elements, bytes);
            this.window = new PrefetchWindow(bytes, elements);
            this.quarter = Math.max(1, Math.min(elements / 4, MOST_TAKEN));
            this.threeQuarters = Math.min(elements - elements / 4, MOST_TAKEN);
            this.reportAfterElements = quarter;
            this.reportAfterBytes = Math.max(1, bytes / 4);
            this.worker = worker;
            this.watch = QueueWatch.of(context, name, () -> name + ": " + RowArrival.of(upstream()));
            this.weighs = bytes != Long.MAX_VALUE || watch.isOn();
            this.queue = (elements <= MOST_IN_ARRAY ? Queues.<T>get(elements) : Queues.<T>unbounded(256)).get();
        }

        // == signals from upstream, on the reading thread ==

        @Override
        protected void subscribed() {
            ask();
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
            boolean kept = false;
            try {
                T held = chunks.keep(element);
                boolean full = weighs ? window.add(Weight.of(held)) : window.add();
                kept = queue.offer(held);
                if (!kept) {
                    throw Exceptions.failWithOverflow("upstream emitted more elements than were requested");
                }
                if (full) {
                    reportRead();
                    if (readAhead.askAgain()) {
                        request();
                    }
                }
            } catch (Throwable t) {
                if (!kept) {
                    Discards.discard(element, upstream(), context);
                }
                failAfterKept(t);
                return;
            }
            if (asking == Thread.currentThread()) {
                broughtInside = true;
            } else if (!inRun || ++unannounced == ANNOUNCED_TOGETHER) {
                unannounced = 0;
                schedule();
            }
        }

        @Override
        public void runBegins() {
            inRun = true;
        }

        @Override
        public void runEnds() {
            inRun = false;
            if (unannounced > 0) {
                unannounced = 0;
                schedule();
            }
        }

        private void reportRead() {
            readAhead.read(window.elements(), window.bytes());
            watch.queued(window.elements(), window.bytes());
            window.reported();
        }

        private void request() {
            upstream().request(window.next(readAhead.heldElements(), readAhead.heldBytes()));
        }

        private void ask() {
            if (!isDone() && !isOver() && readAhead.ask()) {
                request();
            }
        }

        @Override
        protected void ending(@Nullable Throwable t) {
            reportRead();
        }

        @Override
        protected void endCame() {
            schedule();
        }

        // == signals from downstream ==

        @Override
        protected void demanded(long n) {
            schedule();
        }

        private void schedule() {
            if (!enterDrain()) {
                return;
            }
            if (isOver()) {
                drainEntered();
                return;
            }
            waking = 1;
            try {
                worker.schedule(this);
            } catch (Throwable t) {
                boolean untouched = WAKING.compareAndSet(this, 1, 0);
                failWith(Throwables.ofScheduler(t, context));
                if (untouched) {
                    drainEntered();
                } else {
                    drain(); // the task has started despite the exception
                }
            }
        }

        // == emitting, done by one thread at a time ==

        @Override
        public void run() {
            if (WAKING.compareAndSet(this, 1, 0)) {
                drainEntered();
            }
        }

        @Override
        protected void emit() {
            long limit = requested();
            long emitted = 0;
            while (!isOver()) {
                // checked before the queue is polled, so that the last elements are not missed
                boolean end = isDone();
                if (emitted == limit) {
                    if (end && queue.isEmpty()) {
                        signalEnd(error());
                    } else {
                        watch.waitsFor(Cause.DEMAND);
                    }
                    break;
                }
                T element = queue.poll();
                if (element == null) {
                    if (end) {
                        signalEnd(error());
                    } else {
                        watch.waitsFor(Cause.UPSTREAM);
                    }
                    break;
                }
                emitted++;
                takenBytes += weighs ? Weight.of(element) : 0;
                actual.onNext(element);
                if (++takenElements >= reportAfterElements || takenBytes >= reportAfterBytes) {
                    reportTaken();
                }
            }
            if (!isOver()) {
                reportTaken();
                produced(emitted);
                if (broughtInside && !queue.isEmpty()) {
                    broughtInside = false;
                    drain(); // because of the elements that arrived during the request
                }
            }
        }

        private void reportTaken() {
            if (takenElements > 0) {
                watch.waitsFor(null);
                watch.queued(-takenElements, -takenBytes);
                readAhead.gone(takenElements, takenBytes);
                takenElements = 0;
                takenBytes = 0;
                broughtInside = false;
                asking = Thread.currentThread();
                try {
                    ask();
                } finally {
                    asking = null;
                }
                reportAfterElements = broughtInside ? threeQuarters : quarter;
            }
        }

        @Override
        protected void release() {
            try {
                T element;
                while ((element = queue.poll()) != null) {
                    Discards.discard(element, upstream(), context);
                }
                long elements = readAhead.heldElements();
                long bytes = readAhead.heldBytes();
                readAhead.gone(elements, bytes);
                watch.queued(-elements, -bytes); // these elements were reported as queued, but not as taken
                watch.close();
            } finally {
                worker.dispose();
            }
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == Attr.BUFFERED) {
                return queue.size();
            }
            if (key == Attr.RUN_ON) {
                return worker;
            }
            if (key == Attr.RUN_STYLE) {
                return Attr.RunStyle.ASYNC;
            }
            return super.scanUnsafe(key);
        }
    }
}
