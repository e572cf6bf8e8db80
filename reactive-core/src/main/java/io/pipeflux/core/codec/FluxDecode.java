package io.pipeflux.core.codec;

import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.LendsChunks;
import io.pipeflux.core.internal.RowArrival;
import io.pipeflux.core.internal.RunSubscriber;
import io.pipeflux.core.internal.SourceAttr;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;

/**
 * Runs a {@link FrameDecoder} on a stream of chunks, according to demand. All decoding is done through this class.
 *
 * <pre>{@code
 *   request(n) --> frame in the buffer? -- yes --> onNext, for up to n frames
 *                        | no
 *                        +-- upstream has ended? -- yes --> onComplete, or onError if upstream failed or a frame
 *                        |          | no                    is incomplete
 *                        |          +--> request(1) upstream, and append the chunk to the buffer
 * }</pre>
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
        DecodeSubscriber<T> subscriber;
        try {
            StreamStart start = plan.start(Pass.current(actual.currentContext()));
            subscriber = new DecodeSubscriber<>(actual, source, format, start, plan, stepName());
        } catch (Throwable t) {
            Throwables.refuse(actual, t);
            return;
        }
        DrainingSubscriber.subscribe(source, subscriber);
    }

    @Override
    public String stepName() {
        return "decode(" + format.name() + ")";
    }

    static final class DecodeSubscriber<T> extends DrainingSubscriber<ByteBuffer, T> {

        private final Publisher<?> source;
        private final FrameFormat<T> format;
        private final @Nullable RunSubscriber<? super T> runs;
        private final Frames<T> frames;
        private final StreamStart start;
        private final StreamPlan plan;
        private final PipelineReporter reporter;

        private volatile @Nullable ByteBuffer arrived;
        // the name that the pipe's writer has given to the content, or null if it is unknown
        private volatile @Nullable String content;

        // The following fields are used only by the thread that drains.
        private boolean chunkRequested;
        private boolean begun; // whether bytes have arrived
        private boolean dry; // whether the bytes that have arrived contain no further complete frame
        // a frame that was decoded before it was requested; this happens only at the end of the input
        private @Nullable T ready;

        DecodeSubscriber(
                CoreSubscriber<? super T> actual,
                Publisher<?> source,
                FrameFormat<T> format,
                StreamStart start,
                StreamPlan plan,
                String name) {
            super(actual, actual.currentContext(), name);
            this.source = source;
            this.format = format;
            // User code that receives skipped records might wait for a batch of earlier rows. No code may wait during a
            // run. Therefore, if there is such user code, downstream is not notified of runs.
            this.runs = CoreAccess.get().hasReceiver(format.skipPolicy()) ? null : RunSubscriber.of(actual);
            this.start = start;
            this.plan = plan;
            this.reporter = PipelineReporter.current(context);
            RecordOrigin origin = plan.origin(start, this::upstreamName, () -> content);
            this.frames = new Frames<>(format, origin, start, plan.skips(format.skipPolicy(), reporter), this::dropped);
            ChunkMemory memory = LendsChunks.of(source);
            if (runs != null && memory != null && runs.letsGo()) {
                frames.reportLeftTo(new LeftChunks(runs, memory));
            }
            frames.inDoubt(() -> fromUpstream(SourceAttr.DOUBT).orElse(null));
        }

        private void dropped(T frame) {
            Operators.onDiscard(frame, context);
        }

        /** Returns the name of the pipe that is being read, or the name set by {@code Flux.name}. */
        private String upstreamName() {
            return fromUpstream(Attr.NAME).orElse("unnamed stream");
        }

        private Optional<String> fromUpstream(Attr<String> attribute) {
            return Stream.of(Scannable.from(upstream()), Scannable.from(source))
                    .flatMap(upstream -> Stream.concat(Stream.of(upstream), upstream.parents()))
                    .map(upstream -> upstream.scan(attribute))
                    .filter(Objects::nonNull)
                    .findFirst();
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            if (isDone()) {
                Operators.onNextDropped(chunk, context);
                return;
            }
            // only one chunk was requested, so a second one is an error; it must not replace the first one, which is
            // still unread
            if (arrived != null && !isOver()) {
                Operators.onDiscard(chunk, context);
                failAfterKept(Exceptions.failWithOverflow("upstream emitted a chunk that was not requested"));
                return;
            }
            arrived = chunk;
            drain();
        }

        @Override
        protected void demanded(long n) {
            drain();
        }

        // == decoding, one thread at a time ==

        @Override
        protected void emit() {
            // isDone() is called before the chunk is taken, so that a chunk that arrived before the end is not missed
            boolean end = isDone();
            takeArrived();
            if (requested() > 0) {
                emitRun(end);
            }
            if (isCancelled()) {
                return;
            }
            if (end) {
                finish();
            } else if (dry && requested() > 0 && !chunkRequested) { // if not dry, the next round emits frames
                chunkRequested = true;
                upstream().request(1);
            }
        }

        private void takeArrived() {
            ByteBuffer chunk = arrived;
            if (chunk != null) {
                arrived = null;
                chunkRequested = false;
                try {
                    if (!begun) {
                        begun = true;
                        content = fromUpstream(SourceAttr.CONTENT).orElse(null);
                        start.requireContent(content, this::upstreamName);
                    }
                    frames.append(chunk);
                    dry = false;
                } catch (Throwable t) {
                    Operators.onDiscard(chunk, context);
                    throw t;
                }
            }
        }

        /**
         * Decodes the bytes that have arrived, and emits up to the requested number of frames. Frames that are
         * requested during the emission are emitted, too.
         */
        private void emitRun(boolean end) {
            if (runs != null) {
                runs.runBegins();
            }
            try {
                produced(emitFrames(end));
            } finally {
                if (runs != null) {
                    runs.runEnds();
                }
            }
        }

        private long emitFrames(boolean end) {
            long limit = requested();
            long emitted = 0;
            long records = 0;
            try {
                while ((emitted < limit || emitted < (limit = requested())) && !isCancelled()) {
                    T frame = next(end);
                    dry = frame == null;
                    if (frame == null) {
                        break;
                    }
                    emitted++;
                    records += frame instanceof RawRecord ? 1 : 0; // only frames of this type count as records
                    actual.onNext(frame);
                }
            } finally {
                if (records > 0) {
                    reporter.addRecords(records);
                }
            }
            return emitted;
        }

        private @Nullable T next(boolean end) {
            T frame = ready;
            ready = null;
            return frame != null ? frame : frames.next(end && error() == null);
        }

        /**
         * Sends the terminal signal downstream, unless a frame remains that has not been requested yet. Called when
         * upstream has ended.
         */
        private void finish() {
            if (ready == null) {
                ready = next(true);
            }
            if (ready != null) {
                return;
            }
            Throwable cause = error() != null ? error() : frames.truncation();
            if (cause == null) {
                plan.ended(frames.nextRecord(), frames.toDrop());
            }
            signalEnd(cause);
        }

        @Override
        protected void release() {
            Operators.onDiscard(arrived, context);
            arrived = null;
            Operators.onDiscard(ready, context);
            ready = null;
            frames.close();
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == SourceAttr.CONTENT) {
                return content;
            }
            if (key == SourceAttr.ROWS) {
                return CoreAccess.get().hasReceiver(format.skipPolicy())
                        ? RowArrival.ONE_BY_ONE + "a receiver of dead letters is set"
                        : RowArrival.IN_RUNS;
            }
            return key == Attr.PREFETCH ? Integer.valueOf(1) : super.scanUnsafe(key);
        }
    }
}
