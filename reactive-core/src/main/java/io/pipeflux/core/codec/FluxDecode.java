package io.pipeflux.core.codec;

import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Drives a {@link FrameDecoder} over a stream of chunks: the only place where decoding meets demand.
 *
 * <pre>
 *   request(n) --&gt; frame in the buffer? -- yes --&gt; onNext, until n are out
 *                        | no
 *                        +-- upstream has ended? -- yes --&gt; complete, or the error it ended with, or truncated
 *                        |          | no
 *                        |          +--&gt; request(1) upstream: one chunk, appended to the buffer
 * </pre>
 */
final class FluxDecode<T> extends FluxOperator<ByteBuffer, T> {

    private final FrameFormat<T> format;
    private final StreamPlan plan;

    private FluxDecode(Flux<ByteBuffer> source, FrameFormat<T> format, StreamPlan plan) {
        super(source);
        this.format = format;
        this.plan = plan;
    }

    static <T> Flux<T> of(Flux<ByteBuffer> source, FrameFormat<T> format, StreamPlan plan) {
        return onAssembly(new FluxDecode<>(source, format, plan));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        StreamStart start;
        try {
            start = plan.start(Pass.current(actual.currentContext()));
        } catch (IllegalArgumentException e) {
            Operators.error(actual, e);
            return;
        }
        source.subscribe(new DecodeSubscriber<>(actual, source, format, start, plan));
    }

    @Override
    public String stepName() {
        return "decode(" + format.name() + ")";
    }

    static final class DecodeSubscriber<T> implements CoreSubscriber<ByteBuffer>, Subscription, Scannable {

        @SuppressWarnings("rawtypes")
        private static final AtomicIntegerFieldUpdater<DecodeSubscriber> WIP =
                AtomicIntegerFieldUpdater.newUpdater(DecodeSubscriber.class, "wip");

        @SuppressWarnings("rawtypes")
        private static final AtomicLongFieldUpdater<DecodeSubscriber> REQUESTED =
                AtomicLongFieldUpdater.newUpdater(DecodeSubscriber.class, "requested");

        private final CoreSubscriber<? super T> actual;
        private final Publisher<?> source;
        private final FrameFormat<T> format;
        private final Frames<T> frames;
        private final StreamPlan plan;
        private final PipelineMonitor monitor;

        private @Nullable Subscription s;
        private boolean chunkRequested;
        private boolean ended;
        private @Nullable T ready; // a frame that was decoded before it was asked for, at the end of input only

        private volatile @Nullable ByteBuffer arrived;
        private volatile boolean done;
        private volatile @Nullable Throwable error;
        private volatile boolean cancelled;

        @SuppressWarnings("UnusedVariable") // by WIP
        private volatile int wip;

        private volatile long requested;

        DecodeSubscriber(
                CoreSubscriber<? super T> actual,
                Publisher<?> source,
                FrameFormat<T> format,
                StreamStart start,
                StreamPlan plan) {
            this.actual = actual;
            this.source = source;
            this.format = format;
            this.plan = plan;
            this.monitor = PipelineMonitor.current(actual.currentContext());
            String key = start.source();
            RecordOrigin origin = start.origin(key == null ? this::upstreamName : () -> key);
            this.frames = new Frames<>(format, origin, start, plan.skips(format.skipPolicy(), monitor), this::dropped);
        }

        private void dropped(T frame) {
            Operators.onDiscard(frame, actual.currentContext());
        }

        /** The name of the pipe being read, or the one that {@code Flux.name} gave. */
        private String upstreamName() {
            return Stream.of(Scannable.from(s), Scannable.from(source))
                    .flatMap(upstream -> Stream.concat(Stream.of(upstream), upstream.parents()))
                    .map(upstream -> upstream.scan(Attr.NAME))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse("unnamed stream");
        }

        // == upstream ==

        @Override
        public void onSubscribe(Subscription subscription) {
            if (Operators.validate(s, subscription)) {
                s = subscription;
                actual.onSubscribe(this);
            }
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            if (done) {
                Operators.onNextDropped(chunk, actual.currentContext());
                return;
            }
            arrived = chunk;
            drain();
        }

        @Override
        public void onError(Throwable t) {
            if (done) {
                Operators.onErrorDropped(t, actual.currentContext());
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
                drain();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            upstream().cancel();
            drain(); // for what has arrived and will not be decoded
        }

        // == decoding, by one thread at a time ==

        private void drain() {
            if (WIP.getAndIncrement(this) != 0) {
                return;
            }
            int missed = 1;
            do {
                try {
                    step();
                } catch (Throwable t) {
                    fail(Operators.onOperatorError(upstream(), t, actual.currentContext()));
                }
                missed = WIP.addAndGet(this, -missed);
            } while (missed != 0);
        }

        private void step() {
            if (ended || cancelled) {
                discard();
                return;
            }
            boolean end = done; // read before the chunk: a chunk that came before the end is seen with it
            takeArrived();
            long limit = requested;
            long emitted = emit(limit, end);
            Operators.produced(REQUESTED, this, emitted);
            if (cancelled) {
                discard();
            } else if (end) {
                finish();
            } else if (emitted < limit && !chunkRequested) {
                chunkRequested = true;
                upstream().request(1);
            }
        }

        private void takeArrived() {
            ByteBuffer chunk = arrived;
            if (chunk != null) {
                arrived = null;
                chunkRequested = false;
                frames.append(chunk);
            }
        }

        private long emit(long limit, boolean end) {
            long emitted = 0;
            long records = 0;
            try {
                while (emitted < limit && !cancelled) {
                    T frame = next(end);
                    if (frame == null) {
                        break;
                    }
                    emitted++;
                    records += frame instanceof RawRecord ? 1 : 0; // others are chunks and batches
                    actual.onNext(frame);
                }
            } finally {
                if (records > 0) {
                    monitor.addRecords(records);
                }
            }
            return emitted;
        }

        private @Nullable T next(boolean end) {
            T frame = ready;
            ready = null;
            return frame != null ? frame : frames.next(end && error == null);
        }

        /** Upstream has ended: ends too, unless a frame is left that nobody has asked for yet. */
        private void finish() {
            if (ready == null) {
                ready = next(true);
            }
            if (ready != null) {
                return;
            }
            Throwable cause = error != null ? error : frames.truncation();
            if (cause != null) {
                fail(cause);
                return;
            }
            ended = true;
            discard();
            plan.ended(frames.nextRecord(), frames.toDrop());
            actual.onComplete();
        }

        private void fail(Throwable t) {
            if (ended) {
                Operators.onErrorDropped(t, actual.currentContext());
                return;
            }
            ended = true;
            discard();
            actual.onError(t);
        }

        private void discard() {
            Operators.onDiscard(arrived, actual.currentContext());
            arrived = null;
            Operators.onDiscard(ready, actual.currentContext());
            ready = null;
            frames.close();
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
                return 1;
            }
            if (key == Attr.RUN_STYLE) {
                return Attr.RunStyle.SYNC;
            }
            return null;
        }

        @Override
        public String stepName() {
            return "decode(" + format.name() + ")";
        }
    }
}
