package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.Position;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.Skips;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Decodes the objects of one epoch in sequence. Record ordinals continue from object to object. */
final class ObjectsDecoding<T> {

    private final FrameFormat<T> format;
    private final Pass pass;
    private final @Nullable ResumePoint start; // null if it is the beginning of an epoch
    private final long firstObject;
    private final Skips skips;
    private @Nullable RecordOrigin previous;
    private long nextRecord;
    private long toDrop;
    private boolean started;

    private ObjectsDecoding(FrameFormat<T> format, Pass pass, PipelineReporter reporter) {
        ResumePoint point = pass.checkedStart();
        this.format = format;
        this.pass = pass;
        this.skips = CoreAccess.get().skips(format.skipPolicy(), reporter);
        this.start = point == null || point.isBeginning() ? null : point;
        this.firstObject = start == null ? 0 : start.position().objectOrdinal();
        this.started = start == null;
        if (start != null && !start.position().hasObject()) {
            throw new IllegalArgumentException(
                    "expected a start point in an object, since this stream consists of objects, but got "
                            + start.position() + ": start with a point that was taken from a stream of objects");
        }
    }

    static <T> Flux<T> decode(Flux<ObjectBytes> objects, FrameFormat<T> format) {
        return Guarded.deferContextual(context -> {
            ObjectsDecoding<T> epoch =
                    new ObjectsDecoding<>(format, Pass.current(context), PipelineReporter.current(context));
            Flux<Supplier<Flux<T>>> streams = objects.map(object -> () -> epoch.decode(object));
            return Guarded.concatMap(Guarded.of(streams).concatWith(Mono.just(epoch::end)), Supplier::get);
        });
    }

    private Flux<T> end() {
        if (!started) {
            return Flux.error(ended("the objects ended before the object of the start point"));
        }
        return toDrop == 0
                ? Flux.empty()
                : Flux.error(ended("the objects ended " + toDrop + " records before the start point"));
    }

    private TruncatedInputException ended(String what) {
        Position at = start == null ? null : start.position();
        return TruncatedInputException.of(format.name() + ": " + what, null, at, null);
    }

    private Flux<T> decode(ObjectBytes object) {
        if (object.ordinal() < firstObject) {
            return Flux.empty();
        }
        if (!started && object.ordinal() > firstObject) {
            return Flux.error(ended("expected object " + firstObject + ", that of the start point, but got object "
                    + object.ordinal() + ", " + object.key()));
        }
        started = true;
        StreamStart in = StreamStart.ofObject(object, pass, nextRecord, toDrop, format.isObjectEnterable());
        Flux<ByteBuffer> bytes = format.compression().inflate(object.bytes(in.offset()), StreamPlan.of(object));
        return FluxDecode.of(bytes, format, new ObjectPlan(in));
    }

    private final class ObjectPlan implements StreamPlan {

        private final StreamStart start;

        ObjectPlan(StreamStart start) {
            this.start = start;
        }

        @Override
        public StreamStart start(Pass same) {
            return start;
        }

        @Override
        public RecordOrigin origin(StreamStart same, Supplier<String> name, Supplier<@Nullable String> content) {
            RecordOrigin origin = same.origin(name, content);
            if (previous != null) {
                origin = origin.following(previous);
            }
            previous = origin;
            return origin;
        }

        @Override
        public Skips skips(SkipPolicy policy, PipelineReporter reporter) {
            return skips;
        }

        @Override
        public void ended(long next, long dropFromNext) {
            nextRecord = next;
            toDrop = dropFromNext;
        }
    }
}
