package io.pipeflux.core;

import io.pipeflux.core.PipelineMonitor.Cause;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;

/** Reads ahead, bounded in bytes and elements, and hands over on a scheduler. */
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

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Scheduler.Worker worker = scheduler.createWorker();
        source.subscribe(new PrefetchSubscriber<>(actual, bytes, elements, worker, stepName()));
    }

    @Override
    public String stepName() {
        return bytes == Long.MAX_VALUE
                ? "prefetch(" + elements + ")"
                : "prefetchBytes(" + bytes + ", " + elements + ")";
    }

    static final class PrefetchSubscriber<T> extends DrainingSubscriber<T, T> implements Runnable {

        private final ReadAhead readAhead;
        private final PrefetchWindow window;
        private final int tellElements; // when so many are taken, or so many bytes, the reader is told of the room
        private final long tellBytes;
        private final Scheduler.Worker worker;
        private final QueueWatch watch;
        private final Queue<T> queue = Queues.<T>unbounded(256).get();

        // the worker's
        private int takenElements;
        private long takenBytes;

        PrefetchSubscriber(
                CoreSubscriber<? super T> actual, long bytes, int elements, Scheduler.Worker worker, String name) {
            super(actual, actual.currentContext(), name);
            this.readAhead = new ReadAhead(elements, bytes);
            this.window = new PrefetchWindow(bytes, elements);
            this.tellElements = Math.max(1, Math.min(elements / 4, 256));
            this.tellBytes = Math.max(1, bytes / 4);
            this.worker = worker;
            this.watch = QueueWatch.of(context, name);
        }

        // == upstream, by the reader ==

        @Override
        void subscribed() {
            ask();
        }

        @Override
        public void onNext(T element) {
            if (done) {
                Operators.onNextDropped(element, context);
                return;
            }
            if (cancelled) {
                Operators.onDiscard(element, context);
                return;
            }
            boolean full = window.add(Weight.of(element));
            queue.offer(element);
            if (full) {
                tellRead();
                if (readAhead.askAgain()) {
                    request();
                }
            }
            schedule();
        }

        private void tellRead() {
            readAhead.read(window.elements(), window.bytes());
            watch.queued(window.elements(), window.bytes());
        }

        private void request() {
            upstream().request(window.next(readAhead.heldElements(), readAhead.heldBytes()));
        }

        private void ask() {
            if (!done && !cancelled && readAhead.ask()) {
                request();
            }
        }

        @Override
        void ending(@Nullable Throwable t) {
            tellRead();
        }

        @Override
        void endCame() {
            schedule();
        }

        // == downstream ==

        @Override
        void demanded() {
            schedule();
        }

        private void schedule() {
            if (!enterDrain()) {
                return;
            }
            if (isOver()) {
                run();
                return;
            }
            try {
                worker.schedule(this);
            } catch (RejectedExecutionException e) {
                Throwable t = Operators.onRejectedExecution(e, upstream(), null, null, context);
                if (!isOver()) {
                    tellEnd(t);
                }
                run();
            }
        }

        // == emitting, by one thread at a time ==

        @Override
        public void run() {
            drainEntered();
        }

        @Override
        void emit() {
            long limit = requested();
            long emitted = 0;
            while (!isOver()) {
                boolean end = done; // read before the queue: what came before the end is seen with it
                if (emitted == limit) {
                    if (end && queue.isEmpty()) {
                        tellEnd(error);
                    } else {
                        watch.waitsFor(Cause.DEMAND);
                    }
                    break;
                }
                T element = queue.poll();
                if (element == null) {
                    if (end) {
                        tellEnd(error);
                    } else {
                        watch.waitsFor(Cause.UPSTREAM);
                    }
                    break;
                }
                emitted++;
                takenBytes += Weight.of(element);
                actual.onNext(element);
                if (++takenElements >= tellElements || takenBytes >= tellBytes) {
                    tellTaken();
                }
            }
            if (isOver()) {
                discardAll();
                return;
            }
            tellTaken();
            produced(emitted);
        }

        private void tellTaken() {
            if (takenElements > 0) {
                watch.waitsFor(null);
                watch.queued(-takenElements, -takenBytes);
                readAhead.gone(takenElements, takenBytes);
                takenElements = 0;
                takenBytes = 0;
                ask();
            }
        }

        private void discardAll() {
            T element;
            while ((element = queue.poll()) != null) {
                Operators.onDiscard(element, context);
            }
            long elements = readAhead.heldElements();
            long bytes = readAhead.heldBytes();
            readAhead.gone(elements, bytes);
            watch.queued(-elements, -bytes); // what was told as read and not as taken
            watch.close();
            worker.dispose();
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
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
