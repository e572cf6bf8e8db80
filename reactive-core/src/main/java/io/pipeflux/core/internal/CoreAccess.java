package io.pipeflux.core.internal;

import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SkipPolicy;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/**
 * Gives the other packages of Pipeflux those members of {@code io.pipeflux.core} that only operators and channels need,
 * and that are therefore not public. The core package sets the implementation when {@link Pass} is initialized.
 *
 * <p>No other class of this package depends on {@code io.pipeflux.core}.
 */
public abstract class CoreAccess {

    private static volatile @Nullable CoreAccess filledIn;

    protected CoreAccess() {}

    /** Returns the implementation that the core package has set. */
    public static CoreAccess get() {
        CoreAccess access = filledIn;
        if (access == null) {
            Pass.current(Context.empty()); // initializes Pass, which sets it
            access = filledIn;
        }
        if (access == null) {
            throw new AssertionError("expected Pass to set CoreAccess, but got null");
        }
        return access;
    }

    /** Sets the implementation. Called by the core package. */
    public static void fillIn(CoreAccess access) {
        filledIn = access;
    }

    // == passes ==

    /** Returns the Context with the pass as its current one. */
    public abstract Context in(Pass pass, Context context);

    /** Returns the n-th pass, counted from 0, of a repeat that begins with the given pass. */
    public abstract Pass number(Pass first, long n);

    /** Returns whether a repeat made the pass. */
    public abstract boolean isRepeated(Pass pass);

    /** Returns whether the pass starts after the first record of its epoch. */
    public abstract boolean startsInsideEpoch(Pass pass);

    /** Returns the same pass, recording that operators downstream keep one share of the records. */
    public abstract Pass sharded(Pass pass, Share share);

    /** Returns the share of the records that operators downstream keep, or null if they keep all. */
    public abstract @Nullable Share shard(Pass pass);

    // == the rest of an epoch that another number of hosts has begun ==

    /** Returns what other hosts have left of the pass's epoch, or null if it is read as a whole. */
    public abstract @Nullable Rest rest(Pass pass);

    /**
     * Returns the same pass, recording that a shuffle downstream restores the blocks of the rest.
     *
     * @throws ResumeMismatchException if the rest was left by another shuffle
     */
    public abstract Pass shuffledRest(Pass pass, Blocks blocks);

    /**
     * Returns the origin of an object of a rest.
     *
     * @param at the index in the list if it is read in its own order, otherwise -1
     * @param lane where the object continues, or null if it is read from its beginning
     * @param follows whether the object belongs to the block that the object before it begins
     */
    public abstract ListOrigin inRest(ListOrigin origin, Rest rest, long at, Rest.@Nullable Lane lane, boolean follows);

    /**
     * Returns objects whose bytes are concatenated. The rest of an epoch is refused, since bytes state no records that
     * could be dropped.
     */
    public abstract Flux<ObjectBytes> forBytes(Flux<ObjectBytes> objects);

    /**
     * Returns where the reading of an object continues when a {@link Rest} is read, or null if it is read from its
     * beginning.
     */
    public abstract Rest.@Nullable Lane lane(@Nullable ListOrigin origin);

    /** Returns where an object of a rest continues, or null if it is read from its beginning. */
    public abstract Rest.@Nullable Lane lane(ObjectBytes object);

    /** Returns whether the object belongs to the block that the object before it begins. */
    public abstract boolean follows(ObjectBytes object);

    /**
     * Checks that an object is one of the rest, and the one in which another run has stopped.
     *
     * @throws ResumeMismatchException if it is not
     */
    public abstract void requireRest(ObjectBytes object, Rest rest, Pass pass);

    /** Returns the same origin, of the object in which a block begins that another run has begun. */
    public abstract RecordOrigin restoring(RecordOrigin origin, long number, Rest.Lane lane, long firstRecord);

    /** Returns the same origin, of an object that belongs to the same block of another run. */
    public abstract RecordOrigin restoring(RecordOrigin origin, RecordOrigin as);

    /** Returns the block of another run that begins in the stream or goes on in it, or null. */
    public abstract Rest.@Nullable Restored<ResumePoint, RecordOrigin> restored(RecordOrigin origin);

    /** Returns the number of objects after one origin's up to another's. */
    public abstract long objectsBetween(RecordOrigin from, RecordOrigin to);

    /**
     * Checks that a block that another run has begun spans the same objects.
     *
     * @throws ResumeMismatchException if it spans others
     */
    public abstract void requireRestored(
            Rest.Restored<ResumePoint, RecordOrigin> block, @Nullable Long span, long more, int rows);

    // == mixes of several sources ==

    /**
     * Returns the pass over one source of a mix.
     *
     * @param start the point at which the source starts, or null if it starts at its beginning
     */
    public abstract Pass ofSource(Pass pass, @Nullable ResumePoint start);

    /**
     * Returns the state of a mix at the pass's start point, or null if the pass starts at the beginning of an epoch.
     *
     * @param by the operator with its settings
     * @throws ResumeMismatchException if the point was not taken from such a mix
     */
    public abstract @Nullable Mixed<ResumePoint> mixedStart(Pass pass, String by);

    /** Returns the point before the record of a mix with an ordinal. */
    public abstract ResumePoint mixedPoint(Pass pass, long ordinal, Mixed<ResumePoint> state);

    /**
     * Returns a source's record as a record of a mix.
     *
     * @param ordinal its ordinal in the mix
     * @param from returns a point of the mix that is not after the record
     * @param beginning returns the point at which the mix began in this pass
     */
    public abstract RawRecord mixed(
            RawRecord record, long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning);

    /** Returns what returns the point after a record. It does not keep the record's bytes. */
    public abstract Supplier<ResumePoint> resumingAt(RawRecord record);

    // == records and their origins ==

    /** Returns the origin of a record. */
    public abstract RecordOrigin origin(RawRecord record);

    /** Returns the same record as the n-th, counted from 1, of a shuffled block. */
    public abstract RawRecord shuffled(RawRecord record, RecordOrigin block, int n);

    /** Returns the same origin for the records of a shuffled block that begins at a point. */
    public abstract RecordOrigin inBlock(RecordOrigin origin, ResumePoint start);

    /** Returns the origin of the first stream of the epoch that was read. */
    public abstract RecordOrigin firstOfEpoch(RecordOrigin origin);

    /** Returns the beginning of the epoch that an origin belongs to. */
    public abstract ResumePoint beginning(RecordOrigin origin);

    /** Returns the hash of the objects after one origin's up to another's, or null if both are the same object. */
    public abstract @Nullable Long span(RecordOrigin from, RecordOrigin to);

    // == resume points ==

    /** Returns the number by which the block is permuted that contains the point, or null if it is the block's own. */
    public abstract @Nullable Long permutedAs(ResumePoint point);

    /**
     * Returns the same point with another drop count, in a block of a shuffle, or outside of a shuffle if
     * {@code blocks} is null.
     */
    public abstract ResumePoint inBlocks(ResumePoint point, @Nullable Blocks blocks, long drop);

    /**
     * Checks that a point was taken downstream of the same shuffle.
     *
     * @throws ResumeMismatchException if it was not
     */
    public abstract void requireShuffle(ResumePoint point, Blocks blocks);

    /**
     * Checks that the block that contains a point spans the same objects.
     *
     * @param span the hash of the objects of the block found, see {@link Blocks#span}
     * @throws ResumeMismatchException if it spans others
     */
    public abstract void requireSpan(ResumePoint point, @Nullable Long span);

    // == what is skipped ==

    /** Returns the count of the records skipped in one subscription. */
    public abstract Skips skips(SkipPolicy policy, PipelineReporter reporter);

    /** Returns whether the policy skips anything. */
    public abstract boolean skips(SkipPolicy policy);

    /** Returns whether a user's code receives skipped records. */
    public abstract boolean hasReceiver(SkipPolicy policy);

    // == errors and channels ==

    /**
     * Returns an exception whose message is {@code what (source, position) [id of the kind]}.
     *
     * @param type the kind's exception
     * @param what what went wrong, what was expected and what was found, and what to do
     * @param source the object, pipe or file, or null
     * @param position the position, or null
     * @param cause the cause, or null
     */
    public static <E extends PipefluxException> E exception(
            Class<E> type,
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause) {
        return type.cast(get().newException(type, kind, what, source, position, cause));
    }

    protected abstract PipefluxException newException(
            Class<?> type,
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause);

    /** Returns an exception that names the record for which another exception was thrown, to be suppressed by it. */
    public abstract PipefluxException thrownFor(RawRecord record);

    /**
     * Returns the origin of an element of a channel's list.
     *
     * @param seed the seed of the list's shuffle, or null if the list is read in its own order
     * @param share the host's share of the list
     * @param byBytes whether hosts share the list by the sizes of its elements
     * @param listed the number of elements in the list, or -1 if it is not known
     * @param hash {@link Fnv1a} of the names of all elements or, if their number is not known, of those up to this one
     */
    public abstract ListOrigin listOrigin(@Nullable Long seed, Share share, boolean byBytes, long listed, long hash);
}
