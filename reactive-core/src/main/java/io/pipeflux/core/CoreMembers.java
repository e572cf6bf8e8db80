package io.pipeflux.core;

import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Rest.Restored;
import io.pipeflux.core.internal.Share;
import io.pipeflux.core.internal.Skips;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/** Gives the other packages of Pipeflux access to members of this package that are hidden from users. */
final class CoreMembers extends CoreAccess {

    private static final Map<Class<?>, Constructor> CONSTRUCTORS = Map.of(
            CheckpointException.class, CheckpointException::new,
            CorruptRecordException.class, CorruptRecordException::new,
            ObjectReadException.class, ObjectReadException::new,
            ObjectWriteException.class, ObjectWriteException::new,
            PipeException.class, PipeException::new,
            ResumeMismatchException.class, ResumeMismatchException::new,
            SchemaMismatchException.class, SchemaMismatchException::new,
            TruncatedInputException.class, TruncatedInputException::new);

    /** A reference to the constructor of an exception class. */
    @FunctionalInterface
    private interface Constructor {
        PipefluxException create(
                ErrorKind kind,
                String what,
                @Nullable String source,
                @Nullable Position position,
                @Nullable Throwable cause);
    }

    @Override
    public Context in(Pass pass, Context context) {
        return pass.in(context);
    }

    @Override
    public Pass number(Pass first, long n) {
        return first.number(n);
    }

    @Override
    public boolean isRepeated(Pass pass) {
        return pass.isRepeated();
    }

    @Override
    public boolean startsInsideEpoch(Pass pass) {
        return pass.startsInsideEpoch();
    }

    @Override
    public Pass sharded(Pass pass, Share share) {
        return pass.sharded(share);
    }

    @Override
    public @Nullable Share shard(Pass pass) {
        return pass.shard();
    }

    @Override
    public @Nullable Rest rest(Pass pass) {
        return pass.rest();
    }

    @Override
    public Pass shuffledRest(Pass pass, Blocks blocks) {
        return pass.shuffledRest(blocks);
    }

    @Override
    public ListOrigin inRest(ListOrigin origin, Rest rest, long at, @Nullable Lane lane, boolean follows) {
        return origin.in(new ListOrigin.InRest(rest.id(), at, lane, follows));
    }

    @Override
    public Flux<ObjectBytes> forBytes(Flux<ObjectBytes> objects) {
        return Guarded.deferContextual(context -> {
            Rest rest = Pass.current(context).rest();
            if (rest != null) {
                throw new IllegalArgumentException("expected decoded objects to read the rest of epoch " + rest.epoch()
                        + " that other hosts have left, but got bytes, which have no records: decode objects()");
            }
            return objects;
        });
    }

    @Override
    public @Nullable Lane lane(@Nullable ListOrigin origin) {
        ListOrigin.InRest in = origin == null ? null : origin.inRest();
        return in == null ? null : in.lane();
    }

    @Override
    public @Nullable Lane lane(ObjectBytes object) {
        return lane(object.listOrigin());
    }

    @Override
    public boolean follows(ObjectBytes object) {
        ListOrigin.InRest in =
                object.listOrigin() == null ? null : object.listOrigin().inRest();
        return in != null && in.follows();
    }

    @Override
    public void requireRest(ObjectBytes object, Rest rest, Pass pass) {
        ListOrigin.InRest in =
                object.listOrigin() == null ? null : object.listOrigin().inRest();
        if (in == null || in.id() != rest.id()) {
            throw new IllegalArgumentException("expected a source that can read the rest of an epoch that other hosts"
                    + " have left, but got object " + object
                    + " of a different source: resume with the same number of hosts as before");
        }
        if (in.lane() != null) {
            PointMerge.requireHead(object, in.lane(), pass);
        }
    }

    @Override
    public RecordOrigin restoring(RecordOrigin origin, long number, Lane lane, long firstRecord) {
        return origin.restoring(number, lane, firstRecord);
    }

    @Override
    public RecordOrigin restoring(RecordOrigin origin, RecordOrigin as) {
        return origin.restoring(as);
    }

    @Override
    public @Nullable Restored<ResumePoint, RecordOrigin> restored(RecordOrigin origin) {
        return origin.restored();
    }

    @Override
    public long objectsBetween(RecordOrigin from, RecordOrigin to) {
        return to.objectsSince(from);
    }

    @Override
    public void requireRestored(Restored<ResumePoint, RecordOrigin> block, @Nullable Long span, long more, int rows) {
        ResumeCheck.restored(block, span, more, rows);
    }

    @Override
    public Pass ofSource(Pass pass, @Nullable ResumePoint start) {
        return pass.ofSource(start);
    }

    @Override
    public @Nullable Mixed<ResumePoint> mixedStart(Pass pass, String by) {
        return ResumeCheck.mixed(pass, by);
    }

    @Override
    public ResumePoint mixedPoint(Pass pass, long ordinal, Mixed<ResumePoint> state) {
        return ResumePoint.mixed(pass, ordinal, state);
    }

    @Override
    public RawRecord mixed(
            RawRecord record, long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning) {
        return record.mixed(new MixedOrigin(record.position().recordOrdinal(), from, beginning), ordinal);
    }

    @Override
    public Supplier<ResumePoint> resumingAt(RawRecord record) {
        return record.resumingAt();
    }

    @Override
    public RecordOrigin origin(RawRecord record) {
        return record.origin();
    }

    @Override
    public RawRecord shuffled(RawRecord record, RecordOrigin block, int n) {
        return record.shuffled(block, n);
    }

    @Override
    public RecordOrigin inBlock(RecordOrigin origin, ResumePoint start) {
        return origin.inBlock(start);
    }

    @Override
    public RecordOrigin firstOfEpoch(RecordOrigin origin) {
        return origin.firstOfEpoch();
    }

    @Override
    public ResumePoint beginning(RecordOrigin origin) {
        return origin.beginning();
    }

    @Override
    public @Nullable Long span(RecordOrigin from, RecordOrigin to) {
        return to.spanFrom(from);
    }

    @Override
    public @Nullable Long permutedAs(ResumePoint point) {
        Identity identity = point.identity();
        return identity == null || identity.blocks() == null
                ? null
                : identity.blocks().permutedAs();
    }

    @Override
    public ResumePoint inBlocks(ResumePoint point, @Nullable Blocks blocks, long drop) {
        return point.in(blocks, drop);
    }

    @Override
    public void requireShuffle(ResumePoint point, Blocks blocks) {
        ResumeCheck.shuffle(point, blocks);
    }

    @Override
    public void requireSpan(ResumePoint point, @Nullable Long span) {
        ResumeCheck.block(point, span);
    }

    @Override
    public Skips skips(SkipPolicy policy, PipelineReporter reporter) {
        return new SkipCount(policy, reporter);
    }

    @Override
    public boolean skips(SkipPolicy policy) {
        return policy.skips();
    }

    @Override
    public boolean hasReceiver(SkipPolicy policy) {
        return policy.hasReceiver();
    }

    @Override
    public PipefluxException thrownFor(RawRecord record) {
        return new RecordFailure(record);
    }

    @Override
    protected PipefluxException newException(
            Class<?> type,
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause) {
        Constructor constructor = CONSTRUCTORS.get(type);
        if (constructor == null) {
            throw new AssertionError("expected an exception of Pipeflux, but got " + type);
        }
        return constructor.create(kind, what, source, position, cause);
    }

    @Override
    public ListOrigin listOrigin(@Nullable Long seed, Share share, boolean byBytes, long listed, long hash) {
        return new ListOrigin(seed, share, byBytes, listed, hash, null);
    }
}
