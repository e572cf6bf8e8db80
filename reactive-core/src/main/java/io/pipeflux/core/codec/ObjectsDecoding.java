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
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Skips;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Decodes the objects of one epoch in sequence. The numbering of the records continues from one object to the next. */
final class ObjectsDecoding<T> {

    private static final CoreAccess CORE = CoreAccess.get();

    private final FrameFormat<T> format;
    private final Pass pass;
    private final @Nullable ResumePoint start; // null if reading starts at the beginning of an epoch
    private final long firstObject;
    private final Skips skips;
    private @Nullable RecordOrigin previous;
    private long nextRecord;
    private long toDrop;
    private boolean started;
    // the origin of the first object of the block that an earlier run has partly emitted, or null if no such block is
    // being read
    private @Nullable RecordOrigin restored;
    // the ordinal that would follow the partly emitted block if that block were full
    private long border;

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
        return CoreAccess.exception(
                TruncatedInputException.class, ErrorKind.END_BEFORE_START, format.name() + ": " + what, null, at, null);
    }

    private Flux<T> decode(ObjectBytes object) {
        Rest rest = CORE.rest(pass);
        if (rest != null) {
            CORE.requireRest(object, rest, pass);
        }
        if (object.ordinal() < firstObject) {
            return Flux.empty();
        }
        if (!started && object.ordinal() > firstObject) {
            return Flux.error(ended("expected object " + firstObject + ", that of the start point, but got object "
                    + object.ordinal() + ", " + object.key()));
        }
        started = true;
        boolean follows = CORE.follows(object);
        if (!follows) {
            if (rest != null && toDrop > 0) {
                return Flux.error(
                        ended("an object ended " + toDrop + " records before the place at which it continues"));
            }
            nextRecord = Math.max(nextRecord, border);
            border = 0;
        }
        boolean atStart = start != null && object.ordinal() == firstObject;
        Lane lane = CORE.lane(object);
        // If the records are shuffled, a block begins at the place where the host of the earlier run has stopped, even
        // if that host has not emitted any row of the block. That place is the block's resume point.
        boolean hasBlock = lane != null && rest != null && rest.shuffle() != null && !follows;
        StreamStart in = lane == null || atStart
                ? StreamStart.ofObject(object, pass, nextRecord, toDrop, format.isObjectEnterable())
                : StreamStart.continuing(
                        object,
                        pass,
                        lane,
                        hasBlock ? firstOfBlock(lane) : nextRecord,
                        Math.max(toDrop, lane.drop()),
                        format.isObjectEnterable());
        // whether decoding starts where the earlier run has stopped, and not at a later resume point
        boolean before = lane != null && in.offset() == lane.offset();
        if (lane != null && lane.seen() > 0 && hasBlock && before) {
            border = ((in.firstRecord() + lane.drop()) / block() + 1) * block();
        }
        boolean begins = hasBlock && !atStart;
        Flux<ByteBuffer> bytes = format.compression().inflate(object.bytes(in.offset()), StreamPlan.of(object));
        return FluxDecode.of(bytes, format, new ObjectPlan(in, begins ? lane : null, follows));
    }

    /**
     * Returns the ordinal for the first record to decode from an object in which an earlier run has begun a block. The
     * ordinal is chosen so that this block also begins at a block boundary of this pass.
     */
    private long firstOfBlock(Lane lane) {
        long block = block();
        return (nextRecord + lane.drop() + block - 1) / block * block - lane.drop();
    }

    /** Returns the block size of the shuffle that was used when the epoch was begun. */
    private long block() {
        Rest rest = Objects.requireNonNull(CORE.rest(pass));
        return Objects.requireNonNull(rest.shuffle()).block();
    }

    private final class ObjectPlan implements StreamPlan {

        private final StreamStart start;
        private final @Nullable Lane begins;
        private final boolean follows;

        /**
         * @param begins the place in the object at which an earlier run has stopped, if a block that must be restored
         *     begins there; otherwise null
         * @param follows whether the object belongs to the same block as the previous object
         */
        ObjectPlan(StreamStart start, @Nullable Lane begins, boolean follows) {
            this.start = start;
            this.begins = begins;
            this.follows = follows;
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
            if (begins != null) {
                long first = start.firstRecord();
                origin = CORE.restoring(origin, (first + begins.drop()) / block(), begins, first);
                restored = origin;
            } else if (!follows) {
                restored = null;
            } else if (restored != null) {
                origin = CORE.restoring(origin, restored);
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
